"""What is news of a product's variants: sold out, back in stock, another price.

A newcomer's mistake: telling every change of stock. Each order changes it; only from nothing to
something, and back, concerns a customer.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shopbell.events.registry import Fact
from shopbell.orders.events import VariantBackInStock, VariantPriceChanged, VariantSoldOut
from shopbell.orders.models import Product


def news_of_variants(product: Product, before: Sequence[Mapping[str, Any]]) -> Iterator[Fact]:
    """Yield what changed since `before`, of variants of which both is known."""
    known = {str(each.get("source_id")): each for each in before}
    for now in product.variants:
        variant = str(now.get("source_id") or "")
        old = known.get(variant)
        if old is None or not variant:
            continue
        had, has = old.get("stock"), now.get("stock")
        if had is not None and has is not None and had <= 0 < has:
            yield VariantBackInStock(product_id=product.pk, variant=variant, stock=has)
        elif had is not None and has is not None and has <= 0 < had:
            yield VariantSoldOut(product_id=product.pk, variant=variant)
        was, costs = old.get("price"), now.get("price")
        if was is not None and costs is not None and was != costs:
            yield VariantPriceChanged(
                product_id=product.pk,
                variant=variant,
                price=costs,
                previous=was,
                currency=product.currency,
            )
