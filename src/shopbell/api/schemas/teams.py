"""Teams and people at work as the API shows them and takes them in."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.listing import Word
from shopbell.assignments.models import Routing
from shopbell.assignments.queries import AtWork
from shopbell.conversations.models import Team

_STRICT = ConfigDict(extra="forbid")
Count = Annotated[int, Field(ge=0, le=500)]
HandsOut = Literal["off", "round_robin", "least_loaded"]


class TeamOut(BaseModel):
    """People who share conversations."""

    id: uuid.UUID
    name: str
    members: list[str] = Field(description="E-mail addresses.")
    hands_out: str = Field(description="off, round_robin or least_loaded.")
    grace_minutes: int = Field(
        description="After so much working time a waiting customer is given back by who is away."
    )


class TeamList(BaseModel):
    """All teams."""

    items: list[TeamOut]


class TeamIn(BaseModel):
    """A team. One of the same name is changed."""

    model_config = _STRICT

    name: Annotated[Word, StringConstraints(min_length=1, max_length=100)]
    members: list[Word] = Field(max_length=500, description="E-mail addresses of members of staff.")
    hands_out: HandsOut = "off"
    grace_minutes: int = Field(default=15, ge=1, le=10_080)


class AgentOut(BaseModel):
    """A member of staff at work."""

    email: str
    name: str
    available: bool = Field(description="Takes conversations now.")
    since: datetime | None
    conversations: int = Field(description="How many take their attention now.")
    capacity: int
    capacities: dict[str, int] = Field(description="Lower limits by channel.")


class AgentList(BaseModel):
    """Everybody who may answer."""

    items: list[AgentOut]


class AvailabilityIn(BaseModel):
    """What changes about one person; what is absent stays.

    Being available ends three minutes after it was last said, unless a page is open.
    """

    model_config = _STRICT

    agent: Word = Field(description="E-mail of a member of staff.")
    available: bool | None = None
    capacity: Count | None = None
    capacities: dict[Literal["email", "chat", "form", "whatsapp", "sms"], Count] | None = None


def team_out(row: Team, routing: Routing | None) -> TeamOut:
    """Return a team (members preloaded)."""
    return TeamOut(
        id=row.pk,
        name=row.name,
        members=sorted(user.email for user in row.members.all()),
        hands_out=routing.mode if routing else "off",
        grace_minutes=routing.grace_minutes if routing else 15,
    )


def agent_out(row: AtWork) -> AgentOut:
    """Return a person at work."""
    return AgentOut(
        email=row.user.email,
        name=row.user.name,
        available=row.available,
        since=row.since,
        conversations=row.load,
        capacity=row.capacity,
        capacities=row.capacities,
    )
