"""Where an order's parcels and its money are, in words for staff."""

from dataclasses import dataclass

from shopbell.orders.models import Order, Shipment
from shopbell.orders.ports import OrderStatus, PaymentStatus, ShipmentStatus
from shopbell.web.states import PARCEL_SAYS

SUB_STATUS_SAYS = {
    "delayed": "later than told",
    "customs": "at customs",
    "wrong_address": "wrong address",
    "nobody_home": "nobody at home",
    "refused": "refused",
    "lost": "lost",
    "damaged": "damaged",
    "returning": "on its way back",
    "returned": "came back",
    "cash_on_delivery": "cash on delivery",
    "with_neighbour": "left with a neighbour",
    "safe_place": "left in a safe place",
    "signed": "signed for",
    "weather": "held up by weather",
}
_PAYMENT = {
    PaymentStatus.PENDING: ("not paid yet", "brass"),
    PaymentStatus.AUTHORISED: ("reserved", "brass"),
    PaymentStatus.PAID: ("paid", "green"),
    PaymentStatus.PARTIALLY_REFUNDED: ("partly refunded", "grey"),
    PaymentStatus.REFUNDED: ("refunded", "grey"),
    PaymentStatus.FAILED: ("refused", "red"),
    PaymentStatus.VOIDED: ("called off", "red"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order's parcels and its money are, in one line for lists."""

    status: str
    says: str
    payment: str
    payment_tone: str


def says(parcel: Shipment) -> str:
    """Return the state of a parcel with its reason."""
    if parcel.cancelled:
        return "Cancelled"
    words = PARCEL_SAYS.get(parcel.status, parcel.status)
    reason = SUB_STATUS_SAYS.get(parcel.sub_status, "")
    return f"{words}, {reason}" if reason else words


def payment_says(status: PaymentStatus) -> str:
    """Return where the money is, in words; empty while it is not known."""
    return _PAYMENT.get(status, ("", ""))[0]


def standing(order: Order) -> Standing:
    """Return where an order with preloaded parcels is: the parcel that is worst off speaks."""
    payment, tone = _PAYMENT.get(PaymentStatus(order.payment), ("", ""))
    status, words = _whereabouts(order)
    return Standing(status, words, payment, tone)


def _whereabouts(order: Order) -> tuple[str, str]:
    parcels = [row for row in order.shipments.all() if not row.cancelled]
    if order.status == OrderStatus.CANCELLED:
        return "", "Cancelled"
    if not parcels:
        return "", "To be sent" if order.status == OrderStatus.OPEN else "Closed"
    row = min(parcels, key=lambda parcel: _URGENCY.get(parcel.status, 0))
    more = f" · {len(parcels)} parcels" if len(parcels) > 1 else ""
    return row.status, says(row) + more


# What staff must see first comes first; a delivered parcel never hides one that is stuck.
_URGENCY = {
    str(status): place
    for place, status in enumerate(
        (
            ShipmentStatus.EXCEPTION,
            ShipmentStatus.ATTEMPT_FAIL,
            ShipmentStatus.EXPIRED,
            ShipmentStatus.PENDING,
            ShipmentStatus.INFO_RECEIVED,
            ShipmentStatus.IN_TRANSIT,
            ShipmentStatus.AVAILABLE_FOR_PICKUP,
            ShipmentStatus.OUT_FOR_DELIVERY,
            ShipmentStatus.DELIVERED,
        )
    )
}
