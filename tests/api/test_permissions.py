"""Permissions a checkout tells, and lists of them: with proof, once, never against a no."""

from typing import Any

import pytest
from django.test import Client

from shopbell.consent.actions import suppress_address
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.consent.queries import address_hash
from shopbell.customers.models import Customer
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from tests.api.callers import Caller, make_caller, make_key
from tests.signups.ground import MARA, add_form, link, standing

WORDS = "I want offers from Lark."
TOLD: dict[str, Any] = {
    "id": "checkout-1",
    "state": "confirmed",
    "email": MARA,
    "wording": WORDS,
    "version": "7",
    "language": "en",
    "source": "Checkout",
    "proof": {
        "at": "2026-11-21T09:58:00+01:00",
        "ip": "81.2.69.142",
        "page": "https://lark.example/checkout",
        "order": "#1001",
    },
}


@pytest.fixture
def caller(committed_db: None) -> Caller:
    made = make_caller("lark")
    add_form(made.store)
    return made


def tell(caller: Caller, **changes: Any) -> tuple[int, Any]:
    answer = caller.ask("POST", "/permissions", TOLD | changes)
    return answer.status, answer.json


def test_what_was_agreed_to_is_kept_with_its_proof_and_told_again_it_is_no_news(
    caller: Caller,
) -> None:
    status, told = tell(caller, topics=["tea"], offered=["tea", "sale"])
    assert (status, told["state"], told["changed"]) == (201, "granted", True)
    with store_scope(caller.store.pk):
        event = ConsentEvent.objects.get(topic="")
    assert (event.wording, event.source, event.actor) == (WORDS, "Checkout", "customer")
    assert event.proof["version"] == "7"
    assert event.proof["order"] == "#1001"
    assert event.proof["asked_from"] == "81.2.69.0/24"
    assert standing(caller.store) == {
        ("marketing", ""): "granted",
        ("marketing", "tea"): "granted",
        ("marketing", "sale"): "withdrawn",
    }
    again, same = tell(caller, topics=["tea"], offered=["tea", "sale"])
    assert (again, same["changed"], same["customer"]) == (200, False, told["customer"])
    with store_scope(caller.store.pk):
        assert (ConsentEvent.objects.count(), Customer.objects.count()) == (3, 1)


def test_a_late_message_of_a_checkout_does_not_undo_what_was_said_since(caller: Caller) -> None:
    left = {"proof": {"at": "2026-11-22T08:00:00Z"}, "state": "withdrawn", "id": "account-1"}
    assert tell(caller, **left)[1]["state"] == "withdrawn"
    status, told = tell(caller)  # of the day before
    assert (status, told["state"], told["changed"]) == (200, "withdrawn", False)


def test_a_blocked_address_stays_blocked_until_its_owner_answers_the_mail(caller: Caller) -> None:
    with store_scope(caller.store.pk):
        suppress_address(
            store=caller.store, medium="email", address=MARA, reason="unsubscribed",
            scope="marketing",
        )  # fmt: skip
    assert tell(caller)[1]["blocked"] is True
    with store_scope(caller.store.pk):
        assert Suppression.objects.filter(lifted_at=None).exists()
    assert tell(caller, id="checkout-2", state="ask", form="news")[0] == 201
    Client().post(link(caller.store))
    with store_scope(caller.store.pk):
        assert not Suppression.objects.filter(lifted_at=None).exists()


def test_a_checkout_has_somebody_asked_by_mail_once(caller: Caller) -> None:
    for status in (201, 200):
        got, told = tell(caller, state="ask", form="news", topics=["tea"])
        assert (got, told["state"]) == (status, "pending")
    with store_scope(caller.store.pk):
        assert [row.kind for row in Message.objects.all()] == ["confirm_signup"]
    Client().post(link(caller.store))
    with store_scope(caller.store.pk):
        event = ConsentEvent.objects.get(topic="", action="granted")
    assert (event.source, event.wording, event.proof["order"]) == ("Checkout", WORDS, "#1001")
    assert event.proof["double_opt_in"] is True


def test_what_is_missing_or_wrong_is_said_by_field(caller: Caller) -> None:
    for change, field in (
        ({"wording": ""}, "wording"),
        ({"email": "nobody"}, "email"),
        ({"channel": "sms"}, "phone"),
        ({"topics": ["coffee"]}, "topics"),
        ({"state": "ask"}, "form"),
        ({"state": "ask", "form": "news", "channel": "sms", "phone": "+4915112345678"}, "state"),
        ({"proof": {"at": "2199-01-01T00:00:00Z"}}, "proof.at"),
        ({"proof": {"at": "2026-11-21T09:58:00"}}, "proof.at"),
        ({"purpose": "order_essentials"}, "purpose"),
        ({"source": ""}, "source"),
        ({"shoe_size": 39}, "shoe_size"),
    ):
        status, told = tell(caller, **change)
        assert status == 422, change
        assert field in told["error"]["fields"], told
    reader = Caller(caller.store, make_key(caller.store, "customers:read"))
    assert reader.ask("POST", "/permissions", TOLD).status == 403
    with store_scope(caller.store.pk):
        assert not ConsentEvent.objects.exists()


def test_lists_are_answered_row_by_row_and_a_dry_run_writes_nothing(caller: Caller) -> None:
    rows = [
        {"email": MARA, "source": "Market", "date": "2026-05-02", "topics": ["tea"]},
        {"email": MARA, "source": "Market", "date": "2026-05-01", "topics": ["tea"]},
        {"email": "jo@shop.example", "date": "2026-05-02"},
        {"phone": "+4915112345678", "channel": "sms", "source": "Till", "date": "soon"},
    ]
    body = {"name": "Old program", "rows": rows}
    for is_dry, first, second in ((True, "good", "good"), (False, "written", "known")):
        answer = caller.ask("POST", "/permissions/import", body | {"dry_run": is_dry})
        assert answer.status == 200, answer.json
        said = [(row["row"], row["status"]) for row in answer.json["rows"]]
        assert said == [(1, first), (2, second), (3, "refused"), (4, "refused")]
        assert "source is missing" in answer.json["rows"][2]["error"]
    assert standing(caller.store)["marketing", "sale"] == "withdrawn"
    many = {"name": "x", "rows": [{"email": MARA}] * 1001}
    assert caller.ask("POST", "/suppressions/import", many).status == 422
    gone = {"name": "x", "rows": [{"email": "Gone@shop.example", "reason": "complaint"}]}
    assert caller.ask("POST", "/suppressions/import", gone).json["rows"][0]["status"] == "written"
    with store_scope(caller.store.pk):
        row = Suppression.objects.get()
        assert row.address_hash == address_hash(caller.store, "email", "gone@shop.example")
        assert not Customer.objects.filter(email="gone@shop.example").exists()
