"""Bulk actions as the API shows them and takes them."""

import uuid
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shopbell.api.schemas.conversations import ConversationStatus
from shopbell.api.schemas.listing import Word
from shopbell.conversations.bulk.progress import Progress
from shopbell.conversations.models import BulkItem, Outcome

Verb = Literal[
    "resolve", "open", "pending", "spam", "snooze", "take", "owner", "team", "priority",
    "tag", "untag", "macro",
]  # fmt: skip
_STRICT = ConfigDict(extra="forbid")


class BulkFilter(BaseModel):
    """All conversations of a list, as `GET /conversations` takes it."""

    model_config = _STRICT

    status: ConversationStatus | None = None
    tag: Word = ""
    q: Word = Field(default="", description="Words and filters, as in the inbox.")


class BulkIn(BaseModel):
    """One thing to do with many conversations: those of `numbers`, or those of `filter`."""

    model_config = _STRICT

    do: Verb
    numbers: list[int] = Field(default=[], max_length=5_000)
    filter: BulkFilter | None = None
    owner: Word | None = Field(default=None, description="With owner: an e-mail; null is nobody.")
    team: Word | None = Field(default=None, description="With team: its name; null is none.")
    priority: int | None = Field(default=None, ge=0, le=3, description="With priority.")
    tag: Word = Field(default="", description="With tag and untag.")
    until: datetime | None = Field(
        default=None, description="With snooze: a time with a zone; null is until they write."
    )
    macro: Word = Field(default="", description="With macro: its id or name.")
    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")


class BulkUndoIn(BaseModel):
    """Who undoes it."""

    model_config = _STRICT

    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")


class BulkLeft(BaseModel):
    """A conversation that was left as it was, or not done with in full."""

    number: int
    outcome: str = Field(description="done (in part), refused, kept (not put back) or undone.")
    reason: str


class BulkOut(BaseModel):
    """A bulk action and how far it is."""

    id: uuid.UUID
    do: str
    says: str = Field(description="How far it is, or how it ended, in a sentence.")
    state: str = Field(description="running, finished, undoing or undone.")
    total: int
    done: int
    same: int = Field(description="Were so already.")
    refused: int
    undone: int
    kept: int = Field(description="Not put back, because somebody changed them since.")
    stopped: int = Field(description="Not begun when it was undone.")
    waiting: int
    may_undo: bool
    author: str | None
    created_at: datetime
    finished_at: datetime | None


class BulkWithLeft(BulkOut):
    """A bulk action with the first 500 conversations there is something to say about."""

    left: list[BulkLeft]


def bulk_out(found: Progress) -> BulkOut:
    """Return a bulk action."""
    row = found.action
    return BulkOut(
        id=row.pk,
        do=row.verb,
        says=found.says,
        state=row.state,
        total=row.total,
        **{str(outcome): found.counts.get(outcome, 0) for outcome in Outcome.values},
        may_undo=found.may_undo,
        author=row.by.email if row.by else None,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def left_out(item: BulkItem) -> BulkLeft:
    """Return what is to be said about one conversation."""
    return BulkLeft(number=item.conversation.number, outcome=item.outcome, reason=item.reason)
