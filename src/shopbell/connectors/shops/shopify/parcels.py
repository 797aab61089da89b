"""Fulfilments, their events, and returns: Shopify's words turned into parcels.

A newcomer's mistake: one fulfilment, one parcel. A fulfilment with several tracking numbers is
several parcels: the first keeps the fulfilment's id, the others are `<id>-2`, `<id>-3` …, and only
the first lists the items, because Shopify does not say what lies in which box.

"Handed over" is a scan at the time the fulfilment was made, so that a later change of the
fulfilment does not take a parcel back that a carrier has seen since.
"""

from datetime import datetime

from shopbell.connectors.reading import Doc, web_address
from shopbell.connectors.shops.shopify import vocabulary
from shopbell.connectors.shops.shopify.ids import own_id, true_id
from shopbell.orders.ports import (
    Parsed,
    ReturnFacts,
    ShipmentFacts,
    ShipmentItemFacts,
    ShipmentStatus,
    SubStatus,
    TrackingFacts,
)

MAX_PARCELS = 50


def parse_fulfillment(topic: str, doc: Doc) -> Parsed:
    """`fulfillments/create` and `fulfillments/update`."""
    shipments = read_fulfillment(doc, raw=doc.raw)
    if not shipments:
        return Parsed(unused="The fulfilment has no id.")
    return Parsed(shipments)


def read_fulfillment(doc: Doc, order_id: str = "", raw: object = None) -> tuple[ShipmentFacts, ...]:
    """Return the parcels of one fulfilment; none if it has no id."""
    source_id = own_id(doc)
    if not source_id:
        return ()
    told = vocabulary.SHIPMENT.get(doc.lower("shipment_status"))
    status, sub_status = told or (None, SubStatus.NONE)
    scans = () if told else handed_over(doc.lower("status"), source_id, doc.time("created_at"))
    numbers = _numbers(doc)
    urls = [web_address(url) for url in doc.values("tracking_urls")] or [doc.url("tracking_url")]
    return tuple(
        ShipmentFacts(
            source_id=source_id if place == 0 else f"{source_id}-{place + 1}",
            order_id=order_id or doc.ident("order_id"),
            tracking_number=number,
            tracking_url=urls[place] if place < len(urls) else "",
            carrier=doc.text("tracking_company", limit=120),
            status=scans[0].status if scans else status,
            sub_status=sub_status,
            cancelled=doc.lower("status") in vocabulary.COMES_TO_NOTHING,
            items=_items(doc) if place == 0 else None,
            events=scans,
            created_at=doc.time("created_at"),
            updated_at=doc.time("updated_at", "created_at"),
            raw=raw,
        )
        for place, number in enumerate(numbers)
    )


def handed_over(
    status: str, source_id: str, created_at: datetime | None
) -> tuple[TrackingFacts, ...]:
    """Return the scan that stands for "the shop gave it away", if it did."""
    if status not in vocabulary.HANDED_OVER or created_at is None:
        return ()
    scan_id = f"{source_id}:handed-over"
    return (TrackingFacts(ShipmentStatus.INFO_RECEIVED, created_at, source_id=scan_id),)


def _numbers(doc: Doc) -> list[str]:
    listed = [
        str(n).strip()[:120] for n in doc.values("tracking_numbers") if isinstance(n, (str, int))
    ]
    numbers = [number for number in dict.fromkeys(listed) if number]
    return numbers[:MAX_PARCELS] or [doc.text("tracking_number", limit=120)]


def _items(doc: Doc) -> tuple[ShipmentItemFacts, ...] | None:
    if not doc.has_list("line_items"):
        return None
    lines = [(own_id(line), line.units("quantity")) for line in doc.docs("line_items")]
    return tuple(
        ShipmentItemFacts(line, quantity) for line, quantity in lines if line and quantity > 0
    )


def parse_fulfillment_event(topic: str, doc: Doc) -> Parsed:
    """`fulfillment_events/create`: one scan of a parcel.

    The parcel's `updated_at` is the scan's own time, so a late report of an early scan stays
    early.
    """
    source_id = doc.ident("fulfillment_id")
    meaning = vocabulary.SHIPMENT.get(doc.lower("status"))
    happened_at = doc.time("happened_at", "created_at")
    if not source_id:
        return Parsed(unused="The event names no fulfilment.")
    if meaning is None or happened_at is None:
        return Parsed(unused=f"Shopbell does not know the event {doc.text('status', limit=40)!r}.")
    status, sub_status = meaning
    scan = TrackingFacts(
        status=status,
        happened_at=happened_at,
        sub_status=sub_status,
        message=doc.text("message"),
        location=", ".join(
            filter(None, (doc.text("city", limit=100), doc.text("country", limit=60)))
        ),
        source_id=own_id(doc),
    )
    shipment = ShipmentFacts(
        source_id=source_id,
        order_id=doc.ident("order_id"),
        status=status,
        sub_status=sub_status,
        events=(scan,),
        expected_until=doc.time("estimated_delivery_at"),
        updated_at=happened_at,
        raw=doc.raw,
    )
    return Parsed((shipment,))


def parse_return(topic: str, doc: Doc) -> Parsed:
    """`returns/…`. `returns/update` lists only differences and names no order: not used."""
    source_id = own_id(doc)
    order_id = own_id(doc.doc("order")) or doc.ident("order_id")
    status = vocabulary.RETURN.get(doc.lower("status")) or vocabulary.RETURN_BY_TOPIC.get(topic)
    if not source_id or not order_id or status is None:
        return Parsed(unused="The message names no return, no order or no state of it.")
    facts = ReturnFacts(
        source_id=source_id,
        order_id=order_id,
        status=status,
        name=doc.text("name", limit=120),
        items=_return_items(doc),
        created_at=doc.time("created_at"),
        updated_at=doc.time("updated_at"),
        raw=doc.raw,
    )
    return Parsed((facts,))


def _return_items(doc: Doc) -> tuple[ShipmentItemFacts, ...] | None:
    """Items by order line. An empty list next to a positive total was only left out."""
    found = []
    for item in doc.docs("return_line_items"):
        line = item.doc("fulfillment_line_item").doc("line_item") or item.doc("line_item")
        line_id = own_id(line) or item.ident("line_item_id") or true_id(item.text("line_item"))
        quantity = item.units("quantity")
        if line_id and quantity > 0:
            found.append(ShipmentItemFacts(line_id, quantity))
    return tuple(found) or None
