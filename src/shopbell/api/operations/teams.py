"""Teams and availability."""

from shopbell.accounts.models import User
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.teams import (
    AgentList,
    AgentOut,
    AvailabilityIn,
    TeamIn,
    TeamList,
    TeamOut,
    agent_out,
    team_out,
)
from shopbell.assignments.actions import save_team
from shopbell.assignments.agents import set_available, set_capacity
from shopbell.assignments.models import Routing
from shopbell.assignments.queries import AtWork, people_at_work, routings, team_of, teams
from shopbell.conversations.models import Team
from shopbell.kit.errors import Invalid

_TAG = "Teams"


@endpoint("GET", "/teams", scope="conversations:read", answers={200: TeamList}, tag=_TAG)
def list_teams(request: ApiRequest) -> TeamList:
    """List the teams by name."""
    by_team = {row.team_id: row for row in routings()}
    return TeamList(items=[team_out(row, by_team.get(row.pk)) for row in teams()])


@endpoint("POST", "/teams", scope="conversations:write", answers={200: TeamOut}, tag=_TAG)
def post_team(request: ApiRequest, body: TeamIn) -> TeamOut:
    """Make a team, or change the one of this name."""
    people = {each.user.email: each.user for each in people_at_work()}
    members: list[User] = []
    for place, email in enumerate(body.members):
        if email.lower() not in people:
            raise Invalid("Nobody like that works here.", fields={f"members.{place}": "is unknown"})
        members.append(people[email.lower()])
    row = Team.objects.filter(name=body.name).first()
    routing = Routing.objects.filter(team=row).first() if row else None
    saved = save_team(
        name=body.name,
        members=members,
        mode=body.hands_out,
        grace_minutes=body.grace_minutes,
        calendar=routing.calendar if routing else None,
        team=row,
    )
    return team_out(team_of(saved.pk), Routing.objects.filter(team=saved).first())


@endpoint("GET", "/availability", scope="conversations:read", answers={200: AgentList}, tag=_TAG)
def list_availability(request: ApiRequest) -> AgentList:
    """List who takes conversations now, and how many they have."""
    return AgentList(items=[agent_out(each) for each in people_at_work()])


@endpoint("POST", "/availability", scope="conversations:write", answers={200: AgentOut}, tag=_TAG)
def post_availability(request: ApiRequest, body: AvailabilityIn) -> AgentOut:
    """Say that somebody comes or goes, or how many conversations they take at a time."""
    found = _person(body.agent)
    if body.capacity is not None or body.capacities is not None:
        set_capacity(
            user=found.user,
            capacity=found.capacity if body.capacity is None else body.capacity,
            capacities=found.capacities
            if body.capacities is None
            else {str(name): count for name, count in body.capacities.items()},
        )
    if body.available is not None:
        set_available(user=found.user, available=body.available)
    return agent_out(_person(body.agent))


def _person(email: str) -> AtWork:
    for each in people_at_work():
        if each.user.email == email.lower():
            return each
    raise Invalid("Nobody like that works here.", fields={"agent": "is not on the team"})
