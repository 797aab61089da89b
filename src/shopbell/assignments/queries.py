"""Reads about teams and people at work."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from shopbell.accounts.models import Staff, User
from shopbell.assignments.agents import GONE_AFTER
from shopbell.assignments.handing import loads
from shopbell.assignments.models import CAPACITY, Agent, Routing
from shopbell.connections.models import Connection, ConnectionState
from shopbell.conversations.models import Team
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.ports import CHANNELS


@dataclass(frozen=True, slots=True)
class AtWork:
    """A member of staff with whether they take conversations, and how many they have."""

    user: User
    role: str
    available: bool = False
    since: datetime | None = None
    left: bool = False
    load: int = 0
    capacity: int = CAPACITY
    capacities: dict[str, int] = field(default_factory=dict)


def people_at_work() -> list[AtWork]:
    """Return everybody who may answer, by name."""
    staff = Staff.objects.select_related("user").exclude(role="light")
    rows = list(staff.order_by("user__name", "user__email"))
    agents = {row.user_id: row for row in Agent.objects.all()}
    counts: dict[int, int] = {}
    for user_id, _, count in loads([row.user_id for row in rows]):
        counts[user_id] = counts.get(user_id, 0) + count
    return [
        _at_work(row.user, row.role, agents.get(row.user_id), counts.get(row.user_id, 0))
        for row in rows
    ]


def standing_of(user: User) -> AtWork:
    """Return how one person stands, without counting what they have."""
    return _at_work(user, "", Agent.objects.filter(user=user).first(), 0)


def is_here(agent: Agent | None) -> bool:
    """Return whether somebody takes conversations now."""
    if agent is None or not agent.is_available or agent.seen_at is None:
        return False
    return clock.now() - agent.seen_at <= GONE_AFTER


def teams() -> list[Team]:
    """Return the teams of the store in scope with their members, by name."""
    return list(Team.objects.prefetch_related("members").order_by("name"))


def team_of(key: uuid.UUID) -> Team:
    """Return a team of the store in scope.

    Raises:
        NotFound: there is none.
    """
    found = Team.objects.prefetch_related("members").filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such team.", remedy="Go back to the list.")
    return found


def routings() -> list[Routing]:
    """Return how teams and inboxes hand out."""
    return list(Routing.objects.select_related("gives_to", "calendar"))


def inboxes() -> list[Connection]:
    """Return the accounts at which customers write, by name."""
    rows = Connection.objects.filter(family="channel").exclude(state=ConnectionState.REMOVED)
    return [row for row in rows.order_by("connector", "slug") if row.connector in CHANNELS]


def inbox_name(inbox: Connection) -> str:
    """Return an inbox as people call it: by its name, its address, or what it is."""
    if inbox.name or inbox.address:
        return inbox.name or inbox.address
    return CHANNELS.get(inbox.connector).title if inbox.connector in CHANNELS else str(inbox)


def inbox_kind(inbox: Connection) -> str:
    """Return what kind of account an inbox is, in words: two may share a number."""
    return CHANNELS.get(inbox.connector).title if inbox.connector in CHANNELS else ""


def _at_work(user: User, role: str, agent: Agent | None, load: int) -> AtWork:
    if agent is None:
        return AtWork(user, role, load=load)
    return AtWork(
        user=user,
        role=role,
        available=is_here(agent),
        since=agent.since,
        left=agent.left,
        load=load,
        capacity=agent.capacity,
        capacities=dict(agent.capacities),
    )
