"""Teams, and how they and the inboxes hand out what comes in."""

import uuid
from collections.abc import Collection, Iterable

from django.db import transaction

from shopbell.accounts.models import Staff, User
from shopbell.assignments.events import TeamChanged
from shopbell.assignments.models import Mode, Routing
from shopbell.assignments.queries import inbox_name
from shopbell.calendars.models import Calendar
from shopbell.connections.models import Connection
from shopbell.conversations.actions import assign
from shopbell.conversations.models import Conversation, Status, Team, TeamMember
from shopbell.events.actions import emit
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line

_OVER = (Status.RESOLVED, Status.SPAM)
LONGEST_GRACE = 7 * 24 * 60


@transaction.atomic
def save_team(
    *,
    name: str,
    members: Iterable[User],
    mode: str = Mode.OFF,
    grace_minutes: int = 15,
    calendar: Calendar | None = None,
    team: Team | None = None,
) -> Team:
    """Add a team, or change one.

    Raises:
        Invalid: somebody in it does not work here, or the grace is out of range.
        Conflict: another team has this name.
    """
    called = one_line(name, 100)
    row = team or Team()
    if not called:
        raise Invalid("A team needs a name.", fields={"name": "Write one."})
    if Team.objects.filter(name=called).exclude(pk=row.pk).exists():
        raise Conflict(f"There is a team “{called}” already.", kept="Nothing was changed.")
    row.name = called
    row.save()
    _set_members(row, list(members))
    _route(Routing.objects.filter(team=row).first() or Routing(team=row), mode, grace_minutes,
           calendar)  # fmt: skip
    emit(TeamChanged(team_id=row.pk))
    return row


@transaction.atomic
def drop_team(*, team: Team, by: User | None) -> None:
    """Throw a team away. Its running conversations stay with their owners."""
    rows = Conversation.objects.filter(team=team, merged_into=None).exclude(status__in=_OVER)
    for row in rows.select_related("owner").order_by("id"):
        assign(conversation=row, by=by, owner=row.owner, team=None)
    team.delete()


@transaction.atomic
def set_inbox_routing(
    *, inbox: Connection, gives_to: Team | None, mode: str = Mode.OFF, grace_minutes: int = 15
) -> Routing:
    """Say which team gets what comes in at an inbox; without a team, how it is handed out."""
    row = Routing.objects.filter(inbox=inbox).first() or Routing(inbox=inbox)
    row.gives_to = gives_to
    _route(row, Mode.OFF if gives_to else mode, grace_minutes, None)
    emit(TeamChanged(team_id=gives_to.pk if gives_to else None))
    return row


@transaction.atomic
def give_to_teams_of_inboxes(*, conversation_ids: Collection[uuid.UUID]) -> None:
    """Give new conversations to the teams of their inboxes, unless somebody has decided already."""
    routings = Routing.objects.select_related("gives_to", "inbox").filter(
        inbox__isnull=False, gives_to__isnull=False
    )
    by_inbox = {found.inbox_id: found for found in routings}
    if not by_inbox:
        return
    rows = Conversation.objects.select_related("owner").filter(
        pk__in=conversation_ids, inbox_id__in=by_inbox, team=None
    )
    for row in rows.order_by("id"):
        found = by_inbox[row.inbox_id]
        assert found.inbox is not None
        reason = f"it came in at {inbox_name(found.inbox)}"
        assign(conversation=row, by=None, owner=row.owner, team=found.gives_to, reason=reason)


def _set_members(team: Team, people: list[User]) -> None:
    ids = {person.pk for person in people}
    known = set(Staff.objects.filter(user_id__in=ids).values_list("user_id", flat=True))
    if ids - known:
        raise Invalid("Somebody in it does not work in this store.", fields={"members": "unknown"})
    TeamMember.objects.filter(team=team).exclude(user_id__in=ids).delete()
    rows = [TeamMember(team=team, user_id=user_id) for user_id in sorted(ids)]
    TeamMember.objects.bulk_create(rows, ignore_conflicts=True)


def _route(row: Routing, mode: str, grace_minutes: int, calendar: Calendar | None) -> None:
    if not 1 <= grace_minutes <= LONGEST_GRACE:
        raise Invalid(
            "The time after which conversations are given back is out of range.",
            fields={"grace_minutes": "Write minutes, up to a week."},
        )
    row.mode, row.grace_minutes, row.calendar = Mode(mode), grace_minutes, calendar
    row.save()
