"""Facts about orders, parcels, returns and refunds. Ids and plain values only."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from shopbell.events.registry import Fact, event


@event("order.placed", subject="order_id")
@dataclass(frozen=True)
class OrderPlaced(Fact):
    """A customer ordered."""

    order_id: uuid.UUID


@event("order.paid", subject="order_id")
@dataclass(frozen=True)
class OrderPaid(Fact):
    """The money arrived."""

    order_id: uuid.UUID


@event("order.payment_failed", subject="order_id")
@dataclass(frozen=True)
class PaymentFailed(Fact):
    """The payment was refused or fell through."""

    order_id: uuid.UUID


@event("order.edited", subject="order_id")
@dataclass(frozen=True)
class OrderEdited(Fact):
    """Items or quantities changed after the order was placed."""

    order_id: uuid.UUID
    edited_at: datetime | None = None


@event("order.cancelled", subject="order_id")
@dataclass(frozen=True)
class OrderCancelled(Fact):
    """The order will not be delivered."""

    order_id: uuid.UUID


@event("shipment.dispatched", subject="order_id")
@dataclass(frozen=True)
class ShipmentDispatched(Fact):
    """A parcel left."""

    order_id: uuid.UUID
    shipment_id: uuid.UUID


@event("shipment.status_changed", subject="order_id")
@dataclass(frozen=True)
class ShipmentStatusChanged(Fact):
    """The parcel reached another of the nine statuses, or the reason changed."""

    order_id: uuid.UUID | None
    shipment_id: uuid.UUID
    status: str
    sub_status: str
    previous: str


@event("shipment.delayed", subject="order_id")
@dataclass(frozen=True)
class ShipmentDelayed(Fact):
    """The parcel will come later than the customer was told."""

    order_id: uuid.UUID | None
    shipment_id: uuid.UUID
    promised_on: date | None
    expected_until: datetime | None


@event("refund.issued", subject="order_id")
@dataclass(frozen=True)
class RefundIssued(Fact):
    """Money went back."""

    order_id: uuid.UUID
    refund_id: uuid.UUID
    amount: int
    currency: str


@event("return.registered", subject="order_id")
@dataclass(frozen=True)
class ReturnRegistered(Fact):
    """The customer may send it back."""

    order_id: uuid.UUID
    return_id: uuid.UUID


@event("return.received", subject="order_id")
@dataclass(frozen=True)
class ReturnReceived(Fact):
    """The returned goods arrived."""

    order_id: uuid.UUID
    return_id: uuid.UUID


@event("privacy.requested", subject="request_id")
@dataclass(frozen=True)
class PrivacyRequested(Fact):
    """A shop platform passed on a data-protection request."""

    request_id: uuid.UUID
    kind: str


@event("shop.removed", subject="")
@dataclass(frozen=True)
class ShopRemovedUs(Fact):
    """The merchant uninstalled the app in the shop."""

    connection_source: str


@event("cart.changed", subject="cart_id")
@dataclass(frozen=True)
class CartChanged(Fact):
    """A cart or unfinished checkout appeared or changed."""

    cart_id: uuid.UUID
    completed: bool


@event("variant.sold_out", subject="product_id")
@dataclass(frozen=True)
class VariantSoldOut(Fact):
    """Nothing is left of a variant. `variant` is the shop's own id of it."""

    product_id: uuid.UUID
    variant: str


@event("variant.back_in_stock", subject="product_id")
@dataclass(frozen=True)
class VariantBackInStock(Fact):
    """A variant that was sold out can be bought again; `stock` is how many there are."""

    product_id: uuid.UUID
    variant: str
    stock: int


@event("variant.price_changed", subject="product_id")
@dataclass(frozen=True)
class VariantPriceChanged(Fact):
    """A variant costs more or less. Amounts in minor units."""

    product_id: uuid.UUID
    variant: str
    price: int
    previous: int
    currency: str
