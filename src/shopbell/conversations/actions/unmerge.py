"""Undoing a merge, a split or a moved thread: what went comes back, with what was said since.

Replies that came after it stay in their thread, so they follow the thread. Undoing is refused only
when the pieces are no longer where it put them; the refusal names what to undo first.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.merge import (
    MARK,
    both_locked,
    carry_seen,
    merge_conversations,
    open_up,
    shift,
    spoken,
    standing,
    waits,
)
from shopbell.conversations.actions.timeline import log_activity, show_anew, tell_pages
from shopbell.conversations.events import ConversationRegrouped, ConversationUnmerged
from shopbell.conversations.models import (
    Conversation,
    Draft,
    Entry,
    EntryKind,
    Regrouping,
    RegroupKind,
    Status,
    Thread,
)
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Conflict


@transaction.atomic
def undo_regrouping(*, regrouping: Regrouping, by: User | None) -> Conversation:
    """Put threads and entries back into the conversation they came from, and return that one.

    Raises:
        Conflict: it was undone already, or what it moved was moved on since.
    """
    done = Regrouping.objects.select_for_update().get(pk=regrouping.pk)
    if done.undone_at is not None:
        raise Conflict(
            f"This was undone already by {done.undone_by or 'a program'}.",
            kept="Nothing was changed.",
        )
    done.source, done.target = both_locked(done.source, done.target)
    _refuse_moved_on(done)
    done.undone_at, done.undone_by = clock.now(), by
    done.save(update_fields=["undone_at", "undone_by"])
    _take_marks_away(done)
    if done.kind == RegroupKind.SPLIT:  # with all that was written in it since
        return merge_conversations(conversation=done.target, into=done.source, by=by)
    return _bring_back(done, by)


def _refuse_moved_on(done: Regrouping) -> None:
    """Refuse when the pieces are not where this regrouping put them."""
    merged_away = [done.target]
    if done.kind != RegroupKind.MERGE:
        merged_away.append(done.source)
    elif done.source.merged_into_id != done.target.pk:
        raise _first(done.source, f"#{done.source.number} is not merged into this any more.")
    for row in merged_away:
        if row.merged_into_id is not None:
            there = Conversation.objects.get(pk=row.merged_into_id).number
            raise _first(row, f"#{row.number} was merged into #{there} since.")
    threads = Thread.objects.filter(pk__in=done.moved.get("threads", ()))
    away = threads.exclude(conversation=done.target).select_related("conversation").first()
    if away is not None:
        there = away.conversation.number
        raise _first(done.target, f"What came with it was moved on to #{there} since.")


def _first(row: Conversation, why: str) -> Conflict:
    return Conflict(
        f"This cannot be undone: {why}", kept="Nothing was changed.", remedy="Undo that first."
    )


def _take_marks_away(done: Regrouping) -> None:
    """Offer the undo no more."""
    lines = Entry.objects.filter(
        conversation__in=[done.source, done.target],
        kind=EntryKind.ACTIVITY,
        data__contains={MARK: str(done.pk)},
    )
    for line in lines:
        line.data = {key: value for key, value in line.data.items() if key != MARK}
        line.save(update_fields=["data"])


def _bring_back(done: Regrouping, by: User | None) -> Conversation:
    back, there = done.source, done.target
    merged = done.kind == RegroupKind.MERGE
    shift(there, back, **_pieces(done))
    threads = list(Thread.objects.filter(conversation=back, pk__in=done.moved["threads"]))
    if merged:
        back.merged_into = None
        _stand_as_before(back, there, done)
        carry_seen(there, back)
    elif any(waits(thread) for thread in threads) and back.status != Status.SPAM:
        open_up(back)
    _calm_again(there, done)
    for row in (back, there):
        show_anew(row)
        row.save()
    what = f"#{back.number} was" if merged else f"A thread of #{back.number} was"
    log_activity(there, f"{what} taken out again", by=by, separated=str(back.pk))
    said = f"Taken out of #{there.number} again" if merged else "A thread came back"
    log_activity(back, said if merged else f"{said} from #{there.number}", by=by)
    if merged:
        emit(ConversationUnmerged(conversation_id=back.pk, from_id=there.pk))
    else:
        emit(ConversationRegrouped(conversation_id=there.pk, other_id=back.pk))
    tell_pages(back)
    tell_pages(there)
    return back


def _pieces(done: Regrouping) -> dict[str, Any]:
    """Return what is moved back; a draft that was written on since stays where that happened."""
    drafts = Draft.objects.filter(pk__in=done.moved.get("drafts", ()))
    unchanged = drafts.filter(saved_at__lte=done.created_at).values_list("pk", flat=True)
    found = {kind: done.moved.get(kind, []) for kind in ("threads", "entries", "files")}
    return found | {"drafts": list(unchanged)}


def _stand_as_before(back: Conversation, there: Conversation, done: Regrouping) -> None:
    """Let it stand as it stood, unless something was said in it since: then that decides."""
    since = spoken(back.entries.filter(created_at__gt=done.created_at))
    last = since.order_by("-created_at", "-id").first()
    if last is not None and last.kind == EntryKind.REPLY:
        back.status, back.resolved_at = there.status, there.resolved_at
        back.snoozed_until = there.snoozed_until
        return
    _stand(back, done.before["source"])
    if last is not None and back.status != Status.SPAM:
        open_up(back)


def _calm_again(there: Conversation, done: Regrouping) -> None:
    """Close again what was opened only because something came in that waited."""
    before = done.before["target"]
    if before == standing(there) or before[0] == Status.OPEN or there.status != Status.OPEN:
        return
    if not spoken(there.entries.filter(created_at__gt=done.created_at)).exists():
        _stand(there, before)


def _stand(row: Conversation, before: list[str | None]) -> None:
    status, snoozed_until, resolved_at = before
    row.status = str(status)
    row.snoozed_until, row.resolved_at = _time(snoozed_until), _time(resolved_at)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
