"""What customers looked at or left in a cart: told when it costs less, or once more hours later."""

import json

import pytest

from shopbell.connections.models import Intake
from shopbell.customers.actions import record_deeds
from shopbell.customers.ports import Deed, Person
from shopbell.interests.models import Interest
from shopbell.journeys.definition import read_definition
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from shopbell.orders.ports import LineFacts
from tests.interests.ground import set_stock
from tests.journeys.ground import Shop, pass_time, work

ADA, BEA = "ada@example.com", "bea@example.com"
SAGE = LineFacts("1", "Stoneware mug", 1, 1850, 1850, product_id="mug", variant_id="sage")


def look_at(shop: Shop, email: str, product: str = "mug", variant: str = "sage") -> None:
    """Let the shop tell that somebody looked at something."""
    deed = Deed(
        person=Person(source="api/default", email=email),
        did="product.viewed",
        data={"product": product, "variant": variant},
        occurred_at=clock.now(),
    )
    with store_scope(shop.store.pk):
        record_deeds(deeds=[deed])


def told(shop: Shop, kind: str) -> list[tuple[str, str]]:
    with store_scope(shop.store.pk):
        rows = Message.objects.filter(kind=kind).order_by("created_at", "id")
        return [(str(row.customer and row.customer.email), row.state) for row in rows]


def test_who_left_it_in_a_cart_or_looked_at_it_is_told_that_it_costs_less(shop: Shop) -> None:
    set_stock(shop.store, 5, price=2000)
    shop.switch_on("price_drop")
    for email in (ADA, BEA, "cleo@example.com", "dora@example.com"):
        shop.subscribe(email)
    shop.leave_cart(ADA, lines=(SAGE,))
    look_at(shop, BEA, variant="")
    look_at(shop, "cleo@example.com", variant="white")
    look_at(shop, "dora@example.com")
    shop.order("dora@example.com", lines=(SAGE,))
    work()
    # given it costs a little less: nobody
    set_stock(shop.store, 5, price=1900)
    work()
    assert told(shop, "price_drop") == []
    # when it costs a fifth less: who wants it and has not bought it, with both prices
    set_stock(shop.store, 5, price=1500)
    work()
    assert sorted(told(shop, "price_drop")) == [(ADA, "sent"), (BEA, "sent")]
    with store_scope(shop.store.pk):
        text = Message.objects.filter(kind="price_drop")[0].text
    assert "€15.00" in text
    assert "€19.00" in text
    # and not again within thirty days
    set_stock(shop.store, 5, price=1000)
    work()
    assert len(told(shop, "price_drop")) == 2


def test_a_price_that_rose_again_or_a_thing_that_is_gone_is_not_told(shop: Shop) -> None:
    set_stock(shop.store, 5, price=2000)
    shop.switch_on("price_drop")
    for email in (ADA, BEA):
        shop.subscribe(email)
    look_at(shop, ADA)
    work()
    with store_scope(shop.store.pk):
        shop.store.sends_paused = True
        shop.store.save(update_fields=["sends_paused"])
    set_stock(shop.store, 5, price=1500)
    work()
    set_stock(shop.store, 5, price=2000)
    with store_scope(shop.store.pk):
        shop.store.sends_paused = False
        shop.store.save(update_fields=["sends_paused"])
        Message.objects.filter(kind="price_drop").update(state="queued", due_at=clock.now())
    work()
    assert told(shop, "price_drop") == [(ADA, "skipped")]


def test_a_look_is_followed_up_once_a_week_unless_a_cart_or_an_order_came(shop: Shop) -> None:
    set_stock(shop.store, 5)
    shop.switch_on("browse_followup")
    for email in (ADA, BEA, "cleo@example.com"):
        shop.subscribe(email)
        look_at(shop, email)
        look_at(shop, email, variant="white")
    look_at(shop, ADA, product="nothing we know")
    work()
    assert len(shop.runs()) == 3
    shop.leave_cart(BEA, lines=(SAGE,))
    shop.order("cleo@example.com", lines=(SAGE,))
    work()
    pass_time(hours=5)
    assert told(shop, "browse_followup") == [(ADA, "sent")]
    look_at(shop, ADA)
    work()
    pass_time(hours=5)
    assert len(told(shop, "browse_followup")) == 1
    pass_time(days=8)
    look_at(shop, ADA)
    work()
    assert len(shop.runs()) == 4


def test_the_event_comes_in_by_api_and_not_as_a_product(shop: Shop) -> None:
    set_stock(shop.store, 5)
    data = {"customer": {"email": ADA}, "product": "mug", "variant": "sage"}
    body = {"id": "v1", "type": "product.viewed", "data": data}
    with store_scope(shop.store.pk):
        Intake.objects.create(
            source="api/default",
            provider_id="v1",
            topic="product.viewed",
            body=json.dumps(body).encode(),
            received_at=clock.now(),
        )
    work()
    with store_scope(shop.store.pk):
        row = Interest.objects.select_related("customer", "product").get()
        assert (row.customer.email, row.product.source_id, row.variant) == (ADA, "mug", "sage")


def test_a_limit_that_is_none_is_refused() -> None:
    for limit in ({"least": "ten"}, {"about": 10}, {}):
        where = {"percent": limit}
        with pytest.raises(Invalid, match=r"trigger\.where\.percent"):
            read_definition(
                {
                    "trigger": {"event": "interest.price_dropped", "where": where},
                    "steps": [{"do": "end"}],
                }
            )
