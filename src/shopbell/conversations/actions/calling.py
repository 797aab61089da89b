"""Calls in a conversation: one entry each, which says more as more is known of the call.

A call in which people spoke is a reply; one that nobody took is the customer's, who waits; an
attempt of ours that reached nobody is an activity, and changes nothing for who waits.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.timeline import locked, show_anew, tell_pages
from shopbell.conversations.events import ReplySent
from shopbell.conversations.models import Conversation, Entry, EntryKind, Thread
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.text import storable
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import Medium

PHONE = "phone"
CALL = "call"  # where the data of an entry says what call it is


@dataclass(frozen=True, slots=True)
class Talk:
    """What an entry says of a call. `data` is drawn by the package that knows calls."""

    kind: EntryKind
    text: str
    author: User | None = None
    data: dict[str, Any] = field(default_factory=dict)
    nature: str = ""
    happened_at: datetime | None = None


@transaction.atomic
def write_call(
    *, conversation: Conversation, talk: Talk, thread: Thread | None, entry: Entry | None = None
) -> Entry:
    """Write a call into a conversation, or what is known of it now.

    Who spoke owns the conversation, if nobody did. Tells of an answer once it is one.
    """
    row = locked(entry.conversation if entry else conversation)  # its thread may have moved
    now = clock.now()
    before = entry.kind if entry else ""
    found = entry or Entry(conversation=row, created_at=now)
    found.thread, found.kind, found.author = thread, talk.kind, talk.author
    found.nature = talk.nature
    found.sender_name = talk.author.name if talk.author else found.sender_name
    found.text, found.data = storable(talk.text), found.data | {CALL: talk.data}
    found.happened_at = talk.happened_at or now
    found.save()
    if talk.kind == EntryKind.REPLY:
        row.owner = row.owner or talk.author
    show_anew(row)
    row.save()
    if talk.kind == EntryKind.REPLY and before != EntryKind.REPLY:
        emit(ReplySent(conversation_id=row.pk, entry_id=found.pk, medium=PHONE))
    tell_pages(row, thread)
    return found


@transaction.atomic
def begin_by_phone(
    *, conversation: Conversation, external_key: str, address: str, inbox: Any = None
) -> Thread:
    """Return the conversation's line by phone to a number; it is made when there is none."""
    row = locked(conversation)
    found = row.threads.filter(medium=PHONE, address=address).first()
    if found is not None:
        return found
    taken = Thread.objects.filter(medium=PHONE, external_key=external_key).exists()
    return Thread.objects.create(
        conversation=row,
        inbox=inbox,
        medium=PHONE,
        external_key="" if taken else external_key,
        address=address,
        created_at=clock.now(),
    )


@transaction.atomic
def offer_mail(*, conversation: Conversation, address: str) -> Thread | None:
    """Let who called also be written to by mail; None where no mail leaves or no address is known.

    The address is the one we had, not one that the caller named.
    """
    inbox = inboxes().get(Medium.EMAIL)
    row = locked(conversation)
    if inbox is None or not address or row.threads.filter(medium=Medium.EMAIL).exists():
        return None
    return Thread.objects.create(
        conversation=row,
        inbox=inbox,
        medium=Medium.EMAIL,
        address=address,
        subject=row.subject,
        created_at=clock.now(),
    )
