"""Answers that wait for their time. Until then an entry of kind `scheduled`; then a reply.

It is composed and passes the send gate when its time comes, not before. When the customer writes
meanwhile it is held: whoever scheduled it did not know that. A newcomer's mistake: letting it keep
its id. Visitors' pages and "unseen" go by the order of ids, so what leaves gets a new one.
"""

import uuid
from collections.abc import Collection

from django.db import transaction

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.delivering import deliver
from shopbell.conversations.actions.files import take_files_back
from shopbell.conversations.actions.status import set_status
from shopbell.conversations.actions.timeline import locked, tell_pages
from shopbell.conversations.models import Attachment, Conversation, Entry, EntryKind, Status
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.kit.ids import uuid7

WROTE = "The customer wrote meanwhile."
SPAM = "The conversation was marked as spam."


@transaction.atomic
def send_scheduled(*, store: Store, entry_id: uuid.UUID, now: bool = False) -> Entry | None:
    """Send a scheduled answer: its time has come, or somebody sends it `now`, even a held one.

    Returns None when it was taken back or sent already, or is held.
    """
    found = Entry.objects.filter(pk=entry_id, kind=EntryKind.SCHEDULED).first()
    if found is None:
        return None
    row = locked(found.conversation)
    rows = Entry.objects.select_for_update(of=("self",)).select_related("thread", "author")
    entry = rows.filter(pk=entry_id, kind=EntryKind.SCHEDULED).first()
    if entry is None or (not now and (entry.due_at is None or entry.due_at > clock.now())):
        return None
    if not now and row.status == Status.SPAM:
        _hold(entry, SPAM)
        tell_pages(row)
        return None
    then = str(entry.data.get("then", ""))
    return deliver(store=store, row=row, entry=_as_reply(entry, row), then=then, undo=now)


def _as_reply(entry: Entry, row: Conversation) -> Entry:
    """Make a reply of this moment out of a scheduled entry."""
    old, now = entry.pk, clock.now()
    files = list(Attachment.objects.filter(entry_id=old).values_list("pk", flat=True))
    Attachment.objects.filter(pk__in=files).update(entry=None)
    Entry.objects.filter(pk=old).delete()
    entry.pk = uuid7()
    entry.kind, entry.conversation, entry.due_at = EntryKind.REPLY, row, None
    entry.happened_at = entry.created_at = now
    entry.data = {key: value for key, value in entry.data.items() if key not in ("then", "held")}
    entry.save(force_insert=True)
    Attachment.objects.filter(pk__in=files).update(entry=entry)
    return entry


@transaction.atomic
def take_scheduled_back(*, entry_id: uuid.UUID, by: User | None) -> Entry:
    """Stop a scheduled answer; its files wait for the next answer of `by`. Returns what it was.

    Raises:
        Conflict: it has left, or somebody else took it back.
    """
    rows = Entry.objects.select_for_update(of=("self",)).select_related("conversation")
    entry = rows.filter(pk=entry_id, kind=EntryKind.SCHEDULED).first()
    if entry is None:
        raise Conflict("This answer is not waiting any more.", kept="Nothing was changed.")
    row = locked(entry.conversation)
    take_files_back(entry, by)
    Entry.objects.filter(pk=entry_id).delete()
    if row.status == Status.SNOOZED and row.snoozed_until is None:
        set_status(conversation=row, status=Status.OPEN, by=by)
    tell_pages(row)
    return entry


def hold_scheduled(conversations: Collection[Conversation], reason: str) -> None:
    """Hold all answers of conversations that wait for their time."""
    if not conversations:
        return
    waiting = Entry.objects.select_for_update(of=("self",)).filter(
        conversation__in=conversations, kind=EntryKind.SCHEDULED, due_at__isnull=False
    )
    for entry in waiting.order_by("id"):
        _hold(entry, reason)


@transaction.atomic
def hold_entry(*, entry_id: uuid.UUID, reason: str) -> None:
    """Hold one that could not be sent."""
    entry = Entry.objects.select_for_update().filter(pk=entry_id, kind=EntryKind.SCHEDULED).first()
    if entry is not None:
        _hold(entry, reason)
        tell_pages(entry.conversation)


def _hold(entry: Entry, reason: str) -> None:
    entry.due_at = None
    entry.data = {**entry.data, "held": reason[:300]}
    entry.save(update_fields=["due_at", "data"])
