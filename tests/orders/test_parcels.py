"""Parcels: shop and carrier speak of one number in any order, and each change is told once."""

from datetime import timedelta
from typing import Any

import pytest

from shopbell.kit import clock
from shopbell.orders.models import Shipment
from shopbell.orders.ports import OrderFacts, ShipmentFacts, ShipmentStatus, SubStatus
from tests.orders.ground import (
    MORNING,
    at,
    carrier_tells,
    news,
    order_facts,
    parcel_facts,
    scan,
    statuses,
    tell,
    the_order,
    the_parcel,
)

pytestmark = pytest.mark.usefixtures("bench")
S = ShipmentStatus


def test_a_parcel_is_told_to_have_left_once() -> None:
    tell(order_facts(), parcel_facts(30))
    tell(parcel_facts(31), order_facts(32, shipments=(parcel_facts(31),)))
    tell(parcel_facts(30))

    assert news()["shipment.dispatched"] == 1
    assert the_parcel().dispatched_at == at(30)


def test_a_parcel_before_its_order_waits_for_it() -> None:
    # given a fulfilment and its scans whose order never came in
    tell(parcel_facts(30))
    carrier_tells(scan(S.OUT_FOR_DELIVERY, 60))
    assert the_order().is_stub
    assert news()["shipment.dispatched"] == 0

    # when
    tell(order_facts())

    # then everything that waited is said, once
    assert not the_order().is_stub
    told = news()
    assert (told["order.placed"], told["shipment.dispatched"]) == (1, 1)
    assert statuses()[-1] == S.OUT_FOR_DELIVERY
    tell(order_facts(1), parcel_facts(31))
    assert (news()["order.placed"], news()["shipment.dispatched"]) == (1, 1)


def test_a_delay_of_a_parcel_whose_order_is_unknown_is_told_when_the_order_comes() -> None:
    tell(parcel_facts(30))
    carrier_tells(scan(S.EXCEPTION, 60, sub_status=SubStatus.DELAYED))
    assert news()["shipment.delayed"] == 0
    tell(order_facts())
    assert news()["shipment.delayed"] == 1


def test_a_number_a_carrier_knows_first_is_adopted_with_its_history() -> None:
    carrier_tells(scan(S.IN_TRANSIT, 20), scan(S.OUT_FOR_DELIVERY, 60))
    assert the_parcel().order_id is None

    tell(order_facts(), parcel_facts(61))

    parcel = the_parcel()
    assert (parcel.order_id, parcel.source_id) == (the_order().pk, "f1")
    assert (parcel.status, parcel.scans.count()) == (S.OUT_FOR_DELIVERY, 2)
    assert news()["shipment.dispatched"] == 1
    assert statuses() == [S.OUT_FOR_DELIVERY]


def test_a_parcel_that_gets_its_number_later_takes_over_what_the_carrier_said() -> None:
    tell(order_facts(), parcel_facts(30, tracking_number=""))
    carrier_tells(scan(S.OUT_FOR_DELIVERY, 60, pickup_point="Kiosk"), scan(S.DELIVERED, 70))

    tell(parcel_facts(80))

    parcel = the_parcel()
    assert (parcel.status, parcel.delivered_at, parcel.pickup_point) == (
        S.DELIVERED,
        at(70),
        "Kiosk",
    )
    assert parcel.scans.count() == 2
    assert news()["shipment.dispatched"] == 1
    assert statuses() == [S.DELIVERED]
    carrier_tells(scan(S.DELIVERED, 70))
    assert statuses() == [S.DELIVERED]


def test_scans_in_any_order_leave_the_newest_as_the_status() -> None:
    tell(order_facts(), parcel_facts())
    for status, minutes in ((S.DELIVERED, 90), (S.IN_TRANSIT, 40), (S.OUT_FOR_DELIVERY, 80)):
        carrier_tells(scan(status, minutes))
    assert the_parcel().status == S.DELIVERED
    assert statuses() == [S.DELIVERED]


@pytest.mark.parametrize("first", [S.DELIVERED, S.OUT_FOR_DELIVERY])
def test_of_two_scans_at_one_time_delivered_counts(first: ShipmentStatus) -> None:
    second = S.OUT_FOR_DELIVERY if first == S.DELIVERED else S.DELIVERED
    tell(order_facts(), parcel_facts())
    carrier_tells(scan(first, 60))
    carrier_tells(scan(second, 60))
    assert the_parcel().status == S.DELIVERED


def test_a_scan_from_the_future_does_not_silence_those_after_it() -> None:
    tell(order_facts(), parcel_facts())
    ahead = scan(S.OUT_FOR_DELIVERY, 60 * 24 * 365 * 20)
    with clock.at(at(60)):
        carrier_tells(ahead)
    assert the_parcel().status == S.OUT_FOR_DELIVERY
    with clock.at(at(90)):
        carrier_tells(scan(S.DELIVERED, 90))
    with clock.at(at(120)):
        carrier_tells(ahead)  # carriers repeat the whole history
    assert the_parcel().status == S.DELIVERED


def test_a_carrier_cannot_bring_back_a_parcel_the_shop_took_away() -> None:
    tell(order_facts(), parcel_facts(30))
    tell(parcel_facts(40, cancelled=True))
    carrier_tells(scan(S.IN_TRANSIT, 50))
    tell(parcel_facts(30))
    assert the_parcel().cancelled


def test_an_estimate_counts_though_the_shop_wrote_later_than_the_scan() -> None:
    tell(order_facts(), parcel_facts(100))
    carrier_tells(scan(S.IN_TRANSIT, 60, expected_until=MORNING + timedelta(days=3)))
    assert the_parcel().expected_until == MORNING + timedelta(days=3)


def _estimate(minutes: float, day: float) -> ShipmentFacts:
    return scan(S.IN_TRANSIT, minutes, expected_until=MORNING + timedelta(days=day))


def test_each_slip_of_the_date_is_told_once() -> None:
    tell(order_facts(), parcel_facts())
    carrier_tells(_estimate(60, 2))  # the promise
    carrier_tells(_estimate(70, 1))  # better is no news
    assert news()["shipment.delayed"] == 0
    for minutes, day in ((80, 3), (90, 3), (100, 3.2), (110, 2)):
        carrier_tells(_estimate(minutes, day))
    assert news()["shipment.delayed"] == 1
    carrier_tells(_estimate(120, 5))
    carrier_tells(_estimate(130, 5))
    assert news()["shipment.delayed"] == 2


def test_a_delay_without_a_date_is_told_once() -> None:
    tell(order_facts(), parcel_facts())
    for minutes in (60, 70):
        carrier_tells(scan(S.EXCEPTION, minutes, sub_status=SubStatus.DELAYED))
    assert news()["shipment.delayed"] == 1


def test_a_late_date_after_the_delivery_is_no_delay() -> None:
    tell(order_facts(), parcel_facts())
    carrier_tells(_estimate(60, 2))
    carrier_tells(scan(S.DELIVERED, 90, expected_until=MORNING + timedelta(days=9)))
    assert news()["shipment.delayed"] == 0


def test_a_parcel_on_its_way_back_is_marked_even_by_a_late_scan() -> None:
    tell(order_facts(), parcel_facts())
    carrier_tells(scan(S.DELIVERED, 90))
    carrier_tells(scan(S.EXCEPTION, 80, sub_status=SubStatus.RETURNING))
    parcel = the_parcel()
    assert (parcel.status, parcel.returning) == (S.DELIVERED, True)


def test_one_number_in_two_orders_moves_both_parcels() -> None:
    tell(order_facts(), order_facts(source_id="5002", number="#1002"))
    tell(parcel_facts(), parcel_facts(source_id="f2", order_id="5002"))
    carrier_tells(scan(S.OUT_FOR_DELIVERY, 60))
    assert set(Shipment.objects.values_list("status", flat=True)) == {S.OUT_FOR_DELIVERY}
    assert Shipment.objects.count() == 2


def test_a_parcel_without_number_and_id_is_one_parcel() -> None:
    fact = parcel_facts(source_id="", tracking_number="")
    tell(order_facts(), fact)
    tell(fact)
    assert Shipment.objects.count() == 1


def test_a_parcel_told_with_a_number_only_is_told_to_have_left_too() -> None:
    tell(order_facts(), parcel_facts(30, source_id=""))
    tell(parcel_facts(30, source_id=""))
    carrier_tells(scan(S.IN_TRANSIT, 40))
    assert news()["shipment.dispatched"] == 1
    assert Shipment.objects.count() == 1


def test_many_parcels_of_one_batch_keep_apart() -> None:
    orders = [OrderFacts(**_numbered(number)) for number in range(20)]
    parcels = [
        parcel_facts(source_id=f"f{n}", order_id=str(n), tracking_number=f"TN{n}")
        for n in range(20)
    ]
    tell(*orders, *parcels)
    carrier_tells(*[scan(S.DELIVERED, 90, number=f"TN{n}") for n in range(0, 20, 2)])
    done = Shipment.objects.filter(status=S.DELIVERED).values_list("order__source_id", flat=True)
    assert sorted(map(int, done)) == list(range(0, 20, 2))


def _numbered(number: int) -> dict[str, Any]:
    whole = order_facts()
    fields = {name: getattr(whole, name) for name in whole.__dataclass_fields__}
    return fields | {"source_id": str(number), "number": f"#{number}"}
