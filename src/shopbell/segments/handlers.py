"""News of customers marks them; the pump looks at them again."""

import uuid
from collections.abc import Sequence
from typing import Any

from shopbell.consent.events import ConsentChanged
from shopbell.customers.events import CustomerAdded, CustomerDid, CustomersChanged
from shopbell.events.actions import wake
from shopbell.events.registry import Recorded, on
from shopbell.orders.events import (
    CartChanged,
    OrderCancelled,
    OrderEdited,
    OrderPaid,
    OrderPlaced,
    PaymentFailed,
    RefundIssued,
    ReturnReceived,
    ReturnRegistered,
    ShipmentDelayed,
    ShipmentDispatched,
    ShipmentStatusChanged,
)
from shopbell.orders.models import Cart, Order
from shopbell.segments.membership import NEW, PUMP, QUIET, mark

_ABOUT = {"customer.did": "deeds", "consent.changed": "consent"}


@on(CustomerAdded, CustomerDid, ConsentChanged)
def mark_customers(batch: Sequence[Recorded[Any]]) -> None:
    """Mark the people something is known of now."""
    facts = _ABOUT.get(batch[0].fact.name, NEW)
    _mark({item.fact.customer_id for item in batch}, {facts})


@on(CustomersChanged)
def mark_changed(batch: Sequence[Recorded[CustomersChanged]]) -> None:
    """Mark the people whose data changed, or whose history became known."""
    for item in batch:
        facts = set(item.fact.about)
        if item.fact.historic:
            facts |= {NEW, QUIET}
        _mark({uuid.UUID(key) for key in item.fact.customer_ids}, facts)


@on(
    OrderPlaced,
    OrderPaid,
    OrderEdited,
    OrderCancelled,
    PaymentFailed,
    ShipmentDispatched,
    ShipmentStatusChanged,
    ShipmentDelayed,
    RefundIssued,
    ReturnRegistered,
    ReturnReceived,
)
def mark_buyers(batch: Sequence[Recorded[Any]]) -> None:
    """Mark the people whose orders and parcels there is news of."""
    orders = {item.fact.order_id for item in batch} - {None}
    rows = Order.objects.filter(pk__in=orders, customer__isnull=False)
    facts = {"orders"} if batch[0].fact.name.startswith("order.") else {"orders", "parcels"}
    _mark(set(rows.values_list("customer_id", flat=True)), facts)


@on(CartChanged)
def mark_shoppers(batch: Sequence[Recorded[CartChanged]]) -> None:
    """Mark the people whose carts changed."""
    rows = Cart.objects.filter(pk__in={item.fact.cart_id for item in batch}, customer__isnull=False)
    _mark(set(rows.values_list("customer_id", flat=True)), {"carts"})


def _mark(customers: set[uuid.UUID], facts: set[str]) -> None:
    if customers:
        mark(customers=customers, facts=facts)
        wake(PUMP)
