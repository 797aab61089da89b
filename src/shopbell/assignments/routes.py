"""Which routing counts for a conversation: its team's; without a team its inbox's."""

import uuid

from django.db.models import Q

from shopbell.assignments.models import Mode, Routing
from shopbell.calendars.arithmetic import Schedule
from shopbell.calendars.queries import default_calendar, schedule_of
from shopbell.conversations.models import Conversation, TeamMember


class Routes:
    """The routings of the store in scope, read once."""

    def __init__(self) -> None:
        rows = Routing.objects.exclude(mode=Mode.OFF).select_related("calendar")
        self.by_team: dict[uuid.UUID, Routing] = {}
        self.by_inbox: dict[uuid.UUID, Routing] = {}
        for row in rows:
            if row.team_id is not None:
                self.by_team[row.team_id] = row
            elif row.inbox_id is not None:
                self.by_inbox[row.inbox_id] = row
        self._members: dict[uuid.UUID, set[int]] = {}
        if self.by_team:
            for member in TeamMember.objects.filter(team_id__in=self.by_team):
                self._members.setdefault(member.team_id, set()).add(member.user_id)
        self._default: Schedule | None = None

    def __bool__(self) -> bool:
        return bool(self.by_team or self.by_inbox)

    def covered(self) -> Q:
        """Return what fits the conversations that are handed out."""
        of_teams = Q(team_id__in=list(self.by_team))
        return of_teams | Q(team=None, inbox_id__in=list(self.by_inbox))

    def of(self, conversation: Conversation) -> Routing | None:
        """Return the routing of a conversation."""
        if conversation.team_id is not None:
            return self.by_team.get(conversation.team_id)
        return self.by_inbox.get(conversation.inbox_id) if conversation.inbox_id else None

    def may_have(self, user_id: int, conversation: Conversation) -> bool:
        """Return whether a person belongs to those who get it: the team, or everybody."""
        if conversation.team_id is None:
            return True
        return user_id in self._members.get(conversation.team_id, set())

    def schedule(self, routing: Routing) -> Schedule:
        """Return the working time by which a grace is measured."""
        if routing.calendar is not None:
            return schedule_of(routing.calendar)
        if self._default is None:
            self._default = schedule_of(default_calendar())
        return self._default
