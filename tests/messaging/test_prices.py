"""What a text costs: the longest beginning counts, nothing is invented, and pages tell it."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.costs import cost_of
from shopbell.messaging.ports.prices import PricedSettings, price_of
from tests.connectors.channels.twilio_sms.fake import NUMBER, SID
from tests.support.people import client_of
from tests.support.shop import make_store
from tests.support.talk import connect, write

PRICES = {"prices": ["+49 0.075", "+4917 0.08", "* 0.2"], "price_currency": "EUR"}


@pytest.mark.parametrize(
    ("to", "parts", "told"),
    [
        ("+493012345", 1, "0.075 EUR to +49…"),
        ("+491701234567", 2, "0.16 EUR to +4917…"),
        ("+12025550101", 3, "0.6 EUR"),
        ("", 1, "0.2 EUR"),
    ],
)
def test_the_longest_beginning_counts(to: str, parts: int, told: str) -> None:
    assert str(price_of(PRICES, to, parts)) == told


def test_without_an_entry_no_price_is_told() -> None:
    assert price_of({}, "+49301", 1) is None
    assert price_of({"prices": ["+1 0.01"]}, "+49301", 1) is None
    single = price_of({"prices": ["+1 0.01"], "price_currency": "USD"}, "", 2)
    assert single is not None
    assert single.amount == Decimal("0.02")


@pytest.mark.parametrize("line", ["49 0.075", "+49", "+49 a lot", "+49 -1", "** 1"])
def test_what_is_no_price_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        PricedSettings(prices=[line])


@pytest.fixture
def store() -> Store:
    return make_store()


def price(store: Store) -> None:
    settings = {"account_sid": "AC" + SID[2:], "auth_token": "x", "from": NUMBER, **PRICES}
    save_connection(
        store=store, family="channel", connector="twilio_sms", slug="sms", settings=settings
    )


@pytest.mark.django_db
def test_the_template_editor_tells_parts_and_price_and_offers_plainer_signs(store: Store) -> None:
    # given
    price(store)
    owner = client_of(add_staff(store=store, email="o@lark.example", name="O", role="owner").user)
    body = "“Blue” " + "x" * 150
    # when
    said = owner.post(
        f"/s/{store.slug}/templates/delivered/sms/en/preview",
        {"body": body},
        headers={"HX-Request": "true"},
    ).content.decode()
    # then
    assert "3 parts, 0.6 EUR" in said
    assert "3 parts instead of 1 because of" in said
    assert "data-plain=" in said


@pytest.mark.django_db
def test_the_composer_tells_what_an_answer_costs(store: Store) -> None:
    # given
    sms = connect(store, "sandbox_sms")
    write(sms, "Where is it?")
    agent = client_of(add_staff(store=store, email="a@lark.example", name="A", role="agent").user)
    address = f"/s/{store.slug}/inbox/1/"
    # when
    page = agent.get(address).content.decode()
    said = agent.post(f"{address}parts/", {"text": "It’s " + "x" * 160, "mode": "reply"})
    note = agent.post(f"{address}parts/", {"text": "It’s", "mode": "note"})
    # then
    assert f"{address}parts/" in page
    assert "3 parts instead of 2 because of" in said.content.decode()
    assert note.content == b""


@pytest.mark.django_db
def test_a_text_costs_by_the_prices_of_its_inbox(store: Store) -> None:
    price(store)
    with store_scope(store.pk):
        cost = cost_of("Hello", to="+491701234567")
    assert (cost.size.parts, str(cost.price)) == (1, "0.08 EUR to +4917…")
