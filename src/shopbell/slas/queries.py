"""Reads of promises and clocks."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbell.calendars.arithmetic import working_time_between
from shopbell.conversations.models import Conversation
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.slas.fitting import Promises
from shopbell.slas.models import Clock, Policy, Target


@dataclass(frozen=True, slots=True)
class Standing:
    """One promise to a conversation as people read it. `left` is working time, of a frozen one."""

    target: str
    label: str
    policy: str
    state: str  # running, late, frozen, met, missed
    due_at: datetime | None = None
    left: timedelta | None = None
    ended_at: datetime | None = None


def policies() -> list[Policy]:
    """Return the promises of the store in scope, in the order in which they are asked."""
    return list(Policy.objects.select_related("calendar").order_by("position", "name"))


def policy_of(key: uuid.UUID) -> Policy:
    """Return a promise of the store in scope.

    Raises:
        NotFound: there is none.
    """
    found = Policy.objects.select_related("calendar").filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such promise.", remedy="Go back to the list.")
    return found


def standings_of(conversation: Conversation) -> list[Standing]:
    """Return the promises to a conversation: those that run, and how the last ones ended."""
    rows = Clock.objects.filter(conversation=conversation).exclude(outcome="dropped")
    newest: dict[str, Clock] = {}
    for row in rows.select_related("policy").order_by("started_at"):
        newest[row.target] = row
    if newest.get(Target.NEXT) and newest[Target.NEXT].ended_at is None:
        newest.pop(Target.FIRST, None)  # what is asked of us now says enough
    return [_standing(newest[target]) for target in Target.values if target in newest]


def running_clocks(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Clock]]:
    """Return the clocks that are not over, by conversation."""
    found: dict[uuid.UUID, list[Clock]] = {}
    for row in Clock.objects.filter(conversation_id__in=list(ids), ended_at=None):
        found.setdefault(row.conversation_id, []).append(row)
    return found


def _standing(row: Clock) -> Standing:
    label = Target(row.target).label
    policy = row.policy.name if row.policy else ""
    if row.ended_at is not None:
        return Standing(row.target, label, policy, row.outcome, ended_at=row.ended_at)
    if row.due_at is None and row.running_since is None:
        left = max(row.goal - row.spent, timedelta(0))
        return Standing(row.target, label, policy, "frozen", left=left)
    late = row.due_at is not None and row.due_at <= clock.now()
    return Standing(row.target, label, policy, "late" if late else "running", row.due_at)


def working_time_left(row: Clock, now: datetime) -> timedelta:
    """Return how much working time is left until a promise is broken."""
    if row.running_since is None:
        return row.goal - row.spent
    schedule = Promises().schedule(row.calendar_id)
    return row.goal - row.spent - working_time_between(schedule, row.running_since, now)
