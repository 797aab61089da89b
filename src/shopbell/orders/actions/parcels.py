"""Parcels: scans are collected, the newest one is the status, and changes of status are news.

A parcel may be named by a shop (fulfilment) and by a carrier (number), in either order; the row
without an order is adopted when the shop names the number.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.text import one_line, storable_json
from shopbell.orders.actions.news import News
from shopbell.orders.events import ShipmentDelayed, ShipmentDispatched, ShipmentStatusChanged
from shopbell.orders.models import Order, Shipment, TrackingEvent
from shopbell.orders.ports import (
    OrderFacts,
    ShipmentFacts,
    ShipmentStatus,
    SubStatus,
    TrackingFacts,
)

_RETURN = (SubStatus.RETURNING, SubStatus.RETURNED)
_DELAY_STEP = timedelta(hours=12)


@transaction.atomic
def record_shipments(
    *, source: str, facts: Sequence[ShipmentFacts], historic: bool = False
) -> None:
    """Take over what a shop or a carrier says about parcels."""
    from shopbell.orders.actions.orders import lock_orders

    news = News(historic)
    stubs = {f.order_id: OrderFacts(source_id=f.order_id) for f in facts if f.order_id}
    orders, _ = lock_orders(source, stubs, {}) if stubs else ({}, set())
    write_shipments(source, [(orders.get(f.order_id), f) for f in facts], news)
    news.emit()


def write_shipments(
    source: str, pairs: Sequence[tuple[Order | None, ShipmentFacts]], news: News
) -> None:
    """Write parcels of locked orders; `None` for parcels a carrier knows by number only."""
    for order, fact in pairs:
        for shipment in _find(source, order, fact):
            _update(shipment, order or shipment.order, fact, news)


def _find(source: str, order: Order | None, fact: ShipmentFacts) -> list[Shipment]:
    """Return the rows a fact speaks of, locked; a new one if there is none."""
    rows = Shipment.objects.select_for_update(of=("self",)).select_related("order")
    by_number = (
        list(rows.filter(tracking_number=fact.tracking_number)) if fact.tracking_number else []
    )
    if order is None:
        return by_number or [_new(source, None, fact)]
    mine = list(rows.filter(source=source, source_id=fact.source_id)) if fact.source_id else []
    if mine:
        return mine
    orphan = next((row for row in by_number if row.order_id is None), None)
    if orphan is not None:
        orphan.order, orphan.source = order, source
        orphan.source_id = fact.source_id or orphan.source_id
        return [orphan]
    same_order = [row for row in by_number if row.order_id == order.pk]
    return same_order or [_new(source, order, fact)]


def _new(source: str, order: Order | None, fact: ShipmentFacts) -> Shipment:
    key = (
        fact.source_id
        or fact.tracking_number
        or hashlib.sha256(repr(fact.items).encode()).hexdigest()
    )
    shipment, _ = Shipment.objects.select_for_update().get_or_create(
        store_id=current_store_id(), source=source, source_id=key[:160], defaults={"order": order}
    )
    return shipment


def _update(shipment: Shipment, order: Order | None, fact: ShipmentFacts, news: News) -> None:
    before, before_sub = shipment.status, shipment.sub_status
    _apply(shipment, fact)
    _add_scans(shipment, fact)
    if (
        order is not None
        and not order.is_stub
        and shipment.dispatched_at is None
        and fact.source_id
    ):
        announce_dispatch(shipment, order, news)
    if (shipment.status, shipment.sub_status) != (before, before_sub):
        _announce_status(shipment, before, news)
    _announce_delay(shipment, before_sub, news)
    shipment.save()


def _apply(shipment: Shipment, fact: ShipmentFacts) -> None:
    newer = not (
        fact.updated_at
        and shipment.source_updated_at
        and fact.updated_at < shipment.source_updated_at
    )
    shipment.tracking_number = shipment.tracking_number or one_line(fact.tracking_number, 120)
    if newer and fact.tracking_number and fact.source_id:
        shipment.tracking_number = one_line(fact.tracking_number, 120)
    shipment.tracking_url = fact.tracking_url[:2000] or shipment.tracking_url
    shipment.carrier = one_line(fact.carrier, 120) or shipment.carrier
    shipment.pickup_point = one_line(fact.pickup_point, 300) or shipment.pickup_point
    shipment.created_at = fact.created_at or shipment.created_at
    if newer:
        shipment.cancelled = fact.cancelled
        shipment.expected_from = fact.expected_from or shipment.expected_from
        shipment.expected_until = fact.expected_until or shipment.expected_until
        if fact.items is not None:
            shipment.items = [{"line_id": i.line_id, "quantity": i.quantity} for i in fact.items]
        if fact.raw is not None:
            shipment.payload = storable_json(fact.raw)
        if fact.updated_at is not None:
            shipment.source_updated_at = fact.updated_at
    if fact.promised_on is not None:
        shipment.promised_on = shipment.promised_on or fact.promised_on
    elif shipment.promised_on is None and shipment.expected_until is not None:
        # The first date a customer could see is the promise later estimates are measured by.
        shipment.promised_on = shipment.expected_until.date()


def _add_scans(shipment: Shipment, fact: ShipmentFacts) -> None:
    """Add the scans not yet known; the newest of all decides the status."""
    scans = list(fact.events)
    if fact.status is not None and not scans:
        at = fact.updated_at or clock.now()
        differs = (fact.status, fact.sub_status) != (shipment.status, shipment.sub_status)
        if differs and (shipment.status_at is None or at >= shipment.status_at):
            scans = [TrackingFacts(status=fact.status, sub_status=fact.sub_status, happened_at=at)]
    if not scans:
        return
    if shipment._state.adding:
        shipment.save()
    rows = [
        TrackingEvent(
            store_id=shipment.store_id,
            shipment=shipment,
            fingerprint=_fingerprint(scan),
            status=scan.status,
            sub_status=scan.sub_status,
            message=one_line(scan.message, 500),
            location=one_line(scan.location, 200),
            happened_at=min(scan.happened_at, clock.now() + timedelta(hours=26)),
            recorded_at=clock.now(),
        )
        for scan in scans
    ]
    TrackingEvent.objects.bulk_create(rows, ignore_conflicts=True)
    newest = max(scans, key=lambda scan: scan.happened_at)
    if shipment.status_at is None or newest.happened_at >= shipment.status_at:
        shipment.status, shipment.sub_status = newest.status, newest.sub_status
        shipment.status_at = newest.happened_at
    if any(scan.sub_status in _RETURN for scan in scans):
        shipment.returning = True
    if shipment.status == ShipmentStatus.DELIVERED and shipment.delivered_at is None:
        shipment.delivered_at = shipment.status_at


def _fingerprint(scan: TrackingFacts) -> str:
    parts = (
        (scan.source_id,)
        if scan.source_id
        else (
            scan.status,
            scan.sub_status,
            scan.happened_at.isoformat(),
            scan.message,
            scan.location,
        )
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def announce_dispatch(shipment: Shipment, order: Order, news: News) -> None:
    """Say that a parcel left, once."""
    if shipment.cancelled:
        return
    shipment.dispatched_at = shipment.created_at
    news.add(ShipmentDispatched(order_id=order.pk, shipment_id=shipment.pk), shipment.dispatched_at)


def _announce_status(shipment: Shipment, before: str, news: News) -> None:
    news.add(
        ShipmentStatusChanged(
            order_id=shipment.order_id,
            shipment_id=shipment.pk,
            status=str(shipment.status),
            sub_status=str(shipment.sub_status),
            previous=str(before),
        ),
        shipment.status_at,
    )


def _announce_delay(shipment: Shipment, before_sub: str, news: News) -> None:
    """Say that it comes later than told: the first time, and again when it slips further."""
    if shipment.status in (ShipmentStatus.DELIVERED, ShipmentStatus.EXPIRED) or shipment.cancelled:
        return
    late = bool(
        shipment.expected_until
        and shipment.promised_on
        and shipment.expected_until.date() > shipment.promised_on
    )
    told = shipment.delay_told_until
    until = shipment.expected_until
    slipped = bool(late and until and (told is None or until > told + _DELAY_STEP))
    newly = (
        shipment.sub_status == SubStatus.DELAYED
        and before_sub != SubStatus.DELAYED
        and told is None
    )
    if not (slipped or newly):
        return
    shipment.delay_told_until = shipment.expected_until or clock.now()
    news.add(
        ShipmentDelayed(
            order_id=shipment.order_id,
            shipment_id=shipment.pk,
            promised_on=shipment.promised_on,
            expected_until=shipment.expected_until,
        )
    )
