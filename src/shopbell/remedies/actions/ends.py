"""How a remedy ends: done, not done, or unclear. Each end is one transaction with all it causes."""

from datetime import timedelta

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.text import one_line
from shopbell.orders.actions import record_facts
from shopbell.orders.ports import Outcome
from shopbell.remedies.actions.telling import note_activity, tell_pages_of
from shopbell.remedies.events import RemedyDone, RemedyFailed, RemedyInDoubt
from shopbell.remedies.models import Remedy, State
from shopbell.remedies.words import title_of

_DONE = {
    "refund": "done",
    "cancel": "done",
    "reship": "ordered again as {name}",
    "coupon": "made: {name}",
    "return": "registered {name}",
}


@transaction.atomic
def finish_remedy(*, remedy: Remedy, outcome: Outcome, by: User | None = None) -> Remedy:
    """Write down that it is done, and take over what the shop said of it."""
    remedy.state, remedy.done_at = State.DONE, clock.now()
    remedy.due_at = remedy.lease_until = None
    remedy.reference = outcome.reference[:120] or remedy.reference
    remedy.name = one_line(outcome.name, 120) or remedy.name
    remedy.url = outcome.url[:2000] or remedy.url
    remedy.problem = ""
    remedy.save()
    if outcome.facts:
        record_facts(source=remedy.order.source, facts=outcome.facts)
    said = _DONE[remedy.deed].format(name=remedy.name or remedy.reference).strip()
    note_activity(remedy, f"{title_of(remedy)} for {remedy.order} {said}", by=by)
    emit(
        RemedyDone(
            remedy_id=remedy.pk,
            order_id=remedy.order_id,
            deed=remedy.deed,
            amount=remedy.amount,
            currency=remedy.currency,
            conversation_id=remedy.conversation_id,
        )
    )
    tell_pages_of(remedy)
    return remedy


@transaction.atomic
def fail_remedy(*, remedy: Remedy, problem: str, by: User | None = None) -> Remedy:
    """Write down that it was refused: nothing was done and nobody was told."""
    remedy.state, remedy.problem = State.FAILED, one_line(problem, 500)
    remedy.due_at = remedy.lease_until = None
    remedy.save()
    note_activity(remedy, f"{title_of(remedy)} not done: {remedy.problem}", by=by)
    emit(
        RemedyFailed(
            remedy_id=remedy.pk,
            order_id=remedy.order_id,
            deed=remedy.deed,
            conversation_id=remedy.conversation_id,
        )
    )
    tell_pages_of(remedy)
    return remedy


@transaction.atomic
def doubt_remedy(*, remedy: Remedy, problem: str, look_in: timedelta | None) -> Remedy:
    """Write down that nobody knows; the shop is asked again after `look_in`, else a person is."""
    was_open = remedy.state == State.IN_DOUBT
    remedy.state, remedy.problem = State.IN_DOUBT, one_line(problem, 500)
    remedy.due_at = clock.now() + look_in if look_in is not None else None
    remedy.lease_until = None
    remedy.save()
    if look_in is None:
        emit(
            RemedyInDoubt(
                remedy_id=remedy.pk,
                order_id=remedy.order_id,
                deed=remedy.deed,
                conversation_id=remedy.conversation_id,
            )
        )
        note_activity(remedy, f"{title_of(remedy)} unclear: {remedy.problem}")
    if not was_open or look_in is None:
        tell_pages_of(remedy)
    return remedy
