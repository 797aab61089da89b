"""A block is lifted with who and why; what the customer wanted only by the customer's word."""

from typing import Any

import pytest

from shopbell.consent.actions import record_consent, suppress_address
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.consent.optouts import opt_out
from shopbell.consent.queries import current_consents, is_granted, opt_outs
from shopbell.customers.models import Customer, Identity
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.api.callers import Caller, make_key
from tests.support.people import client_of, people_of

NUMBER = "+491701234567"
PROOF = "Called on 22 Nov: please text me again"

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Any:
    return people_of("lark")


@pytest.fixture
def mia(people: Any) -> Customer:
    """A customer who agreed to order texts, and then answered STOP; her mails bounced too."""
    with store_scope(people.store.pk):
        customer = Customer.objects.create(phone=NUMBER, email="mia@mail.example", first_name="Mia")
        Identity.objects.create(customer=customer, kind="phone", value=NUMBER)
        record_consent(
            customer=customer, purpose="order_updates", channel="sms", action="granted", source="t"
        )
        opt_out(
            store=people.store, number=NUMBER, what="The customer answered STOP by SMS",
            words="STOP", source="sms/line", at=clock.now(),
        )  # fmt: skip
        suppress_address(
            store=people.store, medium="email", address=customer.email, reason="hard_bounce"
        )
    return customer


def test_by_api_a_stop_is_lifted_only_with_the_customers_word(people: Any, mia: Customer) -> None:
    caller = Caller(people.store, make_key(people.store))
    path = f"/customers/{mia.pk}/blocks"
    blocks = {each["channel"]: each for each in caller.get(path)["items"]}
    assert {name: each["needs_proof"] for name, each in blocks.items()} == {
        "sms": True, "whatsapp": True, "email": False,
    }  # fmt: skip
    assert blocks["sms"]["detail"] == "The customer answered STOP by SMS"
    lift = f"{path}/{blocks['sms']['id']}/lift"
    given = {"by": "owner@lark.example", "why": "She wants texts"}

    # without her word, without a reason, or by somebody who may not, it stays
    assert caller.ask("POST", lift, given).status == 422
    assert caller.ask("POST", lift, {**given, "proof": PROOF, "why": " "}).status == 422
    assert caller.ask("POST", lift, {**given, "by": "agent@lark.example"}).status == 403
    assert caller.ask("POST", lift, {**given, "by": "nobody@lark.example"}).status == 422
    with store_scope(people.store.pk):
        assert len(opt_outs(people.store, NUMBER)) == 2

    # with it the number is free on all channels by number, and the ledger says why and by whom
    done = caller.ask("POST", lift, {**given, "proof": PROOF})
    assert done.status == 200, done.json
    left = [each["channel"] for each in done.json["items"] if each["lifted_at"] is None]
    assert left == ["email"]
    with store_scope(people.store.pk):
        assert not opt_outs(people.store, NUMBER)
        told = ConsentEvent.objects.get(purpose="order_updates", channel="sms", proof__words=PROOF)
        assert told.actor.startswith("owner@lark.example, by the API key")
        assert told.source == "staff: She wants texts"
        key = (mia.pk, "order_updates", "sms")
        assert is_granted(current_consents([mia.pk]), key)
        assert not is_granted(current_consents([mia.pk]), (mia.pk, "marketing", "sms"))
        for row in Suppression.objects.exclude(lifted_at=None):
            assert "Lifted by owner@lark.example" in row.detail
            assert PROOF in row.detail
    assert caller.ask("POST", lift, {**given, "proof": PROOF}).status == 404


def test_on_the_customers_page_with_a_reason(people: Any, mia: Customer) -> None:
    owner = client_of(people.user("owner"))
    path = f"/s/lark/customers/{mia.pk}/"
    assert owner.get(path).text.count("Lift the block") == 3
    with store_scope(people.store.pk):
        stop = Suppression.objects.get(medium="sms")
        bounce = Suppression.objects.get(medium="email")
    # a STOP asks for her word
    said = owner.post(f"{path}blocks/{stop.pk}/lift/", {"why": "Ask"}, follow=True).text
    assert "only the customer can take it back" in said
    # a bounce does not
    said = owner.post(f"{path}blocks/{bounce.pk}/lift/", {"why": "Typo mended"}, follow=True).text
    assert "written to again" in said
    assert said.count("Lift the block") == 2
    # somebody who only reads sees no button, and may not
    agent = client_of(people.user("agent"))
    assert "Lift the block" not in agent.get(path).text
    assert agent.post(f"{path}blocks/{stop.pk}/lift/", {"why": "x"}).status_code == 403


def test_a_block_of_somebody_else_is_not_found(people: Any, mia: Customer) -> None:
    with store_scope(people.store.pk):
        tom = Customer.objects.create(email="tom@mail.example")
        stop = Suppression.objects.get(medium="sms")
    owner = client_of(people.user("owner"))
    path = f"/s/lark/customers/{tom.pk}/blocks/{stop.pk}/lift/"
    assert owner.post(path, {"why": "x", "proof": "y"}).status_code == 404
