"""Reads of the desk: the list, one conversation with its timeline, the card of its customer."""

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Func, Q, QuerySet

from shopbell.accounts.models import Staff, User
from shopbell.conversations.details import below
from shopbell.conversations.models import (
    Attachment,
    Conversation,
    Draft,
    Entry,
    EntryKind,
    Seen,
    Status,
    Team,
    Thread,
)
from shopbell.customers.models import SEARCH, Customer
from shopbell.kit import clock
from shopbell.kit.errors import NotFound

PAGE = 40
_GONE_AFTER = timedelta(seconds=30)
_WORKED_ON = (Status.OPEN, Status.PENDING, Status.SNOOZED)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. Empty means everything; `words` is full text and numbers."""

    status: str = "open"
    owner_id: int | None = None
    nobody: bool = False
    tag: str = ""
    medium: str = ""
    reason_id: uuid.UUID | None = None  # and all below it
    told: tuple[str, object] | None = None  # key and value of a custom field
    customer_id: uuid.UUID | None = None
    words: str = ""
    team_id: uuid.UUID | None = None
    due: bool = False  # only what somebody was promised, the next due first


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. `following` is the cursor of the next one, or empty."""

    rows: list[Conversation]
    following: str = ""
    unread: frozenset[uuid.UUID] = field(default=frozenset())


def conversation_page(filters: Filters, *, viewer: User, cursor: str = "", limit: int = 0) -> Page:
    """Return conversations, newest first, from behind `cursor` (see `Page.following`).

    With `filters.due` the next due comes first.

    `limit`: as many as a page that was made longer by "Older" shows already.
    """
    size = max(limit, PAGE)
    rows = matching(filters).select_related("customer", "owner", "order", "team")
    if cursor:
        at, key = _read_cursor(cursor)
        newest = Q(last_message_at__lt=at) | Q(last_message_at=at, id__lt=key)
        later = Q(due_at__gt=at) | Q(due_at=at, id__gt=key)
        rows = rows.filter(later if filters.due else newest)
    order = ("due_at", "id") if filters.due else ("-last_message_at", "-id")
    found = list(rows.order_by(*order)[: size + 1])
    shown = found[:size]
    following = _cursor(shown[-1], due=filters.due) if len(found) > size else ""
    return Page(shown, following, _unread(shown, viewer))


def matching(filters: Filters) -> QuerySet[Conversation]:
    """Return the conversations that fit, without order."""
    rows = Conversation.objects.filter(merged_into=None)
    if filters.status == "active":
        rows = rows.filter(status__in=_WORKED_ON)
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
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag])
    if filters.medium:
        rows = rows.filter(medium=filters.medium)
    if filters.reason_id is not None:
        rows = rows.filter(reason_id__in=below(filters.reason_id))
    if filters.told is not None:
        rows = rows.filter(fields__contains=dict([filters.told]))
    if filters.customer_id is not None:
        rows = rows.filter(customer_id=filters.customer_id)
    return _with_words(rows, filters.words.strip())


def _with_words(rows: QuerySet[Conversation], words: str) -> QuerySet[Conversation]:
    if not words:
        return rows
    bare = words.removeprefix("#")
    if bare.isdigit() and len(bare) < 10:
        return rows.filter(Q(number=int(bare)) | Q(order__number__in=[bare, f"#{bare}"]))
    query = SearchQuery(_prefixes(words), search_type="raw", config="simple")
    said = Entry.objects.annotate(words=SearchVector("subject", "text", config="simple")).filter(
        words=query
    )
    people = Customer.objects.annotate(words=SEARCH).filter(words=query)
    return rows.filter(
        Q(pk__in=said.values("conversation_id"))
        | Q(customer_id__in=people.values("pk"))
        | Q(customer__email__istartswith=words)
        | Q(order__number=words)
    )


def _prefixes(words: str) -> str:
    """Return a text-search query: each word, the last one perhaps unfinished."""
    plain = ["".join(c for c in word if c.isalnum() or c in "-_@.") for word in words.split()]
    quoted = ["'" + word.replace("'", "") + "'" for word in plain if word][:12]
    return " & ".join([*quoted[:-1], f"{quoted[-1]}:*"]) if quoted else "''"


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


def view_counts(viewer: User) -> dict[str, int]:
    """Return how many running conversations each view of the inbox holds."""
    is_open = Q(status=Status.OPEN)
    found = Conversation.objects.filter(merged_into=None, status__in=_WORKED_ON).aggregate(
        open=Count("id", filter=is_open),
        mine=Count("id", filter=is_open & Q(owner=viewer)),
        nobody=Count("id", filter=is_open & Q(owner=None)),
        due=Count("id", filter=is_open & Q(due_at__isnull=False)),
        pending=Count("id", filter=Q(status=Status.PENDING)),
        snoozed=Count("id", filter=Q(status=Status.SNOOZED)),
    )
    return {name: int(count) for name, count in found.items()}


def waiting_conversations() -> int:
    """Return in how many open conversations of the store in scope a customer waits for us."""
    return Conversation.objects.filter(
        merged_into=None, status=Status.OPEN, waiting_since__isnull=False
    ).count()


def conversation_by_number(number: int) -> Conversation:
    """Return a conversation of the store in scope (the survivor if it was merged away).

    Raises:
        NotFound: there is none.
    """
    rows = Conversation.objects.select_related("customer", "owner", "order", "team", "inbox")
    row = rows.filter(number=number).first()
    while row is not None and row.merged_into_id is not None:
        row = rows.filter(pk=row.merged_into_id).first()
    if row is None:
        raise NotFound(f"There is no conversation #{number}.", remedy="Go back to the list.")
    return row


def timeline(conversation: Conversation, *, limit: int = 200) -> list[Entry]:
    """Return the last entries, oldest first, with authors, files and states of sending."""
    rows = (
        conversation.entries.select_related("author", "outgoing", "thread")
        .defer("outgoing__html", "outgoing__text", "outgoing__data")
        .prefetch_related("attachments")
        .order_by("-happened_at", "-id")[:limit]
    )
    return list(reversed(rows))


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


def people_to_assign() -> list[User]:
    """Return the staff of the store in scope who may answer, by name."""
    rows = Staff.objects.select_related("user").exclude(role="light")
    return [row.user for row in rows.order_by("user__name", "user__email")]


def teams_of_store() -> list[Team]:
    """Return the teams of the store in scope, by name."""
    return list(Team.objects.order_by("name"))


def tags_in_use() -> list[str]:
    """Return the tags of running conversations, by name."""
    tagged = Conversation.objects.filter(status__in=_WORKED_ON).exclude(tags=[])
    some = tagged.annotate(tag=Func("tags", function="unnest")).values_list("tag", flat=True)
    return sorted(set(some[:2000]))
