"""The canonical JSON: what a shop without a connector of its own sends, by webhook or by API.

Names are those of the facts in `orders/ports.py`, with `id` for the source's own id. Amounts are
decimals as people write them (`"49.90"`) beside a `currency`; times carry a zone. A field that is
left out means "not told" and changes nothing.

A newcomer's mistake: sending minor units. `4990` is four thousand nine hundred and ninety euros.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from shopbell.connectors.reading import tidy
from shopbell.connectors.shops.generic import models as m
from shopbell.connectors.shops.generic.facts import (
    cart_facts,
    customer_facts,
    order_facts,
    product_facts,
    refund_facts,
    return_facts,
    shipment_facts,
)
from shopbell.connectors.shops.generic.wording import as_invalid
from shopbell.kit.errors import Invalid
from shopbell.orders.ports import (
    CartFacts,
    CustomerFacts,
    OrderFacts,
    ProductFacts,
    RefundFacts,
    ReturnFacts,
    ShipmentFacts,
)

__all__ = [
    "parse_cart",
    "parse_customer",
    "parse_order",
    "parse_product",
    "parse_refund",
    "parse_return",
    "parse_shipment",
]


def parse_order(data: Any) -> OrderFacts:
    """Read an order. Raises `Invalid` with a sentence for each wrong field."""
    return _parse("order", m.OrderIn, data, order_facts)


def parse_shipment(data: Any) -> ShipmentFacts:
    """Read a parcel, with its scans if there are any."""
    return _parse("shipment", m.ShipmentIn, data, shipment_facts)


def parse_product(data: Any) -> ProductFacts:
    """Read a product with its variants."""
    return _parse("product", m.ProductIn, data, product_facts)


def parse_customer(data: Any) -> CustomerFacts:
    """Read a customer with the permissions the shop holds."""
    return _parse("customer", m.CustomerIn, data, customer_facts)


def parse_refund(data: Any) -> RefundFacts:
    """Read a refund."""
    return _parse("refund", m.RefundIn, data, refund_facts)


def parse_return(data: Any) -> ReturnFacts:
    """Read a return."""
    return _parse("return", m.ReturnIn, data, return_facts)


def parse_cart(data: Any) -> CartFacts:
    """Read a cart or an unfinished checkout."""
    return _parse("cart", m.CartIn, data, cart_facts)


def _parse[M: BaseModel, F](
    noun: str, model: type[M], data: Any, convert: Callable[[M, dict[str, Any]], F]
) -> F:
    if not isinstance(data, Mapping):
        raise Invalid(f"The {noun} must be a JSON object.", fields={noun: "must be an object"})
    raw = tidy(dict(data))
    try:
        checked = model.model_validate(raw)
    except ValidationError as error:
        raise as_invalid(noun, error) from None
    return convert(checked, raw)
