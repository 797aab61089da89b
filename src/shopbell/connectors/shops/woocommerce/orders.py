"""WooCommerce orders, their refunds, and the parcels that plugins write into them.

A newcomer's mistake: waiting for a shipment. WooCommerce has none: an order that is `completed`
has left the house. It becomes one parcel `<order>-1` with the status "info received" (the shop
handed it over, no carrier has spoken). A tracking number that a plugin adds, also later, belongs to
the same `<order>-1`; further numbers are `<order>-2`, `<order>-3` … Orders without shipping
(downloads) and those picked up in the shop make no parcel.

"Handed over" is a scan at the time of completion, so that a later change of the order (a note)
does not take a parcel back that a carrier has seen since.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from shopbell.connectors.reading import Doc, bounded
from shopbell.connectors.shops.woocommerce import vocabulary
from shopbell.orders.ports import (
    AddressFacts,
    CustomerFacts,
    LineFacts,
    OrderFacts,
    OrderStatus,
    PaymentStatus,
    RefundFacts,
    ShipmentFacts,
    ShipmentItemFacts,
    ShipmentStatus,
    TrackingFacts,
)

MAX_PARCELS = 50


def read_order(doc: Doc) -> OrderFacts | None:
    """Return the order, or None if it is none (no id, or still at the checkout)."""
    source_id = doc.ident("id")
    word = _status_word(doc)
    if not source_id or word in vocabulary.UNFINISHED:
        return None
    currency = doc.currency("currency")
    refunds = _refunds(doc, source_id, currency)
    lines = _lines(doc, currency)
    shipping_line = next(doc.docs("shipping_lines"), Doc(None))
    return OrderFacts(
        source_id=source_id,
        number=doc.text("number", "id", limit=120),
        status=_life(word),
        payment=_payment(doc, word, refunds, currency),
        currency=currency,
        total=doc.amount("total", currency),
        subtotal=_subtotal(doc, currency),
        shipping=doc.amount("shipping_total", currency),
        tax=doc.amount("total_tax", currency),
        discount=doc.amount("discount_total", currency),
        customer=_customer(doc),
        lines=lines,
        shipments=_shipments(doc, source_id, word, lines),
        refunds=refunds,
        shipping_address=_address(doc.doc("shipping")) or _address(doc.doc("billing")),
        shipping_method=shipping_line.plain("method_title", limit=200),
        locale=_meta_text(doc, "wpml_language", "_order_locale")[:20],
        note=doc.plain("customer_note", limit=5000),
        placed_at=doc.time("date_created_gmt"),
        updated_at=doc.time("date_modified_gmt", "date_created_gmt"),
        status_url=doc.url("payment_url") if word in ("pending", "failed") else "",
        raw=doc.raw,
    )


def _status_word(doc: Doc) -> str:
    return doc.lower("status").removeprefix("wc-")


def _life(word: str) -> OrderStatus | None:
    if not word:
        return None
    return vocabulary.STATUS.get(word, (OrderStatus.OPEN, None))[0]


def _payment(
    doc: Doc, word: str, refunds: tuple[RefundFacts, ...], currency: str
) -> PaymentStatus | None:
    told = vocabulary.STATUS.get(word, (OrderStatus.OPEN, None))[1]
    if told is not None:
        return told
    returned = sum(refund.amount for refund in refunds)
    if returned > 0:
        whole = returned >= (doc.amount("total", currency) or 0)
        return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
    if doc.time("date_paid_gmt", "date_paid"):
        return PaymentStatus.PAID
    at_the_door = doc.lower("payment_method") in vocabulary.PAID_AT_THE_DOOR
    if word in vocabulary.COUNTS_AS_PAID:
        return PaymentStatus.PENDING if at_the_door else PaymentStatus.PAID
    return None


def _subtotal(doc: Doc, currency: str) -> int | None:
    if not doc.has_list("line_items"):
        return None
    return bounded(sum(line.amount("subtotal", currency) or 0 for line in doc.docs("line_items")))


def _customer(doc: Doc) -> CustomerFacts | None:
    billing, shipping = doc.doc("billing"), doc.doc("shipping")
    facts = CustomerFacts(
        source_id=doc.ident("customer_id"),
        email=billing.text("email", limit=320),
        phone=billing.text("phone", limit=40) or shipping.text("phone", limit=40),
        first_name=billing.plain("first_name", limit=150),
        last_name=billing.plain("last_name", limit=150),
        country=shipping.country("country") or billing.country("country"),
    )
    return facts if facts.source_id or facts.email or facts.phone else None


def _address(doc: Doc) -> AddressFacts | None:
    """An address in which everything is empty is none: downloads are sent nowhere."""
    names = (doc.plain("first_name", limit=150), doc.plain("last_name", limit=150))
    lines = [doc.plain(key, limit=300) for key in ("company", "address_1", "address_2")]
    told = [line for line in lines if line]
    if not told and not doc.text("city") and not doc.text("postcode"):
        return None
    return AddressFacts(
        name=" ".join(filter(None, names)),
        line1=told[0] if told else "",
        line2=", ".join(told[1:]),
        city=doc.plain("city", limit=200),
        postal_code=doc.text("postcode", limit=40),
        region=doc.text("state", limit=100),
        country=doc.country("country"),
        phone=doc.text("phone", limit=40),
    )


def _lines(doc: Doc, currency: str) -> tuple[LineFacts, ...] | None:
    if not doc.has_list("line_items"):
        return None
    return tuple(
        LineFacts(
            source_id=line.ident("id"),
            title=line.plain("parent_name", "name"),
            quantity=line.units("quantity"),
            unit_price=line.amount("price", currency) or 0,
            total=line.amount("total", currency) or 0,
            sku=line.text("sku", limit=200),
            variant_title=_variant_title(line),
            product_id=line.ident("product_id"),
            variant_id=line.ident("variation_id"),
            image_url=line.doc("image").url("src"),
        )
        for line in doc.docs("line_items")
    )


def _variant_title(line: Doc) -> str:
    """The chosen attributes, as WooCommerce displays them (hidden ones begin with `_`)."""
    if not line.ident("variation_id"):
        return ""
    shown = (
        meta.plain("display_value", "value", limit=100)
        for meta in line.docs("meta_data")
        if not meta.text("key").startswith("_")
    )
    return ", ".join(filter(None, shown))[:300]


def _refunds(doc: Doc, order_id: str, currency: str) -> tuple[RefundFacts, ...]:
    """Refunds inside the order: amounts are negative there and carry no time of their own."""
    return tuple(
        RefundFacts(
            source_id=refund.ident("id"),
            order_id=order_id,
            amount=abs(refund.amount("total", currency) or refund.amount("amount", currency) or 0),
            currency=currency,
            created_at=refund.time("date_created_gmt"),
            note=refund.plain("reason"),
        )
        for refund in doc.docs("refunds")
        if refund.ident("id")
    )


def _shipments(
    doc: Doc, order_id: str, word: str, lines: tuple[LineFacts, ...] | None
) -> tuple[ShipmentFacts, ...]:
    status = vocabulary.DISPATCHED.get(word)
    parcels = list(_tracking(doc))[:MAX_PARCELS]
    if not parcels and (status is None or not _is_sent(doc)):
        return ()
    parcels = parcels or [("", "", "", None)]
    items = tuple(ShipmentItemFacts(line.source_id, line.quantity) for line in lines or ())
    changed_at = doc.time("date_modified_gmt")
    found = []
    for place, (number, carrier, url, sent_at) in enumerate(parcels, start=1):
        left_at = sent_at or doc.time("date_completed_gmt") or doc.time("date_created_gmt")
        scans = _scans(f"{order_id}-{place}", status, left_at, changed_at)
        found.append(
            ShipmentFacts(
                source_id=f"{order_id}-{place}",
                order_id=order_id,
                tracking_number=number,
                tracking_url=url,
                carrier=carrier,
                status=scans[-1].status if scans else status,
                cancelled=word == "cancelled",
                items=items if len(parcels) == 1 and word not in vocabulary.PARTLY else None,
                events=scans,
                created_at=left_at,
                updated_at=changed_at,
            )
        )
    return tuple(found)


def _scans(
    source_id: str,
    status: ShipmentStatus | None,
    left_at: datetime | None,
    changed_at: datetime | None,
) -> tuple[TrackingFacts, ...]:
    """What the order's status says of the parcel, each at its own time and told once."""
    scans = []
    if left_at is not None:
        scan_id = f"{source_id}:handed-over"
        scans.append(TrackingFacts(ShipmentStatus.INFO_RECEIVED, left_at, source_id=scan_id))
    if status not in (None, ShipmentStatus.INFO_RECEIVED) and changed_at is not None:
        scans.append(TrackingFacts(status, changed_at, source_id=f"{source_id}:{status}"))
    return tuple(scans)


def _is_sent(doc: Doc) -> bool:
    methods = [line.lower("method_id").split(":")[0] for line in doc.docs("shipping_lines")]
    return any(method not in vocabulary.NOT_SENT for method in methods)


def _tracking(doc: Doc) -> Iterator[tuple[str, str, str, datetime | None]]:
    """Yield (number, carrier, link, sent at) from the fields of the common plugins."""
    meta = Doc({entry.text("key"): entry.raw.get("value") for entry in doc.docs("meta_data")})
    seen: set[str] = set()
    for key in vocabulary.TRACKING_LIST:
        for item in meta.docs(key):
            number = item.text("tracking_number", limit=120)
            if number and number not in seen:
                seen.add(number)
                yield number, _carrier(item), _link(item), _sent_at(item)
    for number_key, carrier_key, link_key in vocabulary.TRACKING_SINGLE:
        number = meta.text(number_key, limit=120)
        if number and number not in seen:
            seen.add(number)
            yield number, meta.plain(carrier_key, limit=120), meta.url(link_key), None


def _carrier(item: Doc) -> str:
    keys = ("formatted_tracking_provider", "tracking_provider", "custom_tracking_provider", "slug")
    return item.plain(*keys, limit=120)


def _link(item: Doc) -> str:
    return item.url("custom_tracking_link", "formatted_tracking_link", "tracking_link")


def _sent_at(item: Doc) -> datetime | None:
    """`date_shipped` is a Unix time as text."""
    stamp = item.decimal("date_shipped")
    if stamp is None or not 0 < stamp < 7_000_000_000:
        return item.time("date_shipped")
    return datetime.fromtimestamp(int(stamp), UTC)


def _meta_text(doc: Doc, *keys: str) -> str:
    for entry in doc.docs("meta_data"):
        if entry.text("key") in keys:
            return entry.text("value")
    return ""
