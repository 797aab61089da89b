"""What a rule of the desk begins with."""

from datetime import datetime

from django.db.models import Max, Q

from shopbell.conversations.events import (
    ConversationAssigned,
    ConversationStarted,
    CustomerWrote,
    NoteAdded,
    ReplySent,
    StatusChanged,
)
from shopbell.conversations.models import Conversation, EntryKind, Status
from shopbell.conversations.rulebook import Trigger, add_trigger


def unanswered_since(row: Conversation) -> datetime | None:
    """Return since when the customer waits for an answer."""
    return row.waiting_since if row.status == Status.OPEN else None


def waiting_since(row: Conversation) -> datetime | None:
    """Return since when we wait for the customer."""
    if row.status != Status.PENDING:
        return None
    said = row.entries.filter(kind=EntryKind.REPLY).aggregate(last=Max("created_at"))["last"]
    return said or row.last_message_at


def untouched_since(row: Conversation) -> datetime | None:
    """Return when a person did something last, if the conversation is not closed."""
    if row.status in (Status.RESOLVED, Status.SPAM):
        return None
    by_people = ~Q(kind=EntryKind.ACTIVITY) | Q(author__isnull=False)
    found = row.entries.filter(by_people).aggregate(last=Max("created_at"))["last"]
    return found or row.last_message_at


def resolved_since(row: Conversation) -> datetime | None:
    """Return when it was resolved."""
    return row.resolved_at if row.status == Status.RESOLVED else None


for _each in (
    Trigger("customer_wrote", "a customer writes", CustomerWrote, lambda fact: not fact.nature),
    Trigger("started", "a conversation begins", ConversationStarted),
    Trigger("replied", "somebody answers the customer", ReplySent),
    Trigger(
        "resolved",
        "a conversation is resolved",
        StatusChanged,
        lambda fact: fact.after == Status.RESOLVED,
    ),
    Trigger(
        "reopened",
        "a resolved conversation is opened again",
        StatusChanged,
        lambda fact: fact.before == Status.RESOLVED and fact.after == Status.OPEN,
    ),
    Trigger("status_changed", "the status changes", StatusChanged),
    Trigger("assigned", "a conversation gets another owner or team", ConversationAssigned),
    Trigger("noted", "somebody leaves a note", NoteAdded),
    Trigger("unanswered", "a customer has had no answer for {span}", since=unanswered_since),
    Trigger("waiting", "we have waited for the customer for {span}", since=waiting_since),
    Trigger("untouched", "nobody has touched a conversation for {span}", since=untouched_since),
    Trigger("resolved_for", "a conversation has been resolved for {span}", since=resolved_since),
):
    add_trigger(_each)
