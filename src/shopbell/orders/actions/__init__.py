"""Writes: taking over the states that shops and carriers report, and saying what is news."""

from shopbell.orders.actions.catalogue import record_carts, record_products
from shopbell.orders.actions.facts import record_facts
from shopbell.orders.actions.orders import record_orders
from shopbell.orders.actions.parcels import record_shipments
from shopbell.orders.actions.privacy import record_privacy_requests
from shopbell.orders.actions.returns import record_refunds, record_returns

__all__ = [
    "record_carts",
    "record_facts",
    "record_orders",
    "record_privacy_requests",
    "record_products",
    "record_refunds",
    "record_returns",
    "record_shipments",
]
