"""Doing one thing with many conversations, and undoing it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from shopbell.accounts.models import User
from shopbell.conversations.bulk.verbs import verb_named
from shopbell.conversations.bulk.working import BATCH, TOPIC, work_off
from shopbell.conversations.models import BulkAction, BulkItem, BulkState, Conversation, Outcome
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict, Invalid
from shopbell.web.live import announce

MOST = 5_000
MOST_AT_ONCE = 20  # bulk actions of a store that are at work
UNDO_FOR = timedelta(minutes=15)
_AT_WORK = (BulkState.RUNNING, BulkState.UNDOING)


@transaction.atomic
def start_bulk(
    *, rows: QuerySet[Conversation], verb: str, given: Mapping[str, Any], by: User | None
) -> BulkAction:
    """Do something with all of `rows`: few at once, many in the background.

    Raises:
        Invalid: there are none or too many, or what to do is not said well.
        Conflict: too much is at work already.
    """
    says = verb_named(verb).says(given, by)
    keys = list(rows.filter(merged_into=None).order_by().values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        raise Invalid("None of these conversations is here any more.", kept="Nothing was changed.")
    if len(keys) > MOST:
        raise too_many()
    lock_in_transaction("bulk", current_store_id())
    if BulkAction.objects.filter(state__in=_AT_WORK).count() >= MOST_AT_ONCE:
        raise Conflict(
            f"{MOST_AT_ONCE} bulk actions are at work already.",
            kept="Nothing was changed.",
            remedy="Wait until one of them is done.",
        )
    action = BulkAction.objects.create(
        verb=verb,
        values=dict(given),
        says=says[:200],
        total=len(keys),
        by=by,
        created_at=clock.now(),
        due_at=clock.now(),
    )
    BulkItem.objects.bulk_create(
        BulkItem.fresh(action_id=action.pk, conversation_id=key) for key in sorted(keys)
    )
    return _begin(action, len(keys))


def too_many() -> Invalid:
    """Return the refusal of what is more than one bulk action takes."""
    return Invalid(
        f"These are more than {MOST:,} conversations.",
        kept="Nothing was changed.",
        remedy="Narrow the list with a filter, and do it in parts.",
    )


def _begin(action: BulkAction, count: int) -> BulkAction:
    """Do few at once, and leave many to the worker."""
    if count <= BATCH:
        work_off(action.pk)
    else:
        wake("bulk")
        announce(action.store_id, TOPIC, action.pk)
    return BulkAction.objects.get(pk=action.pk)


def may_be_undone(action: BulkAction) -> bool:
    """Return whether there is still time to undo it; what is at work can be stopped so."""
    if action.state == BulkState.RUNNING:
        return True
    ended = action.finished_at or action.created_at
    return action.state == BulkState.FINISHED and clock.now() - ended <= UNDO_FOR


@transaction.atomic
def undo_bulk(*, action: BulkAction, by: User | None) -> BulkAction:
    """Put back what is still as the action left it; what was not begun is left alone.

    Raises:
        Conflict: it was undone already, or too long ago.
    """
    row = BulkAction.objects.select_for_update().get(pk=action.pk)
    if row.state in (BulkState.UNDOING, BulkState.UNDONE):
        who = f" by {row.undone_by}" if row.undone_by else ""
        raise Conflict(f"This was undone already{who}.", kept="Nothing was changed.")
    if not may_be_undone(row):
        minutes = int(UNDO_FOR.total_seconds() // 60)
        raise Conflict(
            f"This can be undone for {minutes} minutes only.",
            kept="Nothing was changed.",
            remedy="Choose the conversations and change them again.",
        )
    row.items.filter(outcome=Outcome.WAITING).update(outcome=Outcome.STOPPED)
    row.state, row.undone_by, row.put_away = BulkState.UNDOING, by, False
    row.due_at, row.attempts = clock.now(), 0
    row.save(update_fields=["state", "undone_by", "put_away", "due_at", "attempts"])
    return _begin(row, row.items.filter(outcome=Outcome.DONE).count())


@transaction.atomic
def put_bulk_away(*, action: BulkAction) -> None:
    """Show it no more above the list; it stays on the page of bulk actions."""
    BulkAction.objects.filter(pk=action.pk).update(put_away=True)
