"""Facts about people at work."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("agent.availability_changed", subject="agent_id")
@dataclass(frozen=True)
class AvailabilityChanged(Fact):
    """Somebody came, went, or closed the last page (`left`)."""

    agent_id: uuid.UUID
    user_id: int
    available: bool
    left: bool = False


@event("agent.capacity_changed", subject="agent_id")
@dataclass(frozen=True)
class CapacityChanged(Fact):
    """Somebody takes more or fewer conversations at a time."""

    agent_id: uuid.UUID
    user_id: int
    capacity: int


@event("team.changed", subject="team_id")
@dataclass(frozen=True)
class TeamChanged(Fact):
    """A team has other members or another way of handing out; without an id, an inbox has."""

    team_id: uuid.UUID | None = None
