"""WooCommerce customers and products.

A newcomer's mistake: looking for variants in a product. It lists only their ids; each variation
has its own price and stock and arrives as a `product` of its own with a `parent_id`.
"""

from shopbell.connectors.reading import Doc
from shopbell.orders.ports import CustomerFacts, ProductFacts, VariantFacts


def read_customer(doc: Doc) -> CustomerFacts | None:
    """Return a customer, or None without id."""
    source_id = doc.ident("id")
    if not source_id:
        return None
    billing, shipping = doc.doc("billing"), doc.doc("shipping")
    return CustomerFacts(
        source_id=source_id,
        email=doc.text("email", limit=320) or billing.text("email", limit=320),
        phone=billing.text("phone", limit=40) or shipping.text("phone", limit=40),
        first_name=doc.plain("first_name", limit=150) or billing.plain("first_name", limit=150),
        last_name=doc.plain("last_name", limit=150) or billing.plain("last_name", limit=150),
        country=shipping.country("country") or billing.country("country"),
        updated_at=doc.time("date_modified_gmt", "date_created_gmt"),
        raw=doc.raw,
    )


def read_product(doc: Doc, currency: str = "") -> ProductFacts | None:
    """Return a product, or None if it has no id or is a single variation."""
    source_id = doc.ident("id")
    if not source_id or doc.lower("type") == "variation":
        return None
    images = (image.url("src") for image in doc.docs("images"))
    variations = [Doc({"id": value}).ident("id") for value in doc.values("variations")]
    variants = [VariantFacts(source_id=variation) for variation in variations if variation]
    if not variants:
        variants = [
            VariantFacts(
                source_id=source_id,
                sku=doc.text("sku", limit=200),
                price=doc.amount("price", currency) if currency else doc.unnamed_amount("price"),
                stock=_stock(doc),
            )
        ]
    return ProductFacts(
        source_id=source_id,
        title=doc.plain("name"),
        url=doc.url("permalink"),
        image_url=next(filter(None, images), ""),
        product_type=_category(doc),
        active=doc.lower("status") in ("", "publish"),
        currency=currency,
        variants=tuple(variants),
        updated_at=doc.time("date_modified_gmt"),
        raw=doc.raw,
    )


def _stock(doc: Doc) -> int | None:
    """The number if the shop counts; 0 if it says "out of stock"; else not told."""
    counted = doc.count("stock_quantity")
    if counted is None and doc.lower("stock_status") == "outofstock":
        return 0
    return counted


def _category(doc: Doc) -> str:
    first = next(doc.docs("categories"), Doc(None))
    return first.plain("name", limit=200)
