"""Open, wait, snooze, resolve."""

from datetime import datetime

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.conversations.actions.timeline import by_itself, locked, log_activity, tell_pages
from shopbell.conversations.details import refuse_unfinished
from shopbell.conversations.events import StatusChanged
from shopbell.conversations.models import Conversation, Status
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.errors import Invalid

_SAID = {
    Status.OPEN: "Opened again",
    Status.PENDING: "Now waiting for the customer",
    Status.SNOOZED: "Snoozed",
    Status.RESOLVED: "Resolved",
    Status.SPAM: "Marked as spam",
}


@transaction.atomic
def set_status(*, conversation: Conversation, status: str, by: User | None) -> Conversation:
    """Change where a conversation stands; the same status again changes nothing.

    Raises:
        Invalid: it is resolved, and something the store asks for before that is missing.
    """
    row = locked(conversation)
    if row.status != status:
        if status == Status.RESOLVED and not by_itself():
            refuse_unfinished(row)
        _change(row, Status(status), by, _SAID[Status(status)])
    return row


@transaction.atomic
def snooze(*, conversation: Conversation, until: datetime | None, by: User | None) -> Conversation:
    """Put a conversation aside until a time, or (None) until the customer writes.

    Raises:
        Invalid: the time is past.
    """
    if until is not None and until <= clock.now():
        raise Invalid("That time is past.", fields={"until": "Choose a time to come."})
    row = locked(conversation)
    row.snoozed_until = until
    _change(row, Status.SNOOZED, by, _SAID[Status.SNOOZED], until=until and until.isoformat())
    return row


@transaction.atomic
def put_status_back(
    *,
    conversation: Conversation,
    status: str,
    snoozed_until: datetime | None,
    resolved_at: datetime | None,
    waiting_since: datetime | None,
    by: User | None,
) -> Conversation:
    """Undo a change of status: nothing is asked for, and times are those of before."""
    row = locked(conversation)
    before, row.status = row.status, status
    row.snoozed_until, row.resolved_at = snoozed_until, resolved_at
    row.waiting_since = waiting_since
    row.save(update_fields=["status", "snoozed_until", "resolved_at", "waiting_since"])
    log_activity(row, f"Put back: {Status(status).label.lower()}", by=by)
    emit(StatusChanged(conversation_id=row.pk, before=before, after=status))
    tell_pages(row)
    return row


@transaction.atomic
def wake_snoozed(*, limit: int = 500) -> int:
    """Open what was snoozed until now, in the store in scope; returns how many."""
    rows = (
        Conversation.objects.select_for_update(skip_locked=True)
        .filter(status=Status.SNOOZED, snoozed_until__lte=clock.now())
        .order_by("snoozed_until")[:limit]
    )
    for row in rows:
        _change(row, Status.OPEN, None, "Back from its snooze")
    return len(rows)


def _change(row: Conversation, status: Status, by: User | None, said: str, **data: object) -> None:
    before, row.status = row.status, status
    now = clock.now()
    if status != Status.SNOOZED:
        row.snoozed_until = None
    row.resolved_at = now if status == Status.RESOLVED else None
    if status in (Status.RESOLVED, Status.SPAM):
        row.waiting_since = None
    row.save(update_fields=["status", "snoozed_until", "resolved_at", "waiting_since"])
    log_activity(row, said, by=by, **data)
    emit(StatusChanged(conversation_id=row.pk, before=before, after=status))
    tell_pages(row)
