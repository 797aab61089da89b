"""Parcels: scans are collected, the newest one is the status, and changes of status are news.

A parcel may be named by a shop (fulfilment) and by a carrier (number), in either order; the row
without an order is adopted when the shop names the number.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

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
        for shipment, waited in _find(source, order, fact):
            _update(shipment, order or shipment.order, fact, news, waited=waited)


def _find(source: str, order: Order | None, fact: ShipmentFacts) -> list[tuple[Shipment, bool]]:
    """Return the rows a fact speaks of, locked, a new one if there is none.

    The flag says that the row waited without an order until now, so its news waits too.
    """
    _lock_number(fact.tracking_number)
    rows = Shipment.objects.select_for_update(of=("self",)).select_related("order")
    by_number = (
        list(rows.filter(tracking_number=fact.tracking_number)) if fact.tracking_number else []
    )
    if order is None:
        return [(row, False) for row in by_number or [_new(source, None, fact)]]
    orphan = next((row for row in by_number if row.order_id is None), None)
    mine = list(rows.filter(source=source, source_id=fact.source_id)) if fact.source_id else []
    if mine:
        if orphan is not None:
            _take_over(mine[0], orphan)
        return [(mine[0], orphan is not None)]
    if orphan is not None:
        orphan.order, orphan.source = order, source
        orphan.source_id = fact.source_id or orphan.source_id
        return [(orphan, True)]
    same_order = [row for row in by_number if row.order_id == order.pk]
    return [(row, False) for row in same_order or [_new(source, order, fact)]]


def _lock_number(number: str) -> None:
    """Let shop and carrier speak of one number one after the other, or both would make a row."""
    if number:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
                [number, current_store_id()],
            )


def _take_over(mine: Shipment, orphan: Shipment) -> None:
    """Move what a carrier said of a number to the parcel that got the number only now."""
    known = mine.scans.values("fingerprint")
    orphan.scans.exclude(fingerprint__in=known).update(shipment=mine)
    for name in ("carrier", "tracking_url", "pickup_point", "promised_on", "delivered_at"):
        setattr(mine, name, getattr(mine, name) or getattr(orphan, name))
    for name in ("expected_from", "expected_until"):
        setattr(mine, name, getattr(orphan, name) or getattr(mine, name))
    mine.returning = mine.returning or orphan.returning
    orphan.delete()
    _follow_scans(mine)


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


def _update(
    shipment: Shipment, order: Order | None, fact: ShipmentFacts, news: News, *, waited: bool
) -> None:
    before: tuple[str, str] = (shipment.status, shipment.sub_status)
    if waited:
        before = (ShipmentStatus.PENDING, SubStatus.NONE)
    _apply(shipment, fact)
    _add_scans(shipment, fact)
    known = order is not None and not order.is_stub
    if order is not None and known and shipment.dispatched_at is None and _by_shop(fact):
        announce_dispatch(shipment, order, news)
    if (shipment.status, shipment.sub_status) != before:
        _announce_status(shipment, before[0], news)
    if known:
        _announce_delay(shipment, before[1], news)
    shipment.save()


def announce_waiting(order: Order, news: News) -> None:
    """Say what happened to an order's parcels before the order itself was known."""
    for shipment in order.shipments.select_for_update():
        if shipment.dispatched_at is None:
            announce_dispatch(shipment, order, news)
        if shipment.status != ShipmentStatus.PENDING:
            _announce_status(shipment, ShipmentStatus.PENDING, news)
        _announce_delay(shipment, SubStatus.NONE, news)
        shipment.save(update_fields=["dispatched_at", "delay_told_until"])


def _apply(shipment: Shipment, fact: ShipmentFacts) -> None:
    by_shop = _by_shop(fact)
    newer = _not_older(fact.updated_at, shipment.source_updated_at if by_shop else None)
    shipment.tracking_number = shipment.tracking_number or one_line(fact.tracking_number, 120)
    if newer and fact.tracking_number and by_shop:
        shipment.tracking_number = one_line(fact.tracking_number, 120)
    shipment.tracking_url = fact.tracking_url[:2000] or shipment.tracking_url
    shipment.carrier = one_line(fact.carrier, 120) or shipment.carrier
    shipment.pickup_point = one_line(fact.pickup_point, 300) or shipment.pickup_point
    shipment.created_at = fact.created_at or shipment.created_at
    if newer and by_shop:
        # Whether a parcel exists is for the shop to say; a carrier only scans it.
        shipment.cancelled = fact.cancelled
        shipment.source_updated_at = fact.updated_at or shipment.source_updated_at
    if newer and fact.items is not None:
        shipment.items = [{"line_id": i.line_id, "quantity": i.quantity} for i in fact.items]
    if newer and fact.raw is not None:
        shipment.payload = storable_json(fact.raw)
    if _not_older(fact.updated_at, shipment.status_at):
        shipment.expected_from = fact.expected_from or shipment.expected_from
        shipment.expected_until = fact.expected_until or shipment.expected_until
    if fact.promised_on is not None:
        shipment.promised_on = shipment.promised_on or fact.promised_on
    elif shipment.promised_on is None and shipment.expected_until is not None:
        # The first date a customer could see is the promise later estimates are measured by.
        shipment.promised_on = shipment.expected_until.date()


def _by_shop(fact: ShipmentFacts) -> bool:
    """Return whether a shop speaks: a carrier knows numbers, neither orders nor parcels' ids."""
    return bool(fact.source_id or fact.order_id)


def _not_older(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or one >= other


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
    now = clock.now()
    rows = [
        TrackingEvent(
            store_id=shipment.store_id,
            shipment=shipment,
            fingerprint=_fingerprint(scan),
            status=scan.status,
            sub_status=scan.sub_status,
            message=one_line(scan.message, 500),
            location=one_line(scan.location, 200),
            # A clock that runs ahead must not make this the newest scan for ever.
            happened_at=min(scan.happened_at, now),
            recorded_at=now,
        )
        for scan in scans
    ]
    TrackingEvent.objects.bulk_create(rows, ignore_conflicts=True)
    _follow_scans(shipment)
    if any(scan.sub_status in _RETURN for scan in scans):
        shipment.returning = True


def _follow_scans(shipment: Shipment) -> None:
    """Take the status from the newest scan; of several at one time "delivered" counts."""
    last = list(shipment.scans.order_by("-happened_at", "-recorded_at", "-id")[:10])
    if not last:
        return
    together = [scan for scan in last if scan.happened_at == last[0].happened_at]
    arrived = (scan for scan in together if scan.status == ShipmentStatus.DELIVERED)
    newest = next(arrived, together[0])
    shipment.status, shipment.sub_status = newest.status, newest.sub_status
    shipment.status_at = newest.happened_at
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
