"""Handing out: waiting customers go to people who are available and have room, oldest first.

All of it runs under one lock of the store, so counting and giving are one step: two workers never
give the same conversation twice nor more than somebody takes. What a person takes by hand may go
over the capacity; nothing is handed out to them until there is room again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from shopbell.accounts.models import Staff
from shopbell.assignments.agents import GONE_AFTER
from shopbell.assignments.models import Agent, Mode
from shopbell.assignments.routes import Routes
from shopbell.calendars.arithmetic import working_time_between
from shopbell.conversations.actions import assign
from shopbell.conversations.models import Conversation, Status
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.db.scope import current_store_id

BATCH = 200
CHAT_GOES_ON = timedelta(minutes=15)  # an answered chat still takes attention for so long
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Seat:
    """An available person while things are handed out."""

    agent: Agent
    load: int = 0
    by_medium: Counter[str] = field(default_factory=Counter)

    def has_room(self, medium: str) -> bool:
        """Return whether one more of a medium fits."""
        most = self.agent.capacities.get(medium, self.agent.capacity)
        return self.load < self.agent.capacity and self.by_medium[medium] < most

    def take(self, medium: str, now: datetime) -> None:
        """Count one more."""
        self.load += 1
        self.by_medium[medium] += 1
        self.agent.given_at = now


@transaction.atomic
def hand_out() -> int:
    """Give waiting customers to people, in the store in scope; returns how many."""
    routes = Routes()
    if not routes:
        return 0
    lock_in_transaction("assignments", current_store_id())
    seats = seats_now()
    if not seats:
        return 0
    rows = (
        Conversation.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("team")
        .filter(routes.covered(), status=Status.OPEN, owner=None, merged_into=None)
        .filter(waiting_since__isnull=False)
        .order_by("waiting_since", "id")[:BATCH]
    )
    given = 0
    for row in rows:
        routing = routes.of(row)
        able = [
            seat
            for seat in seats
            if routes.may_have(seat.agent.user_id, row) and seat.has_room(row.medium)
        ]
        if routing is not None and able:
            _give(row, _chosen(able, routing.mode), routing.mode, len(able))
            given += 1
    return given


@transaction.atomic
def give_back() -> int:
    """Take waiting customers from people who are away for too long; returns how many."""
    routes = Routes()
    if not routes:
        return 0
    lock_in_transaction("assignments", current_store_id())
    here = [seat.agent.user_id for seat in seats_now(counted=False)]
    rows = (
        Conversation.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("team", "owner")
        .filter(routes.covered(), status=Status.OPEN, merged_into=None)
        .filter(waiting_since__isnull=False, owner__isnull=False)
        .exclude(owner_id__in=here)
        .order_by("waiting_since", "id")[:BATCH]
    )
    owners = {row.owner_id for row in rows if row.owner_id}
    agents = {row.user_id: row for row in Agent.objects.filter(user_id__in=owners)}
    return sum(_taken_from(row, agents.get(row.owner_id or 0), routes) for row in rows)


def seats_now(*, counted: bool = True) -> list[Seat]:
    """Return who is available now, with what they have."""
    rows = Agent.objects.select_related("user").filter(
        is_available=True,
        seen_at__gte=clock.now() - GONE_AFTER,
        user_id__in=Staff.objects.exclude(role="light").values("user_id"),
    )
    seats = {row.user_id: Seat(row) for row in rows}
    if counted and seats:
        for user_id, medium, count in loads(list(seats)):
            seats[user_id].load += count
            seats[user_id].by_medium[medium] += count
    return list(seats.values())


def loads(user_ids: Sequence[int]) -> list[tuple[int, str, int]]:
    """Return (person, medium, how many) of what takes their attention now."""
    lively = Q(status=Status.PENDING, medium="chat", last_message_at__gt=clock.now() - CHAT_GOES_ON)
    rows = (
        Conversation.objects.filter(Q(status=Status.OPEN) | lively)
        .filter(owner_id__in=user_ids, merged_into=None)
        .order_by()
        .values_list("owner_id", "medium")
        .annotate(count=Count("id"))
    )
    return [(user_id or 0, medium, count) for user_id, medium, count in rows]


def _chosen(able: Sequence[Seat], mode: str) -> Seat:
    def turn(seat: Seat) -> tuple[datetime, int]:
        return (seat.agent.given_at or _LONG_AGO, seat.agent.user_id)

    if mode == Mode.ROUND_ROBIN:
        return min(able, key=turn)
    return min(able, key=lambda seat: (seat.load / max(seat.agent.capacity, 1), *turn(seat)))


def _give(row: Conversation, seat: Seat, mode: str, among: int) -> None:
    held = f"{seat.load} of {seat.agent.capacity} before"
    others = f"of {among} with room" if among > 1 else "the only one with room"
    why = "next in turn" if mode == Mode.ROUND_ROBIN else "has the fewest"
    assign(
        conversation=row,
        by=None,
        owner=seat.agent.user,
        team=row.team,
        reason=f"{why}, {others}, {held}",
    )
    seat.take(row.medium, clock.now())
    seat.agent.save(update_fields=["given_at"])


def _taken_from(row: Conversation, agent: Agent | None, routes: Routes) -> bool:
    routing, now = routes.of(row), clock.now()
    assert routing is not None
    assert row.waiting_since is not None
    times = [row.waiting_since]
    if agent is not None:
        times += [agent.since, agent.acted_at or agent.since]
    away = working_time_between(routes.schedule(routing), max(times), now)
    if away < timedelta(minutes=routing.grace_minutes):
        return False
    minutes = int(away.total_seconds() // 60)
    reason = f"{row.owner} has been away for {minutes} min while the customer waits"
    assign(conversation=row, by=None, owner=None, team=row.team, reason=reason)
    return True
