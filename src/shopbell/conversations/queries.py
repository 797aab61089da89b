"""Reads of the desk: the list, one conversation with its timeline, the card of its customer."""

import base64
import binascii
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Func, Q, QuerySet

from shopbell.accounts.models import Staff, User
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Entry,
    EntryKind,
    Regrouping,
    SavedView,
    Seen,
    Status,
    Team,
    Thread,
)
from shopbell.conversations.search.filters import (
    WORKED_ON,
    Filters,
    matching,
    newest_matching,
)
from shopbell.kit import clock
from shopbell.kit.db.counting import Counts
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import NotFound
from shopbell.messaging.models import Message

__all__ = ["Filters", "Page", "conversation_page", "matching", "newest_matching"]

PAGE = 40
_GONE_AFTER = timedelta(seconds=30)
COUNTED = 999


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. `following` is the cursor of the next one, or empty."""

    rows: list[Conversation]
    following: str = ""
    unread: frozenset[uuid.UUID] = field(default=frozenset())


# What a row of the list shows: reading whole orders and customers for it takes longer than finding
# them.
_SHOWN = (
    *(f.name for f in Conversation._meta.concrete_fields if f.name not in ("fields", "linked")),
    *("customer__first_name", "customer__last_name", "customer__email", "customer__phone"),
    *("owner__name", "owner__email", "owner__face", "team__name"),
    *("order__number", "order__source_id"),
)


def conversation_page(filters: Filters, *, viewer: User, cursor: str = "", limit: int = 0) -> Page:
    """Return conversations, newest first, from behind `cursor` (see `Page.following`).

    With `filters.due` the next due comes first.

    `limit`: as many as a page that was made longer by "Older" shows already.
    """
    size = max(limit, PAGE)
    rows = Conversation.objects.select_related("customer", "owner", "order", "team")
    rows = rows.only(*_SHOWN)
    if cursor:
        at, key = _read_cursor(cursor)
        newest = Q(last_message_at__lt=at) | Q(last_message_at=at, id__lt=key)
        later = Q(due_at__gt=at) | Q(due_at=at, id__gt=key)
        rows = rows.filter(later if filters.due else newest)
    found = newest_matching(filters, rows, size + 1)
    shown = found[:size]
    following = _cursor(shown[-1], due=filters.due) if len(found) > size else ""
    return Page(shown, following, _unread(shown, viewer))


def _unread(rows: Sequence[Conversation], viewer: User) -> frozenset[uuid.UUID]:
    seen = dict(
        Seen.objects.filter(user=viewer, conversation__in=rows).values_list("conversation_id", "at")
    )
    return frozenset(
        row.pk
        for row in rows
        if row.last_kind == EntryKind.INCOMING
        and (row.pk not in seen or seen[row.pk] < row.last_message_at)
    )


def _cursor(row: Conversation, *, due: bool) -> str:
    at = row.due_at if due and row.due_at is not None else row.last_message_at
    raw = f"{at.isoformat()}|{row.pk}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, key = raw.partition("|")
        return datetime.fromisoformat(at), uuid.UUID(key)
    except (binascii.Error, ValueError):
        raise NotFound("There is no such page.", remedy="Go back to the first one.") from None


def saved_views(viewer: User) -> list[SavedView]:
    """Return the views somebody has saved, and those shared with all, by name."""
    rows = SavedView.objects.filter(Q(user=viewer) | Q(user=None))
    return sorted(rows, key=lambda row: (row.user_id is None, row.name.casefold()))


def view_counts(viewer: User, more: Mapping[str, Filters] | None = None) -> dict[str, int]:
    """Return how many running conversations each view holds; more than `COUNTED` are not counted.

    Each count ends at its limit, so that the sidebar costs the same in a shop of any size.
    """
    saved = {key: matching(filters) for key, filters in (more or {}).items()}
    own = _own_counts(current_store_id(), viewer.pk)
    return (own + Counts.of(saved, limit=COUNTED + 1)).read()


@lru_cache(1_000)
def _own_counts(_store: int, viewer: int) -> Counts:
    """Write what is counted of the views that everybody has, in the store in scope."""
    open_ones = Conversation.objects.filter(merged_into=None, status=Status.OPEN)
    views = {
        "open": open_ones,
        "mine": open_ones.filter(owner_id=viewer),
        "nobody": open_ones.filter(owner=None),
        "due": open_ones.filter(due_at__isnull=False),
        "pending": Conversation.objects.filter(merged_into=None, status=Status.PENDING),
        "snoozed": Conversation.objects.filter(merged_into=None, status=Status.SNOOZED),
    }
    return Counts.of(views, limit=COUNTED + 1)


def waiting_conversations() -> QuerySet[Conversation]:
    """Return the open conversations in which a customer waits for us."""
    return Conversation.objects.filter(
        merged_into=None, status=Status.OPEN, waiting_since__isnull=False
    )


def conversation_by_number(number: int) -> Conversation:
    """Return a conversation of the store in scope (the survivor if it was merged away).

    Raises:
        NotFound: there is none.
    """
    rows = Conversation.objects.select_related("customer", "owner", "team")
    row = rows.filter(number=number).first()
    while row is not None and row.merged_into_id is not None:
        row = rows.filter(pk=row.merged_into_id).first()
    if row is None:
        raise NotFound(f"There is no conversation #{number}.", remedy="Go back to the list.")
    return row


_SENT = ("id", "state", "reason", "reason_text", "due_at", "read_at", "sent_at", "delivered_at")
_NOT_SHOWN = tuple(  # of what became of an answer on its way
    f"outgoing__{f.name}" for f in Message._meta.concrete_fields if f.name not in _SENT
)


def timeline(conversation: Conversation, *, limit: int = 200) -> list[Entry]:
    """Return the last entries, oldest first, with authors, files and states of sending."""
    rows = (
        conversation.entries.select_related("author", "outgoing", "thread")
        .defer(*_NOT_SHOWN)
        .prefetch_related("attachments")
        .order_by("-happened_at", "-id")[:limit]
    )
    return list(reversed(rows))


def regrouping(key: uuid.UUID) -> Regrouping:
    """Return a merge, a split or a moved thread of the store in scope.

    Raises:
        NotFound: there is none.
    """
    found = Regrouping.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("There is nothing like that to undo.", remedy="Reload the page.")
    return found


def regroupings_of(conversation: Conversation) -> list[Regrouping]:
    """Return the merges, splits and moves a conversation was part of, newest first."""
    rows = Regrouping.objects.select_related("source", "target", "by")
    mine = rows.filter(Q(source=conversation) | Q(target=conversation))
    return list(mine.order_by("-created_at", "-id")[:100])


def threads_of(conversation: Conversation) -> list[Thread]:
    """Return the lines to the customer, the last written in first."""
    return list(conversation.threads.select_related("inbox").order_by("-created_at"))


def last_words(conversation: Conversation) -> Entry | None:
    """Return the last entry the customer wrote."""
    return conversation.entries.filter(kind=EntryKind.INCOMING).order_by("-created_at").first()


def earlier_conversations(conversation: Conversation, limit: int = 5) -> list[Conversation]:
    """Return other conversations of the same customer, newest first."""
    if conversation.customer_id is None:
        return []
    rows = Conversation.objects.filter(customer_id=conversation.customer_id, merged_into=None)
    return list(rows.exclude(pk=conversation.pk).order_by("-last_message_at")[:limit])


def conversations_of(
    *, customer_id: uuid.UUID | None, order_id: uuid.UUID | None = None, limit: int = 5
) -> list[Conversation]:
    """Return the conversations of a customer (of one order, if told), newest first."""
    if customer_id is None:
        return []
    rows = Conversation.objects.filter(customer_id=customer_id, merged_into=None)
    if order_id is not None:
        rows = rows.filter(order_id=order_id)
    return list(rows.order_by("-last_message_at")[:limit])


def open_conversations() -> QuerySet[Conversation]:
    """Return the conversations that are not settled: nobody has resolved them, none is spam."""
    rows = Conversation.objects.filter(merged_into=None)
    return rows.filter(status__in=(Status.OPEN, Status.PENDING, Status.SNOOZED))


def unsettled_conversations(
    people: Collection[uuid.UUID], since: datetime
) -> dict[uuid.UUID, list[Conversation]]:
    """Return by customer what was not settled at some moment from `since` on, newest first."""
    if not people:
        return {}
    unsettled = Q(resolved_at__isnull=True) | Q(resolved_at__gt=since)
    rows = Conversation.objects.filter(unsettled, customer__in=people, merged_into=None)
    rows = rows.exclude(status=Status.SPAM).order_by("-last_message_at", "-id")
    found: dict[uuid.UUID, list[Conversation]] = {}
    for row in rows.only("number", "customer_id", "medium", "created_at", "resolved_at", "status"):
        if row.customer_id and (row.resolved_at or row.status != Status.RESOLVED):
            found.setdefault(row.customer_id, []).append(row)
    return found


def others_here(conversation: Conversation, viewer: User) -> list[Seen]:
    """Return who else has it open right now; `typing_at` tells who writes."""
    rows = Seen.objects.select_related("user").filter(
        conversation=conversation, at__gte=clock.now() - _GONE_AFTER
    )
    return list(rows.exclude(user=viewer).order_by("at"))


def drafts_of(conversation: Conversation, viewer: User) -> tuple[Draft | None, list[Draft]]:
    """Return what the viewer has begun to write, and what colleagues have, the latest first."""
    rows = Draft.objects.filter(conversation=conversation).select_related("user")
    found = list(rows.order_by("-saved_at")[:20])
    mine = next((draft for draft in found if draft.user_id == viewer.pk), None)
    return mine, [draft for draft in found if draft is not mine]


def pending_files(conversation: Conversation, by: User | None) -> list[Attachment]:
    """Return the files that wait for somebody's next answer, in the order they came."""
    rows = Attachment.objects.filter(pending_in=conversation, uploaded_by=by, entry=None)
    return list(rows.order_by("created_at", "id"))


def attachment(key: uuid.UUID) -> Attachment:
    """Return a file of the store in scope.

    Raises:
        NotFound: there is none.
    """
    found = Attachment.objects.select_related("entry").filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such file.")
    return found


def staff_of_store() -> list[User]:
    """Return everybody who works in the store in scope."""
    return [row.user for row in Staff.objects.select_related("user")]


def people_to_assign() -> list[User]:
    """Return the staff of the store in scope who may answer, by name."""
    rows = Staff.objects.select_related("user").exclude(role="light")
    return [row.user for row in rows.order_by("user__name", "user__email")]


def teams_of_store() -> list[Team]:
    """Return the teams of the store in scope, by name."""
    return list(Team.objects.order_by("name"))


def tags_in_use() -> list[str]:
    """Return the tags of running conversations, by name."""
    tagged = Conversation.objects.filter(status__in=WORKED_ON).exclude(tags=[])
    some = tagged.annotate(tag=Func("tags", function="unnest")).values_list("tag", flat=True)
    return sorted(set(some[:2000]))
