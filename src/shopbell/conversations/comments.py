"""What can be done about a public comment: answered once in private, hidden, and until when.

A newcomer's mistake: reading the reply window for it. A comment opens none; it has one of its own.
"""

from dataclasses import dataclass
from datetime import datetime

from shopbell.conversations.models import Entry, EntryKind
from shopbell.conversations.recipients import capabilities_of
from shopbell.kit import clock
from shopbell.messaging.ports import CHANNELS, Moderated

PRIVATE = "private_reply"  # key of an answer's data: which comment it answers, and since when
ANSWERED = "answered_in_private"  # key of a comment's data: the answer


@dataclass(frozen=True, slots=True)
class CommentWays:
    """What an agent may do about one comment. `until`: a private reply is possible until then."""

    until: datetime | None = None
    was_answered: bool = False
    is_hideable: bool = False
    is_hidden: bool = False
    length: int = 50_000


def is_comment(entry: Entry) -> bool:
    """Whether an entry is something a customer wrote for all to read."""
    return entry.kind == EntryKind.INCOMING and bool(entry.data.get("public"))


def is_public(entry: Entry) -> bool:
    """Whether all can read an entry: a comment, or an answer below one."""
    if entry.kind == EntryKind.REPLY:
        return entry.thread is not None and bool(entry.thread.comment) and PRIVATE not in entry.data
    return is_comment(entry)


def ways_with(entry: Entry) -> CommentWays | None:
    """Return what may be done about a comment; None: it is none."""
    if not is_comment(entry) or entry.thread is None or entry.data.get("deleted_at"):
        return None
    answered = bool(entry.data.get(ANSWERED))
    able = capabilities_of(entry.thread)
    return CommentWays(
        length=able.max_length or 50_000 if able else 50_000,
        until=None if answered else private_until(entry),
        was_answered=answered,
        is_hideable=is_hideable(entry),
        is_hidden=bool(entry.data.get("hidden")),
    )


def private_until(entry: Entry) -> datetime | None:
    """Return until when a comment can be answered in private; None: not, or not any more.

    The days count from the comment's own time, not from when it reached us.
    """
    able = capabilities_of(entry.thread) if entry.thread is not None else None
    if able is None or able.private_reply_window is None:
        return None
    until = entry.happened_at + able.private_reply_window
    return until if clock.now() < until else None


def is_hideable(entry: Entry) -> bool:
    """Whether the channel can hide this comment."""
    inbox = entry.thread.inbox if entry.thread is not None else None
    known = inbox is not None and inbox.connector in CHANNELS
    return known and isinstance(CHANNELS.get(inbox.connector), Moderated)  # type: ignore[union-attr]
