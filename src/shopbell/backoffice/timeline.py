"""One history of an order: what happened, what we told, what we did not tell and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbell.backoffice.ledger import state_words, why
from shopbell.backoffice.parcels import scan_of
from shopbell.events.models import Event
from shopbell.messaging.models import Message
from shopbell.messaging.states import NOT_TOLD, OPEN, State
from shopbell.messaging.titles import medium_name, title_of
from shopbell.orders.models import Order, Shipment
from shopbell.web.states import tone_of_state

_FACTS = {
    "order.placed": "Order placed",
    "order.paid": "Paid",
    "order.payment_failed": "Payment refused",
    "order.edited": "Order changed",
    "order.cancelled": "Order cancelled",
    "shipment.dispatched": "Parcel left",
    "shipment.delayed": "The carrier expects a delay",
    "refund.issued": "Money went back",
    "return.registered": "Return registered",
    "return.received": "Return received",
}
_TONES = {"order.payment_failed": "red", "order.cancelled": "red", "shipment.delayed": "brass"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `message` is set when it is about something we told or did not tell."""

    at: datetime
    what: str
    detail: str = ""
    tone: str = ""
    message: Message | None = None
    may_repeat: bool = False


def order_history(
    order: Order, events: Iterable[Event], messages: Iterable[Message], zone: str
) -> list[Entry]:
    """Return all lines of an order with parcels and scans preloaded, newest first."""
    parcels = sorted(order.shipments.all(), key=lambda parcel: (parcel.created_at, str(parcel.pk)))
    names = parcel_names(parcels)
    entries = [_fact(event, names) for event in events if event.name in _FACTS]
    for parcel in parcels:
        scans = [scan_of(row, names[str(parcel.pk)]) for row in parcel.scans.all()]
        entries += [
            Entry(scan.at, f"Carrier: {scan.short}", scan.detail, scan.tone) for scan in scans
        ]
    entries += [told(message, zone, names) for message in messages]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def parcel_names(parcels: Sequence[Shipment]) -> dict[str, str]:
    """Return what to call each parcel where an order has several; nothing where it has one."""
    if len(parcels) < 2:
        return {str(parcel.pk): "" for parcel in parcels}
    return {str(parcel.pk): f"parcel {n}" for n, parcel in enumerate(parcels, start=1)}


def _fact(event: Event, names: dict[str, str]) -> Entry:
    parcel = names.get(str(event.data.get("shipment_id", "")), "")
    tone = _TONES.get(event.name, "")
    return Entry(event.occurred_at, _FACTS[event.name], parcel.capitalize(), tone)


def told(message: Message, zone: str, names: dict[str, str] | None = None) -> Entry:
    """Return the line of a message."""
    title, name = title_of(message.kind), medium_name(message.medium)
    parcel = (names or {}).get(str(message.shipment_id), "")
    reason = why(message, zone)
    says = state_words(message, zone)
    tone = tone_of_state(message.state)
    settled = message.state not in OPEN - {State.HELD}
    if message.state in NOT_TOLD or message.state in (State.FAILED, State.HELD):
        what = f"“{title}” not told"
        at = message.closed_at or message.created_at
    elif message.state in OPEN:
        what, at = f"“{title}” will be told", message.created_at
    else:
        what = f"Told “{title}” by {name}"
        at = message.sent_at or message.handed_at or message.created_at
    detail = " · ".join(part for part in (says, parcel, reason) if part)
    return Entry(at, what, detail, tone, message, settled)
