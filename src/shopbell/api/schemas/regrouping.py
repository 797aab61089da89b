"""Merges, splits, moved threads and links as the API shows them and takes them."""

import uuid
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from shopbell.api.schemas.listing import Word
from shopbell.conversations.models import Regrouping, Thread

_STRICT = ConfigDict(extra="forbid")


class WhoIn(BaseModel):
    """Who does it."""

    model_config = _STRICT

    author: Word = Field(default="", description="E-mail of a member of staff; else nobody.")


class MergeIn(WhoIn):
    """Where it goes."""

    into: int = Field(ge=1, lt=2**31, description="Number of the conversation that stays.")


class MoveIn(WhoIn):
    """Which thread goes where."""

    thread: uuid.UUID
    into: int | None = Field(
        default=None, ge=1, lt=2**31, description="Number of a conversation; null: a new one."
    )


class LinkIn(WhoIn):
    """With which conversation."""

    to: int = Field(ge=1, lt=2**31, description="Number of the other conversation.")


class ThreadOut(BaseModel):
    """One line to the customer."""

    id: uuid.UUID
    channel: str
    address: str
    subject: str
    created_at: datetime


class RegroupingOut(BaseModel):
    """A merge, a split or a moved thread."""

    id: uuid.UUID
    kind: str = Field(description="merge, split or move.")
    source: int = Field(description="Number of the conversation the threads came from.")
    target: int = Field(description="Number of the conversation they went into.")
    author: str | None
    created_at: datetime
    undone_at: datetime | None


def thread_out(row: Thread) -> ThreadOut:
    """Return a thread."""
    return ThreadOut(
        id=row.pk,
        channel=row.medium,
        address=row.address,
        subject=row.subject,
        created_at=row.created_at,
    )


def regrouping_out(row: Regrouping) -> RegroupingOut:
    """Return a regrouping (both conversations and the author preloaded)."""
    return RegroupingOut(
        id=row.pk,
        kind=row.kind,
        source=row.source.number,
        target=row.target.number,
        author=row.by.email if row.by else None,
        created_at=row.created_at,
        undone_at=row.undone_at,
    )
