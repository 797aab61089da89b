"""Orders in and out."""

from typing import Any

from django.db.models import QuerySet
from ninja import Query, Status
from pydantic import Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.canonical import Source, read_fact, record
from shopbell.api.finding import customers_named, one
from shopbell.api.operations.messages import MessageFilter, messages_page
from shopbell.api.schemas.listing import Paged, Word, page
from shopbell.api.schemas.messages import MessageList
from shopbell.api.schemas.orders import OrderList, OrderOut, order_out
from shopbell.orders.models import Order
from shopbell.orders.ports import OrderFacts


class OrderFilter(Paged):
    """Which orders."""

    number: Word = Field(default="", description="What customers see, such as #1001.")
    source: Word = Field(default="", description="Such as shopify/main or api/default.")
    source_id: Word = Field(default="", description="The source's own id.")
    customer: Word = Field(default="", description="Our id, e-mail, phone, or the shop's id.")
    status: Word = Field(default="", description="open, cancelled or closed.")
    payment: Word = Field(default="", description="Such as paid or pending.")


@endpoint("GET", "/orders", scope="orders:read", answers={200: OrderList}, tag="Orders")
def list_orders(request: ApiRequest, query: Query[OrderFilter]) -> OrderList:
    """List orders, newest first."""
    rows = _orders()
    for name in ("number", "source", "source_id", "status", "payment"):
        if value := getattr(query, name):
            rows = rows.filter(**{name: value})
    if query.customer:
        rows = rows.filter(customer_id__in=customers_named(query.customer))
    found, following = page(rows, query)
    return OrderList(items=[order_out(order) for order in found], next=following)


@endpoint(
    "POST",
    "/orders",
    scope="orders:write",
    answers={200: OrderOut, 201: OrderOut},
    tag="Orders",
    body="order",
)
def put_order(request: ApiRequest, query: Query[Source]) -> Any:
    """Tell the state of an order.

    Known by source and id, so telling it again changes only what differs (200 instead of 201). The
    newest `updated_at` wins. What it makes news, such as a payment, is told to the customer.
    """
    fact = read_fact(OrderFacts, "order", request, query)
    known = Order.objects.filter(source=query.key, source_id=fact.source_id)
    existed = known.exists()
    record(query, fact)
    order = _orders().get(source=query.key, source_id=fact.source_id)
    return Status(200 if existed else 201, order_out(order))


@endpoint("GET", "/orders/{ref}", scope="orders:read", answers={200: OrderOut}, tag="Orders")
def get_order(request: ApiRequest, ref: str) -> OrderOut:
    """Return an order by our id or the source's."""
    return order_out(one(_orders(), ref, "order"))


@endpoint(
    "GET",
    "/orders/{ref}/messages",
    scope="messages:read",
    answers={200: MessageList},
    tag="Messages",
)
def list_messages_of_order(request: ApiRequest, ref: str, query: Query[Paged]) -> MessageList:
    """List what was told, and not told, about an order."""
    order = one(Order.objects.all(), ref, "order")
    wanted = MessageFilter(order=str(order.pk), cursor=query.cursor, limit=query.limit)
    return messages_page(wanted)


def _orders() -> QuerySet[Order]:
    return (
        Order.objects.select_related("customer")
        .defer("payload")
        .prefetch_related("lines", "shipments__scans", "refunds")
    )
