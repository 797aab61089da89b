"""The ledger: every message, told or not, and why."""

from typing import Literal

from ninja import Query
from pydantic import Field

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.finding import customers_named, orders_named
from shopbell.api.schemas.listing import Paged, Word, as_uuid, page
from shopbell.api.schemas.messages import (
    MessageList,
    MessageWithBody,
    message_out,
    message_with_body,
)
from shopbell.kit.errors import NotFound
from shopbell.messaging.models import Message

MessageState = Literal[
    "queued", "claimed", "handed", "sent", "delivered", "read", "failed", "in_doubt", "held",
    "skipped", "suppressed", "expired",
]  # fmt: skip


class MessageFilter(Paged):
    """Which messages."""

    order: Word = Field(default="", description="Our id, the source's id, or the number.")
    customer: Word = Field(default="", description="Our id, e-mail, phone, or the shop's id.")
    state: MessageState | None = None
    channel: Word = Field(default="", description="email, sms or whatsapp.")
    kind: Word = Field(default="", description="Such as order_confirmed.")


@endpoint("GET", "/messages", scope="messages:read", answers={200: MessageList}, tag="Messages")
def list_messages(request: ApiRequest, query: Query[MessageFilter]) -> MessageList:
    """List messages, newest first, each with its state, reason and times."""
    return messages_page(query)


@endpoint(
    "GET",
    "/messages/{ref}",
    scope="messages:read",
    answers={200: MessageWithBody},
    tag="Messages",
)
def get_message(request: ApiRequest, ref: str) -> MessageWithBody:
    """Return a message with its text, HTML and history."""
    rows = Message.objects.select_related("order").defer("order__payload")
    key = as_uuid(ref)
    found = rows.filter(pk=key).first() if key is not None else None
    if found is None:
        raise NotFound(f"There is no message {ref[:120]!r}.", remedy="Check the id.")
    return message_with_body(found)


def messages_page(query: MessageFilter) -> MessageList:
    """Return one page of the messages that a filter names."""
    rows = Message.objects.select_related("order").defer("text", "html", "order__payload")
    if query.order:
        rows = rows.filter(order_id__in=orders_named(query.order))
    if query.customer:
        rows = rows.filter(customer_id__in=customers_named(query.customer))
    if query.state:
        rows = rows.filter(state=query.state)
    if query.channel:
        rows = rows.filter(medium=query.channel)
    if query.kind:
        rows = rows.filter(kind=query.kind)
    found, following = page(rows, query)
    return MessageList(items=[message_out(message) for message in found], next=following)
