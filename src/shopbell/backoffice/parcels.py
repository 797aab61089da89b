"""Parcels of an order as staff see them: state, dates, contents, scans."""

from dataclasses import dataclass
from datetime import datetime

from shopbell.orders.models import Line, Order, Shipment, TrackingEvent
from shopbell.orders.queries import public_tracking_link
from shopbell.orders.standing import SUB_STATUS_SAYS, says
from shopbell.web.states import PARCEL_SAYS, tone_of_state, words_of_state

_SHORT = {"info_received": "announced", "pending": "not handed over yet"}


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
    reason = SUB_STATUS_SAYS.get(row.sub_status, "")
    detail = " · ".join(part for part in (parcel, reason, row.message, row.location) if part)
    return Scan(row.happened_at, words, short, detail, tone_of_state(row.status))
