"""Putting conversations together, and threads into others. Each is kept so that it can be undone.

A newcomer's mistake: copying or counting something by hand. What the list shows of both is derived
from their entries (`show_anew`).
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from shopbell.accounts.models import User
from shopbell.conversations.actions.timeline import (
    log_activity,
    next_number,
    show_anew,
    tell_pages,
)
from shopbell.conversations.events import (
    ConversationMerged,
    ConversationRegrouped,
    ConversationStarted,
)
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Entry,
    EntryKind,
    Regrouping,
    RegroupKind,
    Seen,
    Status,
    Thread,
)
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Invalid

MARK = "regrouping"  # in the data of a line of the timeline that can be undone
_CLOSED = (Status.RESOLVED, Status.SPAM)


@transaction.atomic
def merge_conversations(
    *, conversation: Conversation, into: Conversation, by: User | None
) -> Conversation:
    """Move all threads and entries into another conversation; later replies land there too.

    Raises:
        Invalid: both are the same, or belong to different customers.
    """
    if conversation.pk == into.pk:
        raise Invalid("A conversation cannot be merged into itself.")
    gone, kept = both_locked(conversation, into)
    _refuse_strangers(gone, kept)
    done = _record(RegroupKind.MERGE, gone, kept, by)
    threads = list(gone.threads.values_list("pk", flat=True))
    done.moved = shift(gone, kept, threads, **_without_thread(gone, kept))
    running = gone.status == Status.OPEN
    gone.merged_into, gone.status = kept, Status.RESOLVED
    gone.resolved_at, gone.waiting_since, gone.message_count = clock.now(), None, 0
    gone.save()
    if running:  # what nobody has answered stays to be answered
        open_up(kept)
    show_anew(kept)
    kept.save()
    done.save()
    log_activity(gone, f"Merged into #{kept.number}", by=by, into=str(kept.pk))
    said = f"#{gone.number} was merged into this"
    log_activity(kept, said, by=by, merged=str(gone.pk), **{MARK: str(done.pk)})
    emit(ConversationMerged(conversation_id=gone.pk, into_id=kept.pk))
    tell_pages(gone)
    tell_pages(kept)
    return kept


@transaction.atomic
def split_conversation(*, thread: Thread, by: User | None) -> Conversation:
    """Make a thread a conversation of its own.

    Raises:
        Invalid: it is the only thread there.
    """
    old = _home_of(thread)
    fresh = Conversation.objects.create(
        number=next_number(),
        subject=thread.subject or old.subject,
        medium=thread.medium,
        inbox=thread.inbox,
        customer=old.customer,
        order=old.order,
        owner=old.owner,
        team=old.team,
        locale=old.locale,
        tags=old.tags,
        created_at=clock.now(),
    )
    done = _record(RegroupKind.SPLIT, old, fresh, by)
    done.moved = shift(old, fresh, [thread.pk])
    thread.conversation = fresh
    carry_seen(old, fresh)
    for row in (old, fresh):
        show_anew(row)
        row.save()
    done.save()
    mark = {MARK: str(done.pk)}
    said = f"A thread was split off as #{fresh.number}"
    log_activity(old, said, by=by, split=str(fresh.pk), **mark)
    log_activity(fresh, f"Split off from #{old.number}", by=by, **mark)
    emit(ConversationStarted(conversation_id=fresh.pk, medium=fresh.medium))
    emit(ConversationRegrouped(conversation_id=old.pk, other_id=fresh.pk))
    tell_pages(old)
    tell_pages(fresh)
    return fresh


@transaction.atomic
def move_thread(*, thread: Thread, into: Conversation, by: User | None) -> Conversation:
    """Move one thread into another conversation of the same customer; the rest stays.

    Raises:
        Invalid: it is the only thread there, or is there already, or of another customer.
    """
    if thread.conversation_id == into.pk:
        raise Invalid(f"This thread is in #{into.number} already.", kept="Nothing was changed.")
    old, new = both_locked(thread.conversation, into)
    _refuse_strangers(old, new)
    _refuse_only_thread(old)
    done = _record(RegroupKind.MOVE, old, new, by)
    done.moved = shift(old, new, [thread.pk])
    if old.status not in _CLOSED and waits(thread):
        open_up(new)
    for row in (old, new):
        show_anew(row)
        row.save()
    done.save()
    mark = {MARK: str(done.pk)}
    log_activity(old, f"A thread was moved into #{new.number}", by=by, **mark)
    log_activity(new, f"A thread of #{old.number} was moved into this", by=by, **mark)
    emit(ConversationRegrouped(conversation_id=old.pk, other_id=new.pk))
    tell_pages(old)
    tell_pages(new)
    return new


def both_locked(one: Conversation, other: Conversation) -> tuple[Conversation, Conversation]:
    """Return both for writing, locked in an order that is the same for all."""
    rows = Conversation.objects.select_for_update(of=("self",)).order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[one.pk, other.pk])}
    return found[one.pk], found[other.pk]


def _refuse_strangers(one: Conversation, other: Conversation) -> None:
    if one.merged_into_id or other.merged_into_id:
        raise Invalid("One of them was merged already.", kept="Nothing was changed.")
    if one.customer_id != other.customer_id:
        raise Invalid("They belong to different customers.", kept="Nothing was changed.")


def _home_of(thread: Thread) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",))
    row = rows.get(pk=Thread.objects.values_list("conversation", flat=True).get(pk=thread.pk))
    _refuse_only_thread(row)
    return row


def _refuse_only_thread(row: Conversation) -> None:
    if row.threads.count() < 2:
        raise Invalid(
            "This conversation has only one thread.",
            kept="Nothing was changed.",
            remedy="To put all of it elsewhere, merge the conversation.",
        )


def _record(kind: str, source: Conversation, target: Conversation, by: User | None) -> Regrouping:
    before = {"source": standing(source), "target": standing(target)}
    return Regrouping(
        kind=kind, source=source, target=target, before=before, by=by, created_at=clock.now()
    )


def standing(row: Conversation) -> list[str | None]:
    """Return where a conversation stands, as plain values."""
    times = (row.snoozed_until, row.resolved_at)
    return [row.status, *(at.isoformat() if at else None for at in times)]


def _without_thread(gone: Conversation, kept: Conversation) -> dict[str, list[Any]]:
    """Return what goes along with a whole conversation apart from its threads."""
    loose = gone.entries.filter(thread=None).exclude(kind=EntryKind.ACTIVITY)
    writers = Draft.objects.filter(conversation=kept).values_list("user", flat=True)
    drafts = Draft.objects.filter(conversation=gone).exclude(user__in=list(writers))
    return {
        "entries": list(loose.values_list("pk", flat=True)),
        "files": list(gone.pending_files.values_list("pk", flat=True)),
        "drafts": list(drafts.values_list("pk", flat=True)),
    }


def shift(
    source: Conversation,
    target: Conversation,
    threads: Iterable[Any],
    *,
    entries: Iterable[Any] = (),
    files: Iterable[Any] = (),
    drafts: Iterable[Any] = (),
) -> dict[str, list[str]]:
    """Move threads with their entries, and other things, as far as they are in `source` still."""
    named = {"threads": threads, "entries": entries, "files": files, "drafts": drafts}
    found = {kind: list(keys) for kind, keys in named.items()}
    Thread.objects.filter(conversation=source, pk__in=found["threads"]).update(conversation=target)
    moved = Q(thread__in=found["threads"]) | Q(pk__in=found["entries"])
    rows = Entry.objects.filter(moved, conversation=source)
    rows.exclude(kind=EntryKind.ACTIVITY).update(conversation=target)
    waiting = Attachment.objects.filter(pending_in=source, pk__in=found["files"])
    waiting.update(pending_in=target)
    Draft.objects.filter(conversation=source, pk__in=found["drafts"]).update(conversation=target)
    return {kind: [str(key) for key in keys] for kind, keys in found.items()}


def waits(thread: Thread) -> bool:
    """Return whether the customer had the last word in a thread."""
    last = spoken(thread.entries.all()).order_by("-created_at", "-id").first()
    return last is not None and last.kind == EntryKind.INCOMING


def spoken(entries: Any) -> Any:
    """Return those entries that somebody said to somebody."""
    asked = Q(kind=EntryKind.INCOMING, nature="")
    return entries.filter(asked | Q(kind=EntryKind.REPLY))


def open_up(row: Conversation) -> None:
    """Open a conversation into which something came that waits (not saved)."""
    if row.status != Status.OPEN:
        row.status, row.resolved_at, row.snoozed_until = Status.OPEN, None, None


def carry_seen(source: Conversation, target: Conversation) -> None:
    """Let what somebody has read in one conversation be read in the other too."""
    mine = dict(Seen.objects.filter(conversation=target).values_list("user", "at"))
    for seen in Seen.objects.filter(conversation=source).select_related("user"):
        if seen.user_id not in mine or mine[seen.user_id] < seen.at:
            Seen.objects.update_or_create(
                conversation=target, user=seen.user, defaults={"at": seen.at}
            )
