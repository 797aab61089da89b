"""What the tests of facts share: a store in scope, facts with short times, and what became news.

A newcomer's mistake: using the wall clock here. Every fact lies on one morning, `at(minutes)`.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from shopbell.events.models import Event
from shopbell.orders.actions import record_facts
from shopbell.orders.models import Order, Shipment
from shopbell.orders.ports import (
    CustomerFacts,
    Facts,
    LineFacts,
    OrderFacts,
    PaymentStatus,
    ShipmentFacts,
    ShipmentStatus,
    TrackingFacts,
)

SHOP = "shopify/main"
CARRIER = "generic_carrier/main"
MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return a time of the morning."""
    return MORNING + timedelta(minutes=minutes)


def order_facts(minutes: float = 0, **changes: Any) -> OrderFacts:
    """Return a whole order as the shop sees it at a time."""
    values: dict[str, Any] = {
        "source_id": "5001",
        "number": "#1001",
        "payment": PaymentStatus.PENDING,
        "currency": "EUR",
        "total": 4990,
        "customer": CustomerFacts(source_id="7", email="mara@example.com", first_name="Mara"),
        "lines": (LineFacts("1", "Speckled cup", 2, 2245, 4490),),
        "placed_at": at(0),
        "updated_at": at(minutes),
    }
    return OrderFacts(**{**values, **changes})


def parcel_facts(minutes: float = 30, **changes: Any) -> ShipmentFacts:
    """Return a parcel as the shop sees it."""
    values: dict[str, Any] = {
        "source_id": "f1",
        "order_id": "5001",
        "tracking_number": "TN1",
        "carrier": "DHL",
        "created_at": at(30),
        "updated_at": at(minutes),
    }
    return ShipmentFacts(**{**values, **changes})


def scan(
    status: ShipmentStatus, minutes: float, number: str = "TN1", **changes: Any
) -> ShipmentFacts:
    """Return a carrier's word about a number."""
    extra = {key: changes.pop(key) for key in ("sub_status", "message") if key in changes}
    return ShipmentFacts(
        tracking_number=number,
        events=(TrackingFacts(status=status, happened_at=at(minutes), **extra),),
        updated_at=at(minutes),
        **changes,
    )


def tell(*facts: Facts, source: str = SHOP, historic: bool = False) -> None:
    """Record facts."""
    record_facts(source=source, facts=facts, historic=historic)


def carrier_tells(*facts: Facts) -> None:
    """Record facts of the carrier."""
    record_facts(source=CARRIER, facts=facts)


def news() -> Counter[str]:
    """Return how often each fact about orders was written down, for this store."""
    rows = Event.objects.exclude(name__startswith="customer.").exclude(name="connection.saved")
    return Counter(rows.values_list("name", flat=True))


def statuses() -> list[str]:
    """Return the parcel statuses that became news of a known order, in order."""
    rows = Event.objects.filter(name="shipment.status_changed").exclude(data__order_id=None)
    return [row.data["status"] for row in rows.order_by("id")]


def the_order() -> Order:
    """Return the only order."""
    return Order.objects.get()


def the_parcel() -> Shipment:
    """Return the only parcel."""
    return Shipment.objects.get()
