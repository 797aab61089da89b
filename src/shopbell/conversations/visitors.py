"""Visitors of the shop's page: the token that is all they have, and what they may read with it.

A visitor id is 128 bits: random for a stranger, an HMAC of the customer's id for somebody whom the
shop's page has vouched for (see `widget.identity`). The token carries it under the store's link
key, so ids cannot be guessed, counted up or taken to another store. What a visitor reads is the
thread of that id and nothing beside it. A newcomer's mistake: finding a visitor by the address they
typed in. Anybody may type anything.
"""

import base64
import binascii
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.conversations.models import Attachment, Entry, EntryKind, Thread
from shopbell.customers.models import Identity, IdentityKind
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.kit.ids import keyed
from shopbell.messaging.states import TOLD

MEDIUM = "chat"
KNOWN_SECONDS = 12 * 3600  # a shop's word for somebody; then its page is asked again
SHOWN = 100
_SHUT = (ConnectionState.OFF, ConnectionState.REMOVED)
_MAC = 32
_TYPING = timedelta(seconds=20)
_ID, _UNTIL = 16, 5
_OVERLAP = timedelta(minutes=1)  # clocks differ; the page drops what it has already


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a token speaks for. `known`: the shop's page has vouched for them."""

    store_id: int
    id: str
    known: bool = False


def new_visitor(store: Store) -> Visitor:
    """Return a stranger with a fresh id."""
    return Visitor(store.pk, secrets.token_hex(_ID))


def known_visitor(store: Store, subject: str) -> Visitor:
    """Return the visitor for a customer of the shop: the same one in every browser."""
    return Visitor(store.pk, keyed(store.link_key, "chat-customer", subject, length=32), True)


def token_of(store: Store, visitor: Visitor) -> str:
    """Return the token by which a browser proves who it is."""
    until = int(clock.now().timestamp()) + KNOWN_SECONDS if visitor.known else 0
    raw = bytes.fromhex(visitor.id) + until.to_bytes(_UNTIL)
    body = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return f"{body}.{_mac(store, body)}"


def visitor_of(store: Store, token: str) -> Visitor | None:
    """Return whom a token speaks for; None for every kind of wrong token."""
    body, _, mac = token.partition(".")
    if len(token) > 100 or not hmac.compare_digest(mac.encode(), _mac(store, body).encode()):
        return None
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _ID + _UNTIL:
        return None
    until = int.from_bytes(raw[_ID:])
    if until and until < clock.now().timestamp():
        return None
    return Visitor(store.pk, raw[:_ID].hex(), bool(until))


def _mac(store: Store, body: str) -> str:
    return keyed(store.link_key, "chat", body, length=_MAC)


def stores_with_chat() -> set[int]:
    """Return the stores whose chat is on. Needs an open scope."""
    rows = Connection.objects.filter(connector="widget").exclude(state__in=_SHUT)
    return set(rows.values_list("store_id", flat=True))


def chat_inbox() -> Connection:
    """Return the chat of the store in scope.

    Raises:
        NotFound: there is none, or it is switched off.
    """
    rows = Connection.objects.filter(connector="widget").exclude(state__in=_SHUT)
    found = rows.order_by("created_at", "id").first()
    if found is None:
        raise NotFound("This store has no chat.")
    return found


def vouched_address(visitor: Visitor) -> str:
    """Return the verified address of somebody the shop has vouched for: answers may go there."""
    if not visitor.known:
        return ""
    someone = Identity.objects.filter(kind=IdentityKind.BROWSER, value=visitor.id)
    mails = Identity.objects.filter(
        kind=IdentityKind.EMAIL, verified=True, customer__in=someone.values("customer")
    )
    return mails.order_by("created_at").values_list("value", flat=True).first() or ""


def thread_of(visitor: Visitor) -> Thread | None:
    """Return the visitor's line to the store in scope, if they have written already."""
    rows = Thread.objects.select_related("conversation")
    return rows.filter(medium=MEDIUM, external_key=visitor.id).first()


def threads_of(visitors: Sequence[Visitor]) -> dict[str, tuple[uuid.UUID, uuid.UUID]]:
    """Return thread and conversation of those who have written already, by visitor id."""
    ids = [visitor.id for visitor in visitors]
    rows = Thread.objects.filter(medium=MEDIUM, external_key__in=ids)
    return {
        key: (pk, talk)
        for key, pk, talk in rows.values_list("external_key", "id", "conversation_id")
    }


def shown_to(thread: Thread, after: uuid.UUID | None = None) -> list[Entry]:
    """Return what a visitor may see of their thread, oldest first: the last hundred.

    `after`: only what may have come since that entry, some of it perhaps known already. Notes and
    answers that the gate has not let out are never among it.
    """
    rows = (
        Entry.objects.filter(thread=thread)
        .filter(Q(kind=EntryKind.INCOMING) | Q(kind=EntryKind.REPLY, outgoing__state__in=TOLD))
        .select_related("author", "outgoing")
        .defer(
            "html",
            "quoted",
            "outgoing__html",
            "outgoing__text",
            "outgoing__data",
        )
        .prefetch_related("attachments")
    )
    if after is not None:
        known = Entry.objects.filter(pk=after, thread=thread).values_list("created_at", flat=True)
        if known:  # one that is unknown, or not theirs, is no reason to hide anything
            rows = rows.filter(created_at__gt=known[0] - _OVERLAP)
    return list(reversed(rows.order_by("-created_at", "-id")[:SHOWN]))


def attachment_of(thread: Thread, key: uuid.UUID) -> Attachment:
    """Return a file of something the visitor may see.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    rows = Attachment.objects.filter(pk=key, entry__thread=thread).filter(
        Q(entry__kind=EntryKind.INCOMING)
        | Q(entry__kind=EntryKind.REPLY, entry__outgoing__state__in=TOLD)
    )
    found = rows.first()
    if found is None:
        raise NotFound("There is no such file.")
    return found


def read_until(thread: Thread) -> datetime | None:
    """Return until when somebody of the team has seen the conversation."""
    found: datetime | None = thread.conversation.seen.aggregate(at=Max("at"))["at"]
    return found


def being_typed(thread: Thread) -> bool:
    """Return whether somebody of the team is writing in the conversation right now."""
    since = clock.now() - _TYPING
    return thread.conversation.seen.filter(typing_at__gte=since).exists()
