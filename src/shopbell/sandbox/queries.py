"""What the sandbox page shows of the ledger: what arrived, the mailbox, links in texts.

A newcomer's mistake: showing failed messages. The page is the customer's view, and a customer never
sees what did not arrive.
"""

import re
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shopbell.connections.models import Connection
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, Medium
from shopbell.messaging.states import State
from shopbell.sandbox.holders import Holder

ARRIVED = (State.SENT, State.DELIVERED, State.READ)
SHOWN = 60
_READ_IS_REPORTED = (Medium.EMAIL, Medium.WHATSAPP, Medium.INSTAGRAM, Medium.MESSENGER)
_WORDS: dict[str, str] = {
    Medium.EMAIL: "mail",
    Medium.SMS: "SMS",
    Medium.WHATSAPP: "WhatsApp",
    Medium.INSTAGRAM: "Instagram",
    Medium.MESSENGER: "Messenger",
    Medium.TELEGRAM: "Telegram",
}
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(slots=True)
class Person:
    """Somebody in the list. `key` is the customer's id, or the address of a stranger."""

    key: str
    name: str
    last_at: datetime
    last: str = ""
    media: set[str] = field(default_factory=set)
    unread: int = 0

    @property
    def channels(self) -> str:
        """The channels in words."""
        return ", ".join(_WORDS[medium] for medium in _WORDS if medium in self.media)


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


def messages_of(inboxes: Collection[uuid.UUID], holder: Holder) -> list[Message]:
    """Return what one person got, the newest first."""
    mine = Q(customer__in=holder.customers)
    strange = Q(to_address__in=holder.all_addresses | {holder.key})
    rows = _arrived(inboxes).filter(mine | strange).select_related("connection").defer("html")
    return list(rows.order_by("-created_at", "-id")[: SHOWN * 3])


def mailbox(messages: list[Message]) -> list[Message]:
    """Return the mails, the newest first."""
    return [message for message in messages if message.medium == Medium.EMAIL][:SHOWN]


def unread_in(messages: Iterable[Message], medium: str) -> list[Message]:
    """Return what somebody got in an app and has not read."""
    return [m for m in messages if m.medium == medium and is_unread(m.medium, m.state)]


def sandbox_message(message_id: uuid.UUID) -> Message | None:
    """Return a message that went to a sandbox, with its inbox, or None."""
    found = Message.objects.select_related("connection").filter(pk=message_id).first()
    if found is None or found.connection_id not in sandbox_inboxes():
        return None
    return found


def _arrived(inboxes: Collection[uuid.UUID]) -> QuerySet[Message]:
    return Message.objects.filter(connection_id__in=list(inboxes), state__in=ARRIVED)


def is_unread(medium: str, state: str) -> bool:
    """A text message is never reported as read, so it cannot be unread either."""
    return medium in _READ_IS_REPORTED and state != State.READ


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
