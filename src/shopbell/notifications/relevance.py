"""When telling has become pointless: asked by the gate right before a message would leave."""

from shopbell.messaging.gate import relevance
from shopbell.messaging.models import Message
from shopbell.notifications.kinds import KINDS
from shopbell.orders.models import Order, Shipment
from shopbell.orders.ports import OrderStatus, PaymentStatus, ShipmentStatus

_OVERTAKEN = {
    "in_transit",
    "out_for_delivery",
    "delivery_attempted",
    "ready_for_pickup",
    "pickup_reminder",
    "delayed",
    "exception",
}
_AFTER_CANCEL = {"order_cancelled", "refunded", "return_registered", "return_received"}


@relevance
def still_worth_telling(message: Message) -> tuple[str, str] | None:
    """Return why a notification is pointless now, or None."""
    if message.kind not in KINDS or message.origin != "rule" or message.order is None:
        return None
    return _order_says(message, message.order) or _parcel_says(message, message.shipment)


def _order_says(message: Message, order: Order) -> tuple[str, str] | None:
    if order.status == OrderStatus.CANCELLED and message.kind not in _AFTER_CANCEL:
        return "order_cancelled", "The order was cancelled."
    if message.kind == "payment_problem" and order.payment in (
        PaymentStatus.PAID,
        PaymentStatus.AUTHORISED,
    ):
        return "paid", "It has been paid meanwhile."
    return None


def _parcel_says(message: Message, parcel: Shipment | None) -> tuple[str, str] | None:
    if parcel is None or not KINDS[message.kind].about_parcel:
        return None
    if parcel.cancelled:
        return "parcel_cancelled", "The parcel was cancelled."
    if parcel.returning and message.kind != "exception":
        return "returning", "The parcel is on its way back to the sender."
    if parcel.status == ShipmentStatus.DELIVERED and message.kind in _OVERTAKEN:
        return "delivered", "The parcel has arrived already."
    waiting = parcel.status == ShipmentStatus.AVAILABLE_FOR_PICKUP
    if message.kind in ("pickup_reminder", "ready_for_pickup") and not waiting:
        return "collected", "The parcel does not wait at the pickup point any more."
    return None
