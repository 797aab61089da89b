"""Products in and out."""

from typing import Any

from ninja import Query, Status
from pydantic import Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.canonical import Source, read_fact, record
from shopbell.api.finding import one
from shopbell.api.schemas.catalogue import ProductList, ProductOut, product_out
from shopbell.api.schemas.listing import Paged, Word, page
from shopbell.orders.models import Product
from shopbell.orders.ports import ProductFacts


class ProductFilter(Paged):
    """Which products."""

    source: Word = Field(default="", description="Such as shopify/main or api/default.")
    source_id: Word = Field(default="", description="The source's own id.")
    active: bool | None = None


@endpoint("GET", "/products", scope="products:read", answers={200: ProductList}, tag="Products")
def list_products(request: ApiRequest, query: Query[ProductFilter]) -> ProductList:
    """List products, newest first."""
    rows = Product.objects.defer("payload")
    for name in ("source", "source_id"):
        if value := getattr(query, name):
            rows = rows.filter(**{name: value})
    if query.active is not None:
        rows = rows.filter(active=query.active)
    found, following = page(rows, query)
    return ProductList(items=[product_out(product) for product in found], next=following)


@endpoint(
    "POST",
    "/products",
    scope="products:write",
    answers={200: ProductOut, 201: ProductOut},
    tag="Products",
    body="product",
)
def put_product(request: ApiRequest, query: Query[Source]) -> Any:
    """Tell the state of a product.

    `deleted` takes it out of the catalogue; old orders still show it.
    """
    fact = read_fact(ProductFacts, "product", request, query)
    known = Product.objects.filter(source=query.key, source_id=fact.source_id)
    existed = known.exists()
    record(query, fact)
    return Status(200 if existed else 201, product_out(known.get()))


@endpoint(
    "GET", "/products/{ref}", scope="products:read", answers={200: ProductOut}, tag="Products"
)
def get_product(request: ApiRequest, ref: str) -> ProductOut:
    """Return a product by our id or the source's."""
    return product_out(one(Product.objects.defer("payload"), ref, "product"))
