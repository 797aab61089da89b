"""Parcels in and out."""

from typing import Any

from django.db.models import Q, QuerySet
from ninja import Query, Status
from pydantic import Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.canonical import Source, read_fact, record
from shopbell.api.finding import one, orders_named
from shopbell.api.schemas.listing import Paged, Word, page
from shopbell.api.schemas.orders import ShipmentList, ShipmentOut, shipment_out
from shopbell.orders.models import Shipment
from shopbell.orders.ports import ShipmentFacts


class ShipmentFilter(Paged):
    """Which parcels."""

    order: Word = Field(default="", description="Our id, the source's id, or the number.")
    tracking_number: Word = ""
    status: Word = Field(default="", description="Such as in_transit or delivered.")


@endpoint("GET", "/shipments", scope="shipments:read", answers={200: ShipmentList}, tag="Shipments")
def list_shipments(request: ApiRequest, query: Query[ShipmentFilter]) -> ShipmentList:
    """List parcels, newest first."""
    rows = _shipments()
    for name in ("tracking_number", "status"):
        if value := getattr(query, name):
            rows = rows.filter(**{name: value})
    if query.order:
        rows = rows.filter(order_id__in=orders_named(query.order))
    found, following = page(rows, query)
    return ShipmentList(
        items=[shipment_out(parcel, parcel.order) for parcel in found], next=following
    )


@endpoint(
    "POST",
    "/shipments",
    scope="shipments:write",
    answers={200: ShipmentOut, 201: ShipmentOut},
    tag="Shipments",
    body="shipment",
)
def put_shipment(request: ApiRequest, query: Query[Source]) -> Any:
    """Tell the state of a parcel, with its scans as far as known.

    `order_id` is your id of the order, which may come later.
    """
    fact = read_fact(ShipmentFacts, "shipment", request, query)
    before = set(Shipment.objects.filter(_same(query, fact)).values_list("pk", flat=True))
    record(query, fact)
    shipment = _parcel(query, fact)
    return Status(200 if shipment.pk in before else 201, shipment_out(shipment, shipment.order))


@endpoint(
    "GET", "/shipments/{ref}", scope="shipments:read", answers={200: ShipmentOut}, tag="Shipments"
)
def get_shipment(request: ApiRequest, ref: str) -> ShipmentOut:
    """Return a parcel by our id or the source's."""
    shipment = one(_shipments(), ref, "shipment")
    return shipment_out(shipment, shipment.order)


def _same(source: Source, fact: ShipmentFacts) -> Q:
    """Select what may be the parcel of a fact: a carrier may have named its number first."""
    mine = Q(source=source.key, source_id=fact.source_id)
    return mine | Q(tracking_number=fact.tracking_number) if fact.tracking_number else mine


def _parcel(source: Source, fact: ShipmentFacts) -> Shipment:
    """Return the parcel of a recorded fact; one that is known stays with its first order."""
    mine = _shipments().filter(source=source.key, source_id=fact.source_id).first()
    if mine is not None:
        return mine
    of_order = _shipments().filter(order__source=source.key, order__source_id=fact.order_id)
    return of_order.filter(tracking_number=fact.tracking_number)[:1].get()


def _shipments() -> QuerySet[Shipment]:
    return (
        Shipment.objects.select_related("order")
        .defer("payload", "order__payload")
        .prefetch_related("scans")
    )
