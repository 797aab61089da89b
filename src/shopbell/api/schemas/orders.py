"""Orders and parcels as the API shows them."""

import uuid
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from shopbell.api.schemas.amounts import decimal_text
from shopbell.api.schemas.listing import PageInfo
from shopbell.customers.models import Customer
from shopbell.orders.models import Line, Order, Refund, Shipment, TrackingEvent
from shopbell.orders.queries import public_tracking_link


class PersonRef(BaseModel):
    """A customer, in short."""

    id: uuid.UUID
    name: str
    email: str
    phone: str


class LineOut(BaseModel):
    """One line of an order."""

    id: str = Field(description="The source's id of the line.")
    title: str
    variant_title: str
    sku: str
    quantity: int
    unit_price: str
    total: str
    product_id: str
    variant_id: str
    image_url: str


class ItemOut(BaseModel):
    """Units of an order line in a parcel."""

    line_id: str
    quantity: int


class ScanOut(BaseModel):
    """One scan of a parcel."""

    status: str
    sub_status: str
    message: str
    location: str
    happened_at: datetime


class ShipmentOut(BaseModel):
    """A parcel."""

    id: uuid.UUID
    source: str
    source_id: str
    order: uuid.UUID | None = Field(description="Our id of the order.")
    order_number: str
    tracking_number: str
    tracking_url: str = Field(description="The carrier's page for this parcel, as far as known.")
    carrier: str
    status: str
    sub_status: str
    status_at: datetime | None
    cancelled: bool
    dispatched_at: datetime | None
    delivered_at: datetime | None
    promised_on: date | None
    expected_from: datetime | None
    expected_until: datetime | None
    pickup_point: str
    items: list[ItemOut]
    events: list[ScanOut] = Field(description="Scans, newest first.")
    created_at: datetime


class RefundOut(BaseModel):
    """Money that went back."""

    id: uuid.UUID
    source_id: str
    amount: str
    currency: str
    note: str
    refunded_at: datetime | None


class OrderOut(BaseModel):
    """An order with its lines, parcels and refunds."""

    id: uuid.UUID
    source: str = Field(description="Who told us: shopify/main, or api/<source>.")
    source_id: str
    number: str
    status: str
    payment: str
    cancel_reason: str
    currency: str
    total: str
    subtotal: str
    shipping: str
    tax: str
    discount: str
    refunded: str
    customer: PersonRef | None
    email: str
    phone: str
    locale: str
    shipping_method: str
    shipping_address: dict[str, Any]
    note: str
    tags: list[str]
    test: bool
    complete: bool = Field(
        description="False while only a parcel or refund told us that it exists."
    )
    status_url: str
    promised_on: date | None
    placed_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    lines: list[LineOut]
    shipments: list[ShipmentOut]
    refunds: list[RefundOut]


class OrderList(PageInfo):
    """A page of orders."""

    items: list[OrderOut]


class ShipmentList(PageInfo):
    """A page of parcels."""

    items: list[ShipmentOut]


def person_ref(customer: Customer | None) -> PersonRef | None:
    """Return a customer in short."""
    if customer is None:
        return None
    return PersonRef(id=customer.pk, name=customer.name, email=customer.email, phone=customer.phone)


def order_out(order: Order) -> OrderOut:
    """Return an order whose parts are preloaded."""
    amounts: dict[str, Any] = {
        name: decimal_text(getattr(order, name), order.currency)
        for name in ("total", "subtotal", "shipping", "tax", "discount", "refunded")
    }
    plain = {name: getattr(order, name) for name in _PLAIN_ORDER}
    return OrderOut(
        **plain,
        **amounts,
        customer=person_ref(order.customer),
        shipping_address=order.address,
        test=order.is_test,
        complete=not order.is_stub,
        lines=[_line(line, order.currency) for line in order.lines.all()],
        shipments=[shipment_out(parcel, order) for parcel in order.shipments.all()],
        refunds=[_refund(refund) for refund in order.refunds.all()],
    )


_PLAIN_ORDER = (
    "id", "source", "source_id", "number", "status", "payment", "cancel_reason", "currency",
    "email", "phone", "locale", "shipping_method", "note", "tags", "status_url", "promised_on",
    "placed_at", "cancelled_at", "created_at", "updated_at",
)  # fmt: skip


def _line(line: Line, currency: str) -> LineOut:
    return LineOut(
        id=line.source_id,
        title=line.title,
        variant_title=line.variant,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=decimal_text(line.unit_price, currency) or "",
        total=decimal_text(line.total, currency) or "",
        product_id=line.product_id,
        variant_id=line.variant_id,
        image_url=line.image_url,
    )


def _refund(refund: Refund) -> RefundOut:
    return RefundOut(
        id=refund.pk,
        source_id=refund.source_id,
        amount=decimal_text(refund.amount, refund.currency) or "",
        currency=refund.currency,
        note=refund.note,
        refunded_at=refund.refunded_at,
    )


_PLAIN_SHIPMENT = (
    "id", "source", "source_id", "tracking_number", "carrier", "status", "sub_status", "status_at",
    "cancelled", "dispatched_at", "delivered_at", "promised_on", "expected_from", "expected_until",
    "pickup_point", "created_at",
)  # fmt: skip


def shipment_out(shipment: Shipment, order: Order | None) -> ShipmentOut:
    """Return a parcel whose scans are preloaded."""
    scans = sorted(shipment.scans.all(), key=lambda scan: scan.happened_at, reverse=True)
    return ShipmentOut(
        **{name: getattr(shipment, name) for name in _PLAIN_SHIPMENT},
        order=shipment.order_id,
        order_number=order.number if order is not None else "",
        tracking_url=public_tracking_link(shipment),
        items=[ItemOut(**item) for item in shipment.items],
        events=[_scan(scan) for scan in scans],
    )


def _scan(scan: TrackingEvent) -> ScanOut:
    return ScanOut(
        status=scan.status,
        sub_status=scan.sub_status,
        message=scan.message,
        location=scan.location,
        happened_at=scan.happened_at,
    )
