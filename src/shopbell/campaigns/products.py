"""Products of the store's catalogue for blocks: chosen once, filled in, with their real stock."""

import uuid
from collections.abc import Sequence
from typing import Any

from shopbell.accounts.models import Store
from shopbell.kit.errors import NotFound
from shopbell.messaging.rendering.locales import money_text
from shopbell.orders.models import Product

OFFERED = 200


def offered_products() -> list[tuple[str, str]]:
    """Return products to choose from, by title."""
    rows = Product.objects.filter(active=True).exclude(title="").order_by("title", "id")
    return [(str(pk), title) for pk, title in rows.values_list("pk", "title")[:OFFERED]]


def fill_product(block: dict[str, Any], *, store: Store, locale: str) -> None:
    """Fill a product block with what the catalogue says about its product.

    Raises:
        NotFound: there is no such product.
    """
    row = Product.objects.filter(pk=_uuid(str(block.get("product", "")))).first()
    if row is None:
        raise NotFound("There is no such product.", remedy="Choose another one.")
    block["name"], block["url"], block["image"] = row.title, row.url, row.image_url
    block["price"] = _price(row.variants, row.currency or store.currency, locale)


def _price(variants: Sequence[dict[str, Any]], currency: str, locale: str) -> str:
    told = [each.get("price") for each in variants]
    prices = sorted({price for price in told if isinstance(price, int)})
    if not prices:
        return ""
    least = money_text(prices[0], currency, locale)
    words = "ab" if locale.startswith("de") else "from"
    return least if len(prices) == 1 else f"{words} {least}"


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
