"""Whom something affects: conditions on orders and parcels, their count, and the customers.

All conditions that are given must hold. Carrier and status must be those of the same parcel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from shopbell.messaging.policy import zone_or_utc
from shopbell.orders.models import Line, Order, Shipment
from shopbell.orders.ports import OrderStatus, ShipmentStatus

NO_PARCEL = "none"
PARCELS: dict[str, str] = {
    NO_PARCEL: "Not sent yet",
    ShipmentStatus.PENDING: "Sent, no news yet",
    ShipmentStatus.INFO_RECEIVED: "Announced to the carrier",
    ShipmentStatus.IN_TRANSIT: "In transit",
    ShipmentStatus.OUT_FOR_DELIVERY: "Out for delivery",
    ShipmentStatus.ATTEMPT_FAIL: "Delivery attempted",
    ShipmentStatus.AVAILABLE_FOR_PICKUP: "Ready for pickup",
    ShipmentStatus.EXCEPTION: "Problem on the way",
    ShipmentStatus.DELIVERED: "Delivered",
    ShipmentStatus.EXPIRED: "No news for long",
}
ORDERS: dict[str, str] = {
    OrderStatus.OPEN: "Open",
    OrderStatus.CLOSED: "Closed",
    OrderStatus.CANCELLED: "Cancelled",
}
_PLACED = Coalesce("placed_at", "created_at", output_field=DateTimeField())


@dataclass(frozen=True, slots=True)
class Affected:
    """Conditions on orders. Words of `products` are looked for in titles, or are whole SKUs."""

    carriers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()  # beginnings
    products: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()  # statuses
    parcels: tuple[str, ...] = ()  # statuses, or NO_PARCEL
    placed_from: str = ""  # days of the store, both included
    placed_until: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote, or what a form says."""
        found: dict[str, Any] = {}
        for field in fields(cls):
            value = values.get(field.name)
            if isinstance(value, date):
                value = value.isoformat()
            found[field.name] = tuple(value) if isinstance(value, list | tuple) else value or ""
        for name in _LISTS:
            found[name] = found[name] or ()
        return cls(**found)

    def to_json(self) -> dict[str, Any]:
        """Return the conditions that are given, as plain values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}
        return {name: value for name, value in plain.items() if value}

    @property
    def is_empty(self) -> bool:
        """Whether no condition is given."""
        return not self.to_json()


_LISTS = ("carriers", "countries", "postcodes", "products", "orders", "parcels")


@dataclass(frozen=True, slots=True)
class Size:
    """How many are affected. `unreachable`: orders that belong to nobody we could write to."""

    orders: int
    people: int
    unreachable: int


def affected_orders(affected: Affected, zone: str) -> QuerySet[Order]:
    """Return the orders that conditions describe."""
    rows: QuerySet[Order] = Order.objects.filter(_placed(affected, zone), is_stub=False)
    if affected.orders:
        rows = rows.filter(status__in=affected.orders)
    if affected.countries:
        rows = rows.filter(address__country__in=affected.countries)
    if affected.postcodes:
        rows = rows.filter(_begins("address__postal_code", affected.postcodes))
    if affected.products:
        rows = rows.filter(Exists(_lines(affected.products)))
    if affected.carriers or affected.parcels:
        rows = rows.filter(_has_parcel(affected))
    return rows


def _placed(affected: Affected, zone: str) -> Q:
    span = Q()
    if affected.placed_from:
        span &= Q(GreaterThanOrEqual(_PLACED, _midnight(affected.placed_from, zone)))
    if affected.placed_until:
        after = _midnight(affected.placed_until, zone) + timedelta(days=1)
        span &= Q(LessThan(_PLACED, after))
    return span


def _begins(column: str, beginnings: Sequence[str]) -> Q:
    found = Q()
    for each in beginnings:
        found |= Q(**{f"{column}__istartswith": each})
    return found


def _lines(words: Sequence[str]) -> QuerySet[Line]:
    meant = Q()
    for word in words:
        meant |= Q(sku__iexact=word) | Q(title__icontains=word)
    return Line.objects.filter(meant, order=OuterRef("pk"), quantity__gt=0)


def _parcels(affected: Affected) -> QuerySet[Shipment]:
    rows = Shipment.objects.filter(order=OuterRef("pk"), cancelled=False)
    if affected.carriers:
        same = Q()
        for name in affected.carriers:
            same |= Q(carrier__iexact=name)
        rows = rows.filter(same)
    wanted = [status for status in affected.parcels if status != NO_PARCEL]
    return rows.filter(status__in=wanted) if wanted else rows


def _has_parcel(affected: Affected) -> Q:
    if NO_PARCEL not in affected.parcels:
        return Q(Exists(_parcels(affected)))
    none_yet = ~Q(Exists(Shipment.objects.filter(order=OuterRef("pk"), cancelled=False)))
    if len(affected.parcels) == 1:  # a carrier that has no parcel yet says nothing
        return none_yet
    return none_yet | Q(Exists(_parcels(affected)))


def _midnight(day: str, zone: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), zone_or_utc(zone))


def size_of(affected: Affected, zone: str) -> Size:
    """Count orders and people."""
    counted = affected_orders(affected, zone).aggregate(
        orders=Count("pk"),
        people=Count("customer", distinct=True),
        nobodys=Count("pk", filter=Q(customer=None)),
    )
    return Size(counted["orders"], counted["people"], counted["nobodys"])


def people_affected(affected: Affected, zone: str) -> QuerySet[Order]:
    """Return one order for each person: the newest, with its `parcel` and all their `numbers`."""
    parcel = _parcels(affected).order_by("-created_at", "-id").values("pk")[:1]
    everybodys = affected_orders(affected, zone).filter(customer__isnull=False)
    return (
        everybodys.annotate(
            parcel=Subquery(parcel),
            numbers=Window(ArrayAgg(_NUMBER), partition_by=[F("customer_id")]),
        )
        .order_by("customer_id", _PLACED.desc(), "-id")
        .distinct("customer_id")
    )


_NUMBER = Coalesce(NullIf("number", Value("")), "source_id")
