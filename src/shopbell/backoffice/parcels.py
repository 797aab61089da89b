"""Parcels and money of an order as staff see them: state, dates, contents, scans, payment."""

from dataclasses import dataclass
from datetime import datetime

from shopbell.orders.models import Line, Order, Shipment, TrackingEvent
from shopbell.orders.ports import OrderStatus, PaymentStatus, ShipmentStatus
from shopbell.orders.queries import public_tracking_link
from shopbell.web.states import PARCEL_SAYS, tone_of_state, words_of_state

_SUB = {
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


_SHORT = {"info_received": "announced", "pending": "not handed over yet"}
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
class Parcel:
    """One parcel."""

    shipment: Shipment
    title: str
    says: str
    link: str
    items: list[tuple[int, Line]]
    scans: list["Scan"]
    anchor: str


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of the carrier."""

    at: datetime
    says: str
    short: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order's parcels and its money are, in one line for lists."""

    status: str
    says: str
    payment: str
    payment_tone: str


def parcels_of(order: Order) -> list[Parcel]:
    """Return the parcels of an order with lines and scans preloaded, oldest first."""
    rows = sorted(order.shipments.all(), key=lambda row: (row.created_at, str(row.pk)))
    lines = {line.source_id: line for line in order.lines.all()}
    return [
        Parcel(
            shipment=row,
            title=f"Parcel {n} of {len(rows)}" if len(rows) > 1 else "Parcel",
            says=says(row),
            link=public_tracking_link(row),
            items=[
                (item["quantity"], lines[item["line_id"]])
                for item in row.items
                if item.get("line_id") in lines
            ],
            scans=scans_of(row),
            anchor=f"p-{row.pk}",
        )
        for n, row in enumerate(rows, start=1)
    ]


def scans_of(parcel: Shipment) -> list[Scan]:
    """Return the preloaded scans of a parcel, newest first."""
    rows = sorted(parcel.scans.all(), key=lambda s: (s.happened_at, str(s.pk)), reverse=True)
    return [scan_of(row) for row in rows]


def scan_of(row: TrackingEvent, parcel: str = "") -> Scan:
    """Return a scan in words; `parcel` names the parcel where an order has several."""
    words = PARCEL_SAYS.get(row.status, words_of_state(row.status))
    short = _SHORT.get(row.status) or words[:1].lower() + words[1:]
    reason = _SUB.get(row.sub_status, "")
    detail = " · ".join(part for part in (parcel, reason, row.message, row.location) if part)
    return Scan(row.happened_at, words, short, detail, tone_of_state(row.status))


def says(parcel: Shipment) -> str:
    """Return the state of a parcel with its reason."""
    if parcel.cancelled:
        return "Cancelled"
    words = PARCEL_SAYS.get(parcel.status, parcel.status)
    reason = _SUB.get(parcel.sub_status, "")
    return f"{words}, {reason}" if reason else words


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
