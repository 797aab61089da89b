"""A colleague of the demo asks for two refunds, so that a newcomer sees both ends."""

from datetime import timedelta

import pytest

from shopbell.demo.colleague import LOOK_EVERY, Colleague
from shopbell.demo.seeding import seed
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order, Shipment
from shopbell.orders.ports import PaymentStatus
from shopbell.remedies.models import Remedy, State

pytestmark = pytest.mark.django_db


def test_she_asks_for_a_small_refund_then_for_one_that_waits_and_then_for_no_more() -> None:
    # given two orders that arrived
    store, now = seed(), clock.now()
    colleague = Colleague(store)
    with store_scope(store.pk):
        for number, total in (("1", 42_00), ("2", 98_00)):
            order = Order.objects.create(
                source="shopify/main", source_id=number, number=f"#{number}", currency="EUR",
                total=total, payment=PaymentStatus.PAID, placed_at=now,
            )  # fmt: skip
            Shipment.objects.create(
                order=order, source="shopify/main", source_id=number,
                dispatched_at=now, delivered_at=now,
            )  # fmt: skip
    # when
    for times in range(4):
        colleague.work(now + times * LOOK_EVERY + timedelta(seconds=times))
    # then
    with store_scope(store.pk):
        found = list(Remedy.objects.order_by("created_at").values_list("amount", "state"))
    assert found == [(5_00, State.QUEUED), (98_00, State.WAITING)]
    assert colleague.done
