"""Products, stock, carts and checkouts.

A newcomer's mistake: trusting a product's price without its currency. Product webhooks name none,
so a price is taken only when it is written with two decimals; the GraphQL read knows better.
"""

from shopbell.connectors.reading import Doc, bounded
from shopbell.connectors.shops.shopify.ids import own_id
from shopbell.orders.ports import (
    CartFacts,
    LineFacts,
    Parsed,
    ProductFacts,
    StockFacts,
    VariantFacts,
)


def parse_product(topic: str, doc: Doc) -> Parsed:
    """`products/create` and `products/update`."""
    source_id = own_id(doc)
    if not source_id:
        return Parsed(unused="The message names no product.")
    images = [image.url("src") for image in doc.docs("images")]
    facts = ProductFacts(
        source_id=source_id,
        title=doc.text("title"),
        image_url=doc.doc("image").url("src") or next(filter(None, images), ""),
        product_type=doc.text("product_type", limit=200),
        active=doc.lower("status") in ("", "active"),
        variants=_variants(doc),
        updated_at=doc.time("updated_at"),
        raw=doc.raw,
    )
    return Parsed((facts,))


def parse_deleted_product(topic: str, doc: Doc) -> Parsed:
    """`products/delete`."""
    source_id = own_id(doc)
    if not source_id:
        return Parsed(unused="The message names no product.")
    return Parsed((ProductFacts(source_id=source_id, active=False, deleted=True),))


def _variants(doc: Doc) -> tuple[VariantFacts, ...] | None:
    if not doc.has_list("variants"):
        return None
    found = []
    for variant in doc.docs("variants"):
        if source_id := own_id(variant):
            found.append(
                VariantFacts(
                    source_id=source_id,
                    title=variant.text("title", limit=300),
                    sku=variant.text("sku", limit=200),
                    price=variant.unnamed_amount("price"),
                    stock=variant.count("inventory_quantity"),
                )
            )
    return tuple(found)


def parse_stock(topic: str, doc: Doc) -> Parsed:
    """`inventory_levels/update`."""
    item = doc.ident("inventory_item_id")
    available = doc.count("available")
    if not item or available is None:
        return Parsed(unused="The message names no item or no number.")
    return Parsed((StockFacts(item, available, doc.time("updated_at")),))


def parse_cart(topic: str, doc: Doc) -> Parsed:
    """`carts/create` and `carts/update`. Carts name nobody; the checkout does."""
    source_id = doc.text("id", "token", limit=120)
    if not source_id:
        return Parsed(unused="The cart has no id.")
    currencies = (line.doc("price_set").doc("shop_money") for line in doc.docs("line_items"))
    currency = next(filter(None, (price.currency("currency_code") for price in currencies)), "")
    lines = _cart_lines(doc, currency)
    facts = CartFacts(
        source_id=source_id,
        currency=currency,
        total=bounded(sum(line.total for line in lines)),
        lines=lines,
        updated_at=doc.time("updated_at"),
        raw=doc.raw,
    )
    return Parsed((facts,))


def parse_checkout(topic: str, doc: Doc) -> Parsed:
    """`checkouts/create`, `update` and `delete`."""
    source_id = own_id(doc)
    if not source_id:
        return Parsed(unused="The checkout has no id.")
    currency = doc.currency("currency", "presentment_currency")
    person = doc.doc("customer")
    facts = CartFacts(
        source_id=source_id,
        email=doc.text("email", limit=320) or person.text("email", limit=320),
        phone=doc.text("phone", limit=40) or person.text("phone", limit=40),
        currency=currency,
        total=doc.amount("total_price", currency) or 0,
        recover_url=doc.url("abandoned_checkout_url"),
        lines=_cart_lines(doc, currency),
        completed=doc.time("completed_at") is not None,
        deleted=topic == "checkouts/delete",
        updated_at=doc.time("updated_at"),
        raw=doc.raw,
    )
    return Parsed((facts,))


def _cart_lines(doc: Doc, currency: str) -> tuple[LineFacts, ...]:
    lines = []
    for position, line in enumerate(doc.docs("line_items")):
        quantity = line.units("quantity")
        price = line.amount("discounted_price", currency)
        price = price if price is not None else line.amount("price", currency) or 0
        total = line.amount("line_price", currency)
        lines.append(
            LineFacts(
                source_id=line.text("key", limit=100) or line.ident("id") or str(position),
                title=line.text("title", "presentment_title"),
                quantity=quantity,
                unit_price=price,
                total=total if total is not None else bounded(price * quantity),
                sku=line.text("sku", limit=200),
                variant_title=line.text("variant_title", limit=300),
                product_id=line.ident("product_id"),
                variant_id=line.ident("variant_id"),
            )
        )
    return tuple(lines)
