"""Deciding about what waits: approving, declining, and settling by hand what stayed unclear."""

from django.db import transaction

from shopbell.accounts.models import Staff, Store
from shopbell.accounts.permissions import may
from shopbell.events.actions import emit, wake
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Forbidden
from shopbell.kit.text import one_line
from shopbell.orders.ports import Outcome
from shopbell.remedies.actions.ends import fail_remedy, finish_remedy
from shopbell.remedies.actions.telling import note_activity, tell_pages_of
from shopbell.remedies.checks import over_each
from shopbell.remedies.events import RemedyApproved, RemedyDeclined
from shopbell.remedies.models import Remedy, State
from shopbell.remedies.policy import remedy_policy
from shopbell.remedies.words import title_of


@transaction.atomic
def approve_remedy(*, store: Store, remedy: Remedy, by: Staff) -> Remedy:
    """Let what waits be done.

    Raises:
        Conflict: somebody has decided already.
        Forbidden: it is one's own request, or more than the own limit.
    """
    row = _waiting(remedy)
    _refuse_judge(store, row, by)
    row.state, row.due_at = State.QUEUED, clock.now()
    _decided(row, by)
    emit(RemedyApproved(remedy_id=row.pk, order_id=row.order_id, by_id=by.user_id))
    note_activity(row, f"{title_of(row)} approved", by=by.user)
    tell_pages_of(row)
    wake("remedies")
    return row


@transaction.atomic
def decline_remedy(*, remedy: Remedy, by: Staff, why: str = "") -> Remedy:
    """Turn down what waits; who asked may take the own request back."""
    row = _waiting(remedy)
    if row.asked_by_id != by.user_id and not may(by, "remedies:approve"):
        raise Forbidden("Your role does not decide about this.", remedy="Ask a supervisor.")
    row.state, row.problem = State.DECLINED, one_line(why, 500)
    _decided(row, by)
    emit(RemedyDeclined(remedy_id=row.pk, order_id=row.order_id, by_id=by.user_id))
    verb = "taken back" if row.asked_by_id == by.user_id else "declined"
    reason = f": {row.problem}" if row.problem else ""
    note_activity(row, f"{title_of(row)} {verb}{reason}", by=by.user)
    tell_pages_of(row)
    return row


@transaction.atomic
def settle_remedy(*, remedy: Remedy, by: Staff, done: bool) -> Remedy:
    """Say of something unclear, after looking into the shop, whether it was done."""
    row = locked(remedy)
    if row.state != State.IN_DOUBT:
        raise Conflict("This is not unclear any more.", remedy="Look at its state again.")
    if not may(by, "remedies:approve"):
        raise Forbidden("Your role does not decide about this.", remedy="Ask a supervisor.")
    _decided(row, by)
    if done:
        return finish_remedy(remedy=row, outcome=Outcome(row.reference), by=by.user)
    return fail_remedy(remedy=row, problem="Not found in the shop, says who looked.", by=by.user)


def locked(remedy: Remedy) -> Remedy:
    """Return the row for writing."""
    rows = Remedy.objects.select_for_update(of=("self",)).select_related("order", "conversation")
    return rows.get(pk=remedy.pk)


def _waiting(remedy: Remedy) -> Remedy:
    row = locked(remedy)
    if row.state != State.WAITING:
        raise Conflict(
            "Somebody has decided about this already.",
            kept=f"It is: {row.get_state_display().lower()}.",
            remedy="Look at it again.",
        )
    return row


def _refuse_judge(store: Store, row: Remedy, by: Staff) -> None:
    if not may(by, "remedies:approve"):
        raise Forbidden("Your role does not approve.", remedy="Ask a supervisor.")
    if row.asked_by_id == by.user_id:
        raise Forbidden(
            "Nobody approves an own request.",
            kept="It still waits.",
            remedy="Ask a colleague who may approve.",
        )
    if over_each(remedy_policy(store).limit(by.role, row.deed, row.currency), row.amount):
        raise Forbidden(
            "This is more than you may approve.",
            kept="It still waits.",
            remedy="Ask an admin or the owner.",
        )


def _decided(row: Remedy, by: Staff) -> None:
    row.decided_by, row.decided_as, row.decided_at = by.user, str(by.user), clock.now()
    row.save()
