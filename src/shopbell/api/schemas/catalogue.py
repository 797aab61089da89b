"""Products as the API shows them."""

import uuid
from datetime import datetime

from pydantic import BaseModel

from shopbell.api.schemas.amounts import decimal_text
from shopbell.api.schemas.listing import PageInfo
from shopbell.orders.models import Product


class VariantOut(BaseModel):
    """A buyable variant."""

    id: str
    title: str
    sku: str
    price: str | None
    stock: int | None


class ProductOut(BaseModel):
    """A product of the catalogue."""

    id: uuid.UUID
    source: str
    source_id: str
    title: str
    url: str
    image_url: str
    product_type: str
    currency: str
    active: bool
    variants: list[VariantOut]
    updated_at: datetime | None


class ProductList(PageInfo):
    """A page of products."""

    items: list[ProductOut]


def product_out(product: Product) -> ProductOut:
    """Return a product."""
    return ProductOut(
        id=product.pk,
        source=product.source,
        source_id=product.source_id,
        title=product.title,
        url=product.url,
        image_url=product.image_url,
        product_type=product.product_type,
        currency=product.currency,
        active=product.active,
        variants=[
            VariantOut(
                id=str(variant.get("source_id", "")),
                title=str(variant.get("title", "")),
                sku=str(variant.get("sku", "")),
                price=decimal_text(variant.get("price"), product.currency),
                stock=variant.get("stock"),
            )
            for variant in product.variants
        ],
        updated_at=product.source_updated_at,
    )
