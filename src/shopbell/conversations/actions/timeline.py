"""What every write of the desk does to the conversation around an entry."""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connection as database
from django.db.models import Max, Min, QuerySet

from shopbell.accounts.models import User
from shopbell.conversations.models import Conversation, Entry, EntryKind, Mood, Status, Thread
from shopbell.conversations.mood import mood_of
from shopbell.conversations.search.keeping import keep_anew
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.ids import uuid7
from shopbell.kit.text import one_line
from shopbell.web.live import announce

PREVIEW = 200
AUTOMATIC = "automatic"  # nature of a reply that a rule wrote: nobody has answered yet
_acting: ContextVar[str] = ContextVar("acting", default="")


def by_itself() -> bool:
    """Return whether a rule acts, not a person or a program of the merchant."""
    return bool(_acting.get())


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Let activities that nobody did be signed with `name`, for example a rule's."""
    token = _acting.set(name[:200])
    try:
        yield
    finally:
        _acting.reset(token)


def next_number() -> int:
    """Return the next conversation number of the store in scope."""
    [number] = next_numbers(1)
    return number


def next_numbers(count: int) -> range:
    """Return the next conversation numbers of the store in scope."""
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conversations_numbering AS n (id, store_id, last) VALUES (%s, %s, %s)"
            " ON CONFLICT (store_id) DO UPDATE SET last = n.last + excluded.last RETURNING last",
            [uuid7(), current_store_id(), count],
        )
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


def locked(conversation: Conversation) -> Conversation:
    """Return the conversation for writing: the survivor if it was merged away."""
    # No key: rows that only refer to a conversation need not wait for who writes in it.
    rows = Conversation.objects.select_for_update(no_key=True)
    row = rows.get(pk=conversation.pk)
    while row.merged_into_id is not None:
        row = rows.get(pk=row.merged_into_id)
    return row


def all_locked(keys: Collection[uuid.UUID]) -> dict[uuid.UUID, Conversation]:
    """Return many conversations for writing, by the ids asked for: of merged ones the survivors."""
    if not keys:
        return {}
    # In one order, so that two workers never wait crosswise.
    rows = Conversation.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("id")
    return {row.pk: row if row.merged_into_id is None else locked(row) for row in list(rows)}


def show_last(conversation: Conversation, entry: Entry) -> None:
    """Make an entry what the list shows of its conversation (not saved)."""
    conversation.preview = one_line(preview_of(entry), PREVIEW)
    conversation.last_kind = entry.kind
    conversation.last_message_at = entry.created_at
    conversation.message_count += 1
    if entry.kind == EntryKind.INCOMING and not entry.nature:
        kept = conversation.mood if conversation.waiting_since else Mood.NONE
        conversation.mood = mood_of(entry.text) or kept  # "#1001" calms nobody


def preview_of(entry: Entry) -> str:
    """Return what stands for an entry in one line: its words, else its subject, else its files."""
    if entry.text or entry.subject:
        return entry.text or entry.subject
    return ", ".join(entry.attachments.order_by("id").values_list("name", flat=True)[:5])


def show_anew(conversation: Conversation) -> None:
    """Derive from the entries what the list shows, after some came or went (not saved).

    The one place for merging, splitting and taking back: nothing is copied or counted by hand.
    """
    keep_anew([conversation.pk])
    said = conversation.entries.filter(kind__in=(EntryKind.INCOMING, EntryKind.REPLY))
    last = said.select_related("thread").order_by("-created_at", "-id").first()
    conversation.message_count = said.count()
    replies = said.filter(kind=EntryKind.REPLY).exclude(nature=AUTOMATIC)
    times = replies.aggregate(first=Min("created_at"), last=Max("created_at"))
    conversation.first_reply_at = times["first"]
    conversation.mood = _mood_since(said, times["last"])
    conversation.waiting_since = None
    if last is None:
        conversation.preview = ""
        return
    conversation.preview = one_line(preview_of(last), PREVIEW)
    conversation.last_kind = last.kind
    conversation.last_message_at = last.created_at
    if last.thread is not None:
        conversation.medium = last.thread.medium
    if conversation.status not in (Status.RESOLVED, Status.SPAM):
        asked = said.filter(kind=EntryKind.INCOMING, nature="")
        if times["last"] is not None:
            asked = asked.filter(created_at__gt=times["last"])
        conversation.waiting_since = asked.aggregate(first=Min("created_at"))["first"]


def _mood_since(said: QuerySet[Entry], answered: datetime | None) -> Mood:
    """Return the last mood of what was written since our answer, else that of the last message."""
    asked = said.filter(kind=EntryKind.INCOMING, nature="").order_by("-created_at", "-id")
    for number, (text, at) in enumerate(asked.values_list("text", "created_at")[:50]):
        if number and answered is not None and at <= answered:
            break
        if found := mood_of(text):
            return found
    return Mood.NONE


def log_activity(
    conversation: Conversation, text: str, *, by: User | None = None, **data: object
) -> Entry:
    """Add a line such as "Resolved by Ada" to the timeline."""
    now = clock.now()
    return Entry.objects.create(
        conversation=conversation,
        kind=EntryKind.ACTIVITY,
        author=by,
        sender_name="" if by else _acting.get(),
        text=text,
        data=data,
        happened_at=now,
        created_at=now,
    )


def tell_pages(conversation: Conversation, thread: Thread | None = None) -> None:
    """Let open pages know: staff by conversation, a visitor by the thread."""
    announce(conversation.store_id, "conversations", conversation.pk)
    if thread is not None and thread.medium == "chat":
        announce(conversation.store_id, "chat", thread.pk)
