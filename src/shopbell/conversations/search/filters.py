"""What a list of conversations is narrowed to, and the rows that fit."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from shopbell.conversations.details import below
from shopbell.conversations.models import Conversation, Status
from shopbell.conversations.search.finding import (
    NEWEST_FIRST,
    NEXT_DUE,
    Words,
    about,
    first_fitting,
    fitting,
)

WORKED_ON = (Status.OPEN, Status.PENDING, Status.SNOOZED)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. Empty means everything; `words` is full text and numbers."""

    status: str = "open"
    owner_id: int | None = None
    nobody: bool = False
    waiting: bool = False
    mood: str = ""
    tag: str = ""
    medium: str = ""
    reason_id: uuid.UUID | None = None  # and all below it
    told: tuple[str, object] | None = None  # key and value of a custom field
    customer_id: uuid.UUID | None = None
    order: str = ""
    customer_words: str = ""
    has_file: bool = False
    after: datetime | None = None
    before: datetime | None = None
    words: str = ""
    team_id: uuid.UUID | None = None
    due: bool = False  # only what somebody was promised, the next due first

    @property
    def searched(self) -> Words:
        """What of it is looked up in the kept words."""
        return Words(self.words, self.customer_words, self.has_file)


def matching(filters: Filters) -> QuerySet[Conversation]:
    """Return the conversations that fit, without order."""
    return fitting(_plain(filters), filters.searched, filters.tag)


def newest_matching(
    filters: Filters, rows: QuerySet[Conversation], size: int
) -> list[Conversation]:
    """Return at most `size` of `rows` that fit, newest first (or next due), however many are."""
    order = NEXT_DUE if filters.due else NEWEST_FIRST
    return first_fitting(_plain(filters, rows), filters.searched, filters.tag, size, order)


def _plain(filters: Filters, rows: QuerySet[Conversation] | None = None) -> QuerySet[Conversation]:
    """Return what fits apart from words and tag, which need an index of their own."""
    rows = (Conversation.objects.all() if rows is None else rows).filter(merged_into=None)
    if filters.status == "active":
        rows = rows.filter(status__in=WORKED_ON)
    elif filters.status:
        rows = rows.filter(status=filters.status)
    else:
        rows = rows.exclude(status=Status.SPAM)
    if filters.owner_id is not None:
        rows = rows.filter(owner_id=filters.owner_id)
    elif filters.nobody:
        rows = rows.filter(owner=None)
    if filters.team_id is not None:
        rows = rows.filter(team_id=filters.team_id)
    if filters.due:
        rows = rows.filter(due_at__isnull=False)
    if filters.waiting:
        rows = rows.filter(waiting_since__isnull=False)
    if filters.mood:
        rows = rows.filter(mood=filters.mood)
    if filters.medium:
        rows = rows.filter(medium=filters.medium)
    if filters.reason_id is not None:
        rows = rows.filter(reason_id__in=below(filters.reason_id))
    if filters.told is not None:
        rows = rows.filter(fields__contains=dict([filters.told]))
    if filters.customer_id is not None:
        rows = rows.filter(customer_id=filters.customer_id)
    if filters.order:
        bare = filters.order.removeprefix("#")
        rows = rows.filter(about(bare, [f"#{bare}"]))
    if filters.after is not None:
        rows = rows.filter(last_message_at__gte=filters.after)
    if filters.before is not None:
        rows = rows.filter(last_message_at__lt=filters.before)
    return rows
