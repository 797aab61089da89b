"""Reads about orders and parcels."""

import uuid

from shopbell.orders.models import Order, Shipment, TrackingEvent
from shopbell.orders.tracking.carriers import carrier_by_name, public_link
from shopbell.orders.tracking.numbers import recognise


def public_tracking_link(shipment: Shipment) -> str:
    """Return the carrier's page for a parcel: the shop's own link, or one made from the number."""
    if shipment.tracking_url.startswith(("https://", "http://")):
        return shipment.tracking_url
    if not shipment.tracking_number:
        return ""
    key = carrier_by_name(shipment.carrier) if shipment.carrier else ""
    if not key:
        matches = recognise(shipment.tracking_number)
        key = matches[0].carrier_key if matches else ""
    return public_link(key, shipment.tracking_number) if key else ""


def order_with_parcels(order_id: uuid.UUID) -> Order | None:
    """Return an order with lines, parcels and scans preloaded."""
    return (
        Order.objects.select_related("customer")
        .prefetch_related("lines", "shipments__scans", "refunds", "returns")
        .filter(pk=order_id)
        .first()
    )


def scans_of(shipment: Shipment) -> list[TrackingEvent]:
    """Return the scans of a parcel, newest first."""
    return list(shipment.scans.order_by("-happened_at", "-id"))
