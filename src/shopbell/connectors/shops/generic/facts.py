"""Checked models turned into facts.

A newcomer's mistake: reading a missing `lines` as "no lines". None means "not told".
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shopbell.connectors.reading import bounded
from shopbell.connectors.shops.generic import models as m
from shopbell.kit import money
from shopbell.kit.errors import Invalid
from shopbell.orders.ports import (
    AddressFacts,
    CartFacts,
    ConsentFacts,
    CustomerFacts,
    LineFacts,
    OrderFacts,
    ProductFacts,
    RefundFacts,
    ReturnFacts,
    ShipmentFacts,
    ShipmentItemFacts,
    TrackingFacts,
    VariantFacts,
)


def _minor(amount: Decimal | None, currency: str | None) -> int | None:
    return None if amount is None else money.minor(amount, currency or "")


def order_facts(order: m.OrderIn, raw: dict[str, Any]) -> OrderFacts:
    """Turn a checked order into facts."""
    address = order.shipping_address
    return OrderFacts(
        source_id=order.id,
        number=order.number,
        status=order.status,
        payment=order.payment,
        cancel_reason=order.cancel_reason,
        currency=order.currency or "",
        total=_minor(order.total, order.currency),
        subtotal=_minor(order.subtotal, order.currency),
        shipping=_minor(order.shipping, order.currency),
        tax=_minor(order.tax, order.currency),
        discount=_minor(order.discount, order.currency),
        customer=customer_facts(order.customer) if order.customer else None,
        lines=None if order.lines is None else _lines(order.lines, order.currency),
        shipments=tuple(_parcel(parcel, order.id) for parcel in order.shipments),
        refunds=tuple(_refund(refund, order.id) for refund in order.refunds),
        shipping_address=AddressFacts(**address.model_dump()) if address else None,
        shipping_method=order.shipping_method,
        locale=order.locale,
        note=order.note,
        tags=tuple(tag for tag in order.tags if tag),
        test=order.test,
        placed_at=order.placed_at,
        edited_at=order.edited_at,
        updated_at=order.updated_at,
        status_url=order.status_url,
        promised_on=order.promised_on,
        raw=raw,
    )


def _lines(lines: Sequence[m.LineIn], currency: str | None) -> tuple[LineFacts, ...]:
    found = []
    for position, line in enumerate(lines, start=1):
        price, total = _minor(line.unit_price, currency), _minor(line.total, currency)
        if price is None:
            price = total // line.quantity if total is not None and line.quantity else 0
        found.append(
            LineFacts(
                source_id=line.id or str(position),
                title=line.title,
                quantity=line.quantity,
                unit_price=price,
                total=total if total is not None else bounded(price * line.quantity),
                sku=line.sku,
                variant_title=line.variant_title,
                product_id=line.product_id,
                variant_id=line.variant_id,
                image_url=line.image_url,
            )
        )
    return tuple(found)


def _items(items: Sequence[m.ItemIn] | None) -> tuple[ShipmentItemFacts, ...] | None:
    if items is None:
        return None
    return tuple(ShipmentItemFacts(item.line_id, item.quantity) for item in items)


def shipment_facts(shipment: m.ShipmentIn, raw: dict[str, Any]) -> ShipmentFacts:
    """Turn a checked parcel into facts."""
    return _parcel(shipment, shipment.order_id, raw)


def _parcel(parcel: m.ParcelIn, order_id: str, raw: Any = None) -> ShipmentFacts:
    return ShipmentFacts(
        source_id=parcel.id,
        order_id=order_id,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        carrier=parcel.carrier,
        status=parcel.status,
        sub_status=parcel.sub_status,
        cancelled=parcel.cancelled,
        items=_items(parcel.items),
        events=tuple(
            TrackingFacts(
                status=scan.status,
                happened_at=scan.happened_at,
                sub_status=scan.sub_status,
                message=scan.message,
                location=scan.location,
                source_id=scan.id,
            )
            for scan in parcel.events
        ),
        promised_on=parcel.promised_on,
        expected_from=parcel.expected_from,
        expected_until=parcel.expected_until,
        pickup_point=parcel.pickup_point,
        created_at=parcel.created_at,
        updated_at=parcel.updated_at,
        raw=raw,
    )


def refund_facts(refund: m.RefundIn, raw: dict[str, Any]) -> RefundFacts:
    """Turn a checked refund into facts. On its own it must name its order."""
    if not refund.order_id:
        said = "is missing"
        raise Invalid(f"The refund cannot be used: order_id {said}.", fields={"order_id": said})
    return _refund(refund, refund.order_id, raw)


def _refund(refund: m.RefundIn, order_id: str, raw: Any = None) -> RefundFacts:
    return RefundFacts(
        source_id=refund.id,
        order_id=order_id,
        amount=_minor(refund.amount, refund.currency) or 0,
        currency=refund.currency or "",
        created_at=refund.created_at,
        note=refund.note,
        raw=raw,
    )


def return_facts(returned: m.ReturnIn, raw: dict[str, Any]) -> ReturnFacts:
    """Turn a checked return into facts."""
    return ReturnFacts(
        source_id=returned.id,
        order_id=returned.order_id,
        status=returned.status,
        name=returned.name,
        items=_items(returned.items),
        created_at=returned.created_at,
        updated_at=returned.updated_at,
        raw=raw,
    )


def customer_facts(customer: m.CustomerIn, raw: dict[str, Any] | None = None) -> CustomerFacts:
    """Turn a checked customer into facts."""
    return CustomerFacts(
        source_id=customer.id,
        email=customer.email,
        phone=customer.phone,
        first_name=customer.first_name,
        last_name=customer.last_name,
        locale=customer.locale,
        country=customer.country,
        email_verified=customer.email_verified,
        consents=tuple(ConsentFacts(**consent.model_dump()) for consent in customer.consents),
        updated_at=customer.updated_at,
        deleted=customer.deleted,
        raw=raw,
    )


def product_facts(product: m.ProductIn, raw: dict[str, Any]) -> ProductFacts:
    """Turn a checked product into facts."""
    variants = product.variants
    return ProductFacts(
        source_id=product.id,
        title=product.title,
        url=product.url,
        image_url=product.image_url,
        product_type=product.product_type,
        active=product.active and not product.deleted,
        currency=product.currency or "",
        variants=None
        if variants is None
        else tuple(
            VariantFacts(
                source_id=variant.id,
                title=variant.title,
                sku=variant.sku,
                price=_minor(variant.price, product.currency),
                stock=variant.stock,
            )
            for variant in variants
        ),
        updated_at=product.updated_at,
        deleted=product.deleted,
        raw=raw,
    )


def cart_facts(cart: m.CartIn, raw: dict[str, Any]) -> CartFacts:
    """Turn a checked cart into facts; without a total the lines are added up."""
    lines = _lines(cart.lines, cart.currency)
    total = _minor(cart.total, cart.currency)
    return CartFacts(
        source_id=cart.id,
        email=cart.email,
        phone=cart.phone,
        currency=cart.currency or "",
        total=total if total is not None else bounded(sum(line.total for line in lines)),
        recover_url=cart.recover_url,
        lines=lines,
        completed=cart.completed,
        deleted=cart.deleted,
        updated_at=cart.updated_at,
        raw=raw,
    )
