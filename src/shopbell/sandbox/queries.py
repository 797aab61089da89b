"""What the sandbox page shows: people, their chats, their mailbox. Read from the ledger.

A newcomer's mistake: showing failed messages. The page is the customer's view, and a customer never
sees what did not arrive.
"""

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shopbell.connections.models import Connection
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, Medium
from shopbell.messaging.states import State

ARRIVED = (State.SENT, State.DELIVERED, State.READ)
NEWEST = 500
PEOPLE = 40
SHOWN = 60
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(slots=True)
class Person:
    """Somebody who got messages. `key` is the customer's id, or the address of a stranger."""

    key: str
    name: str
    address: str
    last_at: datetime
    last: str
    media: set[str] = field(default_factory=set)
    unread: int = 0

    @property
    def channels(self) -> str:
        """The channels in words."""
        words = {Medium.EMAIL: "mail", Medium.SMS: "SMS", Medium.WHATSAPP: "WhatsApp"}
        return ", ".join(word for medium, word in words.items() if medium in self.media)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A text as the phone shows it; `text` is escaped, with links."""

    message: Message
    text: SafeString
    ticks: str = ""
    ticks_say: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """One app on the phone."""

    medium: str
    title: str
    bubbles: list[Bubble]
    unread: int


def sandbox_inboxes() -> dict[uuid.UUID, Connection]:
    """Return the inboxes of the store in scope that keep everything here."""
    return {
        row.pk: row
        for row in Connection.objects.filter(family="channel")
        if row.connector in CHANNELS and CHANNELS.get(row.connector).capabilities.sandbox
    }


def sandboxes() -> QuerySet[Connection]:
    """Return the sandbox inboxes of the store in scope."""
    keys = [channel.key for channel in CHANNELS if channel.capabilities.sandbox]
    return Connection.objects.filter(family="channel", connector__in=keys)


def people(inboxes: Collection[uuid.UUID], words: str = "") -> list[Person]:
    """Return who got something lately, the newest first."""
    rows = _arrived(inboxes)
    if words:
        rows = rows.filter(
            Q(to_name__icontains=words)
            | Q(to_address__icontains=words)
            | Q(order__number__icontains=words)
        )
    found: dict[str, Person] = {}
    newest = rows.annotate(start=Substr("text", 1, 90)).values(
        "customer_id", "to_name", "to_address", "medium", "subject", "start", "created_at", "state"
    )
    for row in newest.order_by("-created_at", "-id")[:NEWEST]:
        customer: uuid.UUID | None = row["customer_id"]
        key = str(customer) if customer is not None else row["to_address"]
        person = found.get(key)
        if person is None:
            if len(found) >= PEOPLE:
                continue
            name = row["to_name"] or row["to_address"]
            said = row["subject"] or row["start"]
            person = Person(key, name, row["to_address"], row["created_at"], said)
            found[key] = person
        person.media.add(row["medium"])
        person.unread += _is_unread(row["medium"], row["state"])
    return list(found.values())


def messages_of(inboxes: Collection[uuid.UUID], key: str) -> list[Message]:
    """Return what one person got, the newest first."""
    try:
        mine = Q(customer_id=uuid.UUID(key))
    except ValueError:
        mine = Q(customer=None, to_address=key)
    rows = _arrived(inboxes).filter(mine).defer("html", "data")
    return list(rows.order_by("-created_at", "-id")[: SHOWN * 2])


def person_of(messages: list[Message], key: str) -> Person:
    """Return the person of some messages (at least one)."""
    newest = messages[0]
    mail = next((m.to_address for m in messages if m.medium == Medium.EMAIL), newest.to_address)
    name = newest.to_name or mail
    person = Person(key, name, mail, newest.created_at, newest.subject)
    person.media = {message.medium for message in messages}
    return person


def chats(messages: list[Message]) -> list[Chat]:
    """Return the apps of the phone that have something in them; the oldest text comes first."""
    found = []
    for medium, title in ((Medium.WHATSAPP, "WhatsApp"), (Medium.SMS, "Messages")):
        mine = [message for message in messages if message.medium == medium][:SHOWN]
        if mine:
            unread = sum(_is_unread(message.medium, message.state) for message in mine)
            found.append(Chat(medium, title, [_bubble(m) for m in reversed(mine)], unread))
    return found


def mailbox(messages: list[Message]) -> list[Message]:
    """Return the mails, the newest first."""
    return [message for message in messages if message.medium == Medium.EMAIL][:SHOWN]


def unread_whatsapp(messages: list[Message]) -> list[Message]:
    """Return the WhatsApp texts without blue ticks."""
    return [m for m in messages if m.medium == Medium.WHATSAPP and _is_unread(m.medium, m.state)]


def sandbox_message(message_id: uuid.UUID) -> Message | None:
    """Return a message that went to a sandbox, with its inbox, or None."""
    found = Message.objects.select_related("connection").filter(pk=message_id).first()
    if found is None or found.connection_id not in sandbox_inboxes():
        return None
    return found


def _arrived(inboxes: Collection[uuid.UUID]) -> QuerySet[Message]:
    return Message.objects.filter(connection_id__in=list(inboxes), state__in=ARRIVED)


def _is_unread(medium: str, state: str) -> bool:
    """An SMS is never reported as read, so it cannot be unread either."""
    return medium != Medium.SMS and state != State.READ


def _bubble(message: Message) -> Bubble:
    ticks: dict[Any, tuple[str, str]] = {
        State.SENT: ("✓", "sent"),
        State.DELIVERED: ("✓✓", "delivered"),
        State.READ: ("✓✓", "read"),
    }
    shown = ticks.get(message.state, ("", "")) if message.medium == Medium.WHATSAPP else ("", "")
    return Bubble(message, with_links(message.text), *shown)


def with_links(text: str) -> SafeString:
    """Return a text as HTML: escaped, addresses as links that open in a new tab."""
    parts: list[tuple[SafeString]] = []
    place = 0
    for match in _LINK.finditer(text):
        parts.append((format_html("{}", text[place : match.start()]),))
        link = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>'
        parts.append((format_html(link, match[0], _short(match[0])),))
        place = match.end()
    parts.append((format_html("{}", text[place:]),))
    return format_html_join("", "{}", parts)


def _short(address: str) -> str:
    shown = address.partition("://")[2]
    return shown if len(shown) <= 34 else shown[:33] + "…"
