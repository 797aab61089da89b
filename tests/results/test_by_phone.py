"""What comes of text messages: what they cost, who answers, and who says STOP."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from shopbell.connections.actions import save_connection
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.templates import save_template
from shopbell.results.queries import Part
from tests.connectors.channels.http_sms.fake import FakeGateway
from tests.journeys.ground import Shop
from tests.results.ground import count, numbers, told
from tests.support.people import add_people, client_of
from tests.support.talk import MIA, connect, write

TEXT = "Mugs are back. " + "x" * 150  # two parts
SMS = Part(medium="sms")


PRICES = {"prices": ["+49 0.075"], "price_currency": "EUR"}


def mia(shop: Shop) -> Customer:
    return shop.subscribe("mia@example.org", channel="sms", phone=MIA)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway() as gateway:
        yield gateway


def test_a_text_costs_what_it_cost_when_it_left(shop: Shop, gateway: FakeGateway) -> None:
    # given a text of two parts that left
    with store_scope(shop.store.pk):
        line = save_connection(
            store=shop.store, family="channel", connector="http_sms", slug="gateway",
            settings={**gateway.settings(), **PRICES},
        )  # fmt: skip
        save_template(kind="a_note", medium="sms", locale="en", subject="", body=TEXT)
        draft = Draft("note", "a_note", "marketing", ("sms",), customer=mia(shop))
        queue_messages(drafts=[draft])
    while PUMPS["outbox"].run():
        pass

    # when the price goes up after that
    with store_scope(shop.store.pk):
        row = Message.objects.get(business_key="note")
        assert (row.state, row.cost) == ("sent", Decimal("0.150000"))
        line.settings = {**line.settings, "prices": ["+49 9"]}
        line.save(update_fields=["settings"])
    count(shop.store)

    # then it stays what it was, and the page has it
    assert numbers(shop.store, SMS).cost == Decimal("0.15")
    owner = client_of(add_people(shop.store).user("owner"))
    assert "€0.150" in owner.get("/s/lark/results/?by=medium").content.decode()


def test_an_answer_and_a_stop_count_for_what_came_last(shop: Shop) -> None:
    with store_scope(shop.store.pk):
        line = connect(shop.store, "sandbox_sms")
    # given two texts to somebody, and one long ago to somebody else
    person = mia(shop)
    told(shop.store, person, timedelta(days=2), medium="sms")
    last = told(shop.store, person, timedelta(hours=2), medium="sms")
    bo = shop.subscribe("bo@example.org", channel="sms", phone="+4915100000001")
    told(shop.store, bo, timedelta(days=4), medium="sms")

    # when both write
    write(line, "Have you got them in blue?")
    write(line, "STOP")
    write(line, "Hello?", sender="+4915100000001")
    count(shop.store)

    # then hers counts for the last one, and his, four days later, for none
    assert (numbers(shop.store, SMS).replied, numbers(shop.store, SMS).left) == (1, 1)
    owner = client_of(add_people(shop.store).user("owner"))
    for what, said in (("replied", "in blue?"), ("left", "They want no more of this")):
        page = owner.get(f"/s/lark/results/rows/?what={what}&medium=sms").content.decode()
        assert said in page
        assert str(last.pk) in page
        assert page.count("<tr>") == 2  # the head and one
