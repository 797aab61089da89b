"""What mail, widget and forms hand in: one message of a customer, independent of its channel."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shopbell.connections.models import Connection
from shopbell.conversations.models import Thread
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.messaging.models import Message
from shopbell.orders.models import Order


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that came with a message. `content_type` is by content, not as declared."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of a customer.

    `thread`: the line it belongs to, if the caller has proved that; else `external_key` finds it.
    `answers`: our message it is an answer to (a notification, say), also proved by the caller.
    `customer`: who it is, if the caller has proved that; else `person` tells, and counts only where
    no thread is known. `order`: what it is about; with `names_order` nothing else is guessed.
    `client_id` and `message_id` make it exist once.
    `nature` is empty for a person's words, else auto_reply, bounce, delayed, list, or what a STOP
    and its like are called. `settled`: it wants no answer; a conversation it begins is resolved.
    """

    medium: str
    person: Person
    text: str
    inbox: Connection | None = None
    external_key: str = ""
    thread: Thread | None = None
    answers: Message | None = None
    customer: Customer | None = None
    order: Order | None = None
    names_order: bool = False
    tags: tuple[str, ...] = ()
    fresh: bool = False  # a matter of its own, whatever else is open
    subject: str = ""
    quoted: str = ""
    html: str = ""
    nature: str = ""
    settled: bool = False
    sender_name: str = ""
    sender_address: str = ""
    copies: tuple[str, ...] = ()
    message_id: str = ""
    client_id: uuid.UUID | None = None
    intake_id: int | None = None
    happened_at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)
    files: tuple[IncomingFile, ...] = ()
