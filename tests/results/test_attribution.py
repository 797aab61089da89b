"""Which message an order counts for, and that it counts once."""

from datetime import timedelta

import pytest

from shopbell.kit.db.scope import store_scope
from shopbell.orders.actions.orders import record_orders
from shopbell.orders.models import Order
from shopbell.orders.ports import CustomerFacts, OrderFacts, OrderStatus
from shopbell.results.actions import change_window
from shopbell.results.policy import Window
from tests.journeys.ground import Shop
from tests.results.ground import bought_by, count, hours_ago, numbers, told, work

DAYS = {"days": 1}


def test_an_order_counts_once_for_the_message_clicked_last(shop: Shop) -> None:
    # given somebody who clicked in two mails, and read a third one after that
    ida = shop.subscribe("ida@example.org")
    told(shop.store, ida, timedelta(days=5), clicked_at=hours_ago(100))
    clicked = told(shop.store, ida, timedelta(days=3), clicked_at=hours_ago(70))
    told(shop.store, ida, timedelta(hours=5), read_at=hours_ago(4))

    # when she orders
    shop.order("ida@example.org")
    work()

    # then it counts for the second one, and not again when the news comes twice
    count(shop.store)
    assert bought_by(shop.store) == [("#1001", clicked.pk, "click", 3700)]
    assert (numbers(shop.store).orders, numbers(shop.store).revenue) == (1, 3700)


@pytest.mark.parametrize(
    ("fields", "sign"),
    [
        ({"clicked_at": hours_ago(119)}, "click"),
        ({"clicked_at": hours_ago(121)}, None),
        ({"read_at": hours_ago(23)}, "read"),
        ({"read_at": hours_ago(25)}, None),
        ({"delivered_at": hours_ago(1)}, None),  # a mail that only arrived
        ({"delivered_at": hours_ago(23), "medium": "sms"}, "arrived"),
        ({"delivered_at": hours_ago(25), "medium": "sms"}, None),
        ({"clicked_at": hours_ago(1), "purpose": "order_updates"}, None),
        ({"clicked_at": hours_ago(1), "origin": "test"}, None),
        ({"clicked_at": hours_ago(1), "state": "failed"}, None),
    ],
)
def test_a_sign_counts_for_as_long_as_the_rules_say(
    shop: Shop, fields: dict[str, object], sign: str | None
) -> None:
    ida = shop.subscribe("ida@example.org")
    told(shop.store, ida, timedelta(days=6), **fields)

    shop.order("ida@example.org")
    work()

    assert [by for _, _, by, _ in bought_by(shop.store)] == ([sign] if sign else [])


def test_what_goes_back_lowers_it_and_a_cancelled_order_counts_for_nothing(shop: Shop) -> None:
    # given two orders that count
    ida = shop.subscribe("ida@example.org")
    told(shop.store, ida, timedelta(days=1), clicked_at=hours_ago(20))
    shop.order("ida@example.org", "#1")
    shop.order("ida@example.org", "#2")
    work()
    count(shop.store)
    assert numbers(shop.store).revenue == 7400

    # when a part of one goes back, and the other one is cancelled
    with store_scope(shop.store.pk):
        Order.objects.filter(number="#1").update(refunded=700)
        changed = OrderFacts(
            source_id="#2",
            number="#2",
            customer=CustomerFacts(source_id="ida@example.org", email="ida@example.org"),
            currency="EUR",
            total=3700,
            status=OrderStatus.CANCELLED,
        )
        record_orders(source="shopify/main", facts=[changed])
    work()

    # then a day that is counted again has what is left
    count(shop.store)
    assert [(number, left) for number, _, _, left in bought_by(shop.store)] == [("#1", 3000)]
    assert (numbers(shop.store).orders, numbers(shop.store).revenue) == (1, 3000)


def test_other_rules_are_applied_to_all_that_was(shop: Shop) -> None:
    # given an order after a mail that only arrived, which counts for nothing
    ida = shop.subscribe("ida@example.org")
    told(shop.store, ida, timedelta(hours=10), delivered_at=hours_ago(10))
    shop.order("ida@example.org")
    work()
    count(shop.store)
    assert numbers(shop.store).orders == 0

    # when the store says that it does
    with store_scope(shop.store.pk):
        change_window(store=shop.store, window=Window(mail_arrived=24))

    # then it counts, and no more when the store changes its mind
    count(shop.store)
    assert [by for _, _, by, _ in bought_by(shop.store)] == ["arrived"]
    with store_scope(shop.store.pk):
        change_window(store=shop.store, window=Window())
    count(shop.store)
    assert numbers(shop.store).orders == 0


def test_a_message_of_somebody_else_brings_nothing(shop: Shop) -> None:
    ida = shop.subscribe("ida@example.org")
    told(shop.store, ida, timedelta(hours=10), clicked_at=hours_ago(10))
    shop.subscribe("bo@example.org")

    shop.order("bo@example.org")
    work()

    assert bought_by(shop.store) == []
