"""Which translation a topic gets: `order.updated`, `customer.created`, `action.…`.

A newcomer's mistake: expecting JSON. Saving a webhook makes WooCommerce send a ping, the form
`webhook_id=12`; it is signed like the rest by some versions, and means nothing to us.
"""

import re

from shopbell.connectors.reading import Doc, load_object
from shopbell.connectors.shops.woocommerce import vocabulary
from shopbell.connectors.shops.woocommerce.catalogue import read_customer, read_product
from shopbell.connectors.shops.woocommerce.orders import read_order
from shopbell.orders.ports import (
    CustomerFacts,
    Facts,
    OrderFacts,
    OrderStatus,
    Parsed,
    ProductFacts,
)

PING = re.compile(rb"\s*webhook_id=[0-9]{1,20}\s*")
PING_TOPIC = "ping"

# What the audit sets up.
WANTED = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "product.created",
    "product.updated",
    "product.deleted",
)


def is_ping(body: bytes) -> bool:
    """Whether this is what WooCommerce sends when a webhook is saved."""
    return PING.fullmatch(body) is not None


def translate(topic: str, body: bytes) -> Parsed:
    """Return what a webhook means. Raises `Invalid` only for a body that is no JSON object."""
    if is_ping(body):
        return Parsed(unused="WooCommerce tried whether the address answers. It does.")
    doc = load_object(body)
    resource, _, event = topic.partition(".")
    if resource in ("order", "customer", "product"):
        facts = _deleted(resource, doc) if event == "deleted" else _read(resource, doc)
        return Parsed((facts,)) if facts else Parsed(unused=_why_nothing(resource, doc))
    reason = vocabulary.UNUSED.get(resource, "Nothing here depends on it.")
    if not topic:
        return Parsed(unused="The webhook names no topic.")
    return Parsed(unused=f"{topic[:100]} is not used. {reason}")


def _read(resource: str, doc: Doc) -> Facts | None:
    if resource == "order":
        return read_order(doc)
    return read_customer(doc) if resource == "customer" else read_product(doc)


def _deleted(resource: str, doc: Doc) -> Facts | None:
    """The body has only the id. A deleted order is closed, not cancelled: nobody is told."""
    source_id = doc.ident("id")
    if not source_id:
        return None
    if resource == "order":
        return OrderFacts(source_id=source_id, status=OrderStatus.CLOSED)
    if resource == "customer":
        return CustomerFacts(source_id=source_id, deleted=True)
    return ProductFacts(source_id=source_id, active=False, deleted=True)


def _why_nothing(resource: str, doc: Doc) -> str:
    if resource == "order" and doc.ident("id"):
        return "The shopper is still at the checkout; this is no order yet."
    if resource == "product" and doc.ident("id"):
        return "A single variation; the product itself tells what we need."
    return f"The message names no {resource}."
