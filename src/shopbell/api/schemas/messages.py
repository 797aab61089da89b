"""Messages as the API shows them: each with its state, its reason and its times."""

import uuid
from datetime import datetime

from pydantic import BaseModel, Field

from shopbell.api.schemas.listing import PageInfo
from shopbell.messaging.models import Message


class OrderRef(BaseModel):
    """An order, in short."""

    id: uuid.UUID
    number: str
    source: str
    source_id: str


class MessageOut(BaseModel):
    """One message to one person."""

    id: uuid.UUID
    kind: str = Field(description="Such as order_confirmed.")
    purpose: str
    channel: str = Field(description="email, sms or whatsapp.")
    order: OrderRef | None
    customer: uuid.UUID | None
    to: str
    state: str
    reason: str = Field(description="A word for programs; empty when all went well.")
    reason_text: str = Field(description="Why, in a sentence.")
    subject: str
    message_id: str
    provider_id: str
    created_at: datetime
    handed_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    clicked_at: datetime | None
    closed_at: datetime | None


class LogOut(BaseModel):
    """One line of a message's history."""

    state: str
    text: str
    at: datetime


class MessageWithBody(MessageOut):
    """A message with what it said and what happened to it."""

    text: str
    html: str
    log: list[LogOut]


class MessageList(PageInfo):
    """A page of messages."""

    items: list[MessageOut]


_PLAIN = (
    "id", "kind", "purpose", "state", "reason", "reason_text", "subject", "message_id",
    "provider_id", "created_at", "handed_at", "sent_at", "delivered_at", "read_at", "clicked_at",
    "closed_at",
)  # fmt: skip


def message_out(message: Message) -> MessageOut:
    """Return a message without its body."""
    order = message.order
    return MessageOut(
        **{name: getattr(message, name) for name in _PLAIN},
        channel=message.medium,
        order=None
        if order is None
        else OrderRef(
            id=order.pk, number=order.number, source=order.source, source_id=order.source_id
        ),
        customer=message.customer_id,
        to=message.to_address,
    )


def message_with_body(message: Message) -> MessageWithBody:
    """Return a message with its body and its history."""
    log = message.log.order_by("id")
    return MessageWithBody(
        **message_out(message).model_dump(),
        text=message.text,
        html=message.html,
        log=[LogOut(state=row.state, text=row.text, at=row.at) for row in log],
    )
