"""Reads about products and their variants, which are plain data of the product.

A newcomer's mistake: taking a stock that nobody told for none. Shops that do not count say nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopbell.orders.models import Product


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant as the shop last told it; `stock` and `price` are None where it did not."""

    source_id: str
    title: str
    price: int | None
    stock: int | None

    @property
    def is_sold_out(self) -> bool:
        """Whether the shop says that nothing is left."""
        return self.stock is not None and self.stock <= 0


NAMELESS = ("default title", "default")  # what shops call the only variant of a product


def variants_of(product: Product) -> list[Variant]:
    """Return the variants of a product."""
    return [_variant(each) for each in product.variants if each.get("source_id")]


def variant_of(product: Product, source_id: str) -> Variant | None:
    """Return one variant, or None."""
    return next((each for each in variants_of(product) if each.source_id == source_id), None)


def left_of(product: Product, source_id: str) -> int:
    """Return how many of a variant can be bought; 0 where nobody tells."""
    found = variant_of(product, source_id)
    return max(0, found.stock or 0) if found is not None and product.active else 0


def product_named(source_id: str, source: str = "") -> Product | None:
    """Return a product by the shop's own id, of one shop if `source` names it, else the newest."""
    rows = Product.objects.filter(source_id=source_id[:120])
    if source:
        rows = rows.filter(source=source)
    return rows.defer("payload").order_by("-source_updated_at", "-id").first()


def _variant(told: Mapping[str, Any]) -> Variant:
    title = str(told.get("title") or "")
    return Variant(
        source_id=str(told["source_id"]),
        title="" if title.lower() in NAMELESS else title,
        price=told.get("price"),
        stock=told.get("stock"),
    )
