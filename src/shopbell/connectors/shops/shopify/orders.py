"""Orders, their money and their refunds.

A newcomer's mistake: showing `line_items[].quantity` as it is. Units removed by an edit stay in
it; only `current_quantity` knows, but that one also drops units that were refunded after they
were sent. So refunded units are added back, and lines that an edit emptied are left out.
"""

from collections import Counter
from dataclasses import replace

from shopbell.connectors.reading import Doc, bounded
from shopbell.connectors.shops.shopify import vocabulary
from shopbell.connectors.shops.shopify.ids import own_id
from shopbell.connectors.shops.shopify.parcels import read_fulfillment
from shopbell.connectors.shops.shopify.people import read_checkout_consents, read_consents
from shopbell.orders.ports import (
    AddressFacts,
    CustomerFacts,
    LineFacts,
    OrderFacts,
    OrderStatus,
    Parsed,
    PaymentStatus,
    RefundFacts,
)

NO_ID = "The message names no order."


def parse_order(topic: str, doc: Doc) -> Parsed:
    """`orders/create` and its sisters that carry the whole order."""
    order = read_order(doc)
    if order is None:
        return Parsed(unused=NO_ID)
    if topic == "orders/cancelled" and order.status is not OrderStatus.CANCELLED:
        order = replace(order, status=OrderStatus.CANCELLED)
    if topic == "orders/paid" and order.payment is None:
        order = replace(order, payment=PaymentStatus.PAID)
    return Parsed((order,))


def parse_deleted_order(topic: str, doc: Doc) -> Parsed:
    """`orders/delete`: the body has only the id. Closed, not cancelled: nobody is told."""
    source_id = own_id(doc)
    if not source_id:
        return Parsed(unused=NO_ID)
    return Parsed((OrderFacts(source_id=source_id, status=OrderStatus.CLOSED),))


def parse_edited_order(topic: str, doc: Doc) -> Parsed:
    """`orders/edited`: only differences. The new lines come with `orders/updated`."""
    edit = doc.doc("order_edit") or doc
    source_id = edit.ident("order_id")
    if not source_id:
        return Parsed(unused=NO_ID)
    edited_at = edit.time("committed_at", "created_at")
    return Parsed((OrderFacts(source_id=source_id, edited_at=edited_at),))


def parse_transaction(topic: str, doc: Doc) -> Parsed:
    """`order_transactions/create`: a payment that failed is a payment problem."""
    source_id = doc.ident("order_id")
    failed = doc.lower("status") in vocabulary.FAILED_TRANSACTION
    if not source_id or not failed or doc.lower("kind") not in vocabulary.TAKES_MONEY:
        return Parsed(unused=vocabulary.UNUSED["order_transactions"])
    at = doc.time("processed_at", "created_at")
    return Parsed((OrderFacts(source_id=source_id, payment=PaymentStatus.FAILED, updated_at=at),))


def parse_refund(topic: str, doc: Doc) -> Parsed:
    """`refunds/create`."""
    refund = read_refund(doc, raw=doc.raw)
    if refund is None:
        return Parsed(unused="The refund names no order or has no id.")
    return Parsed((refund,))


def read_order(doc: Doc) -> OrderFacts | None:
    """Return the order, or None if it has no id."""
    source_id = own_id(doc)
    if not source_id:
        return None
    currency = doc.currency("currency", "presentment_currency")
    refunds = [read_refund(refund, source_id, currency) for refund in doc.docs("refunds")]
    shipping_line = next(doc.docs("shipping_lines"), Doc(None))
    return OrderFacts(
        source_id=source_id,
        number=doc.text("name", "order_number", "number", limit=120),
        status=_status(doc),
        payment=_payment(doc),
        cancel_reason=doc.text("cancel_reason", limit=200),
        currency=currency,
        total=_first_amount(doc, currency, "total_price", "current_total_price"),
        subtotal=_first_amount(doc, currency, "subtotal_price", "current_subtotal_price"),
        shipping=doc.doc("total_shipping_price_set").doc("shop_money").amount("amount", currency),
        tax=_first_amount(doc, currency, "total_tax", "current_total_tax"),
        discount=_first_amount(doc, currency, "total_discounts", "current_total_discounts"),
        customer=_customer(doc),
        lines=_lines(doc, currency),
        shipments=tuple(
            parcel
            for fulfillment in doc.docs("fulfillments")
            for parcel in read_fulfillment(fulfillment, source_id)
        ),
        refunds=tuple(refund for refund in refunds if refund is not None),
        shipping_address=read_address(doc.doc("shipping_address")),
        shipping_method=shipping_line.text("title", "code", limit=200),
        locale=doc.text("customer_locale", limit=20),
        note=doc.text("note", limit=5000),
        tags=read_tags(doc),
        test=doc.flag("test"),
        placed_at=doc.time("processed_at", "created_at"),
        updated_at=doc.time("updated_at"),
        status_url=doc.url("order_status_url"),
        raw=doc.raw,
    )


def _status(doc: Doc) -> OrderStatus | None:
    if doc.time("cancelled_at"):
        return OrderStatus.CANCELLED
    if doc.time("closed_at"):
        return OrderStatus.CLOSED
    told = "cancelled_at" in doc or "closed_at" in doc
    return OrderStatus.OPEN if told else None


def _payment(doc: Doc) -> PaymentStatus | None:
    word = doc.lower("financial_status")
    return vocabulary.PAYMENT.get(word, PaymentStatus.UNKNOWN) if word else None


def _first_amount(doc: Doc, currency: str, *keys: str) -> int | None:
    found = (doc.amount(key, currency) for key in keys)
    return next((amount for amount in found if amount is not None), None)


def read_tags(doc: Doc) -> tuple[str, ...]:
    """Return tags, written as one text with commas or as a list."""
    listed = doc.values("tags") or doc.text("tags", limit=5000).split(",")
    tags = (tag.strip()[:120] for tag in listed if isinstance(tag, str))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def read_address(doc: Doc) -> AddressFacts | None:
    """Return a postal address, or None if nothing was told."""
    if not doc:
        return None
    names = (doc.text("first_name", limit=150), doc.text("last_name", limit=150))
    company = doc.text("company", limit=200)
    lines = [company, doc.text("address1", limit=300), doc.text("address2", limit=300)]
    told = [line for line in lines if line]
    return AddressFacts(
        name=doc.text("name", limit=300) or " ".join(filter(None, names)),
        line1=told[0] if told else "",
        line2=", ".join(told[1:]),
        city=doc.text("city", limit=200),
        postal_code=doc.text("zip", limit=40),
        region=doc.text("province_code", "province", limit=100),
        country=doc.country("country_code", "country"),
        phone=doc.text("phone", limit=40),
    )


def _customer(doc: Doc) -> CustomerFacts | None:
    """The order's own address comes first: it is the one the buyer wants to be written to."""
    person = doc.doc("customer")
    address = doc.doc("shipping_address") or doc.doc("billing_address")
    email = doc.text("email", "contact_email", limit=320) or person.text("email", limit=320)
    facts = CustomerFacts(
        source_id=own_id(person),
        email=email,
        phone=doc.text("phone", limit=40)
        or person.text("phone", limit=40)
        or address.text("phone", limit=40),
        first_name=person.text("first_name", limit=150) or address.text("first_name", limit=150),
        last_name=person.text("last_name", limit=150) or address.text("last_name", limit=150),
        locale=doc.text("customer_locale", limit=20),
        country=address.country("country_code", "country"),
        email_verified=person.flag("verified_email") and email == person.text("email", limit=320),
        consents=read_consents(person) + read_checkout_consents(doc),
        updated_at=person.time("updated_at"),
    )
    return facts if facts.source_id or facts.email or facts.phone else None


def _lines(doc: Doc, currency: str) -> tuple[LineFacts, ...] | None:
    if not doc.has_list("line_items"):
        return None
    refunded = _refunded_units(doc)
    lines = [_line(line, currency, refunded) for line in doc.docs("line_items")]
    kept = tuple(line for line in lines if line.quantity > 0)
    return kept or tuple(_line(line, currency, None) for line in doc.docs("line_items"))


def _refunded_units(doc: Doc) -> Counter[str]:
    """Units paid back after they were sent, by order line (`cancel` means: never sent)."""
    units: Counter[str] = Counter()
    for refund in doc.docs("refunds"):
        for item in refund.docs("refund_line_items"):
            if item.lower("restock_type") != "cancel":
                line_id = own_id(item.doc("line_item")) or item.ident("line_item_id")
                units[line_id] += item.units("quantity")
    return units


def remaining(quantity: int, current: int | None, refunded: int) -> int:
    """Units of a line that were really ordered: all, less what an edit took out."""
    return quantity if current is None else min(quantity, max(current, 0) + max(refunded, 0))


def _line(doc: Doc, currency: str, refunded: Counter[str] | None) -> LineFacts:
    quantity = doc.units("quantity")
    if refunded is not None:
        quantity = remaining(quantity, doc.count("current_quantity"), refunded[own_id(doc)])
    price = doc.amount("price", currency) or 0
    discount = doc.amount("total_discount", currency) or 0
    return LineFacts(
        source_id=own_id(doc),
        title=doc.text("title", "name"),
        quantity=quantity,
        unit_price=price,
        total=bounded(price * quantity - discount),
        sku=doc.text("sku", limit=200),
        variant_title=doc.text("variant_title", limit=300),
        product_id=doc.ident("product_id"),
        variant_id=doc.ident("variant_id"),
        image_url=doc.doc("image").url("src"),
    )


def read_refund(
    doc: Doc, order_id: str = "", currency: str = "", raw: object = None
) -> RefundFacts | None:
    """Return a refund; the amount is what the transactions moved, 0 if only goods came back."""
    source_id = own_id(doc)
    order_id = order_id or doc.ident("order_id")
    if not source_id or not order_id:
        return None
    moved = [
        move
        for move in doc.docs("transactions")
        if move.lower("kind") in vocabulary.GIVES_MONEY
        and move.lower("status") in vocabulary.MONEY_MOVED
    ]
    told = (code for code in (move.currency("currency") for move in moved) if code)
    currency = next(told, "") or currency or _currency_within(doc)
    return RefundFacts(
        source_id=source_id,
        order_id=order_id,
        amount=bounded(sum(move.amount("amount", currency) or 0 for move in moved)),
        currency=currency,
        created_at=doc.time("processed_at", "created_at"),
        note=doc.text("note"),
        raw=raw,
    )


def _currency_within(doc: Doc) -> str:
    """Shopify names no currency on a refund itself; its price sets do."""
    sets = [doc.doc("total_duties_set")]
    sets += [item.doc("subtotal_set") for item in doc.docs("refund_line_items")]
    codes = (price.doc("shop_money").currency("currency_code") for price in sets)
    return next((code for code in codes if code), "")
