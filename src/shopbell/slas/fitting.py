"""Which promise counts for a conversation: the first active one that fits, in the shown order."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from shopbell.calendars.arithmetic import ROUND_THE_CLOCK, Schedule
from shopbell.calendars.models import Calendar
from shopbell.calendars.queries import schedule_of
from shopbell.conversations.models import Conversation
from shopbell.slas.models import Policy


class Promises:
    """The policies and calendars of the store in scope, read once for a batch."""

    def __init__(self) -> None:
        rows = Policy.objects.filter(is_active=True).order_by("position", "name")
        self.policies = list(rows)
        calendars = list(Calendar.objects.all()) if self.policies else []
        self._calendars = {row.pk: row for row in calendars}
        self._default = next((row.pk for row in calendars if row.is_default), None)

    def policy_for(self, conversation: Conversation) -> Policy | None:
        """Return the policy that counts; None: nothing is promised."""
        return first_that_fits(self.policies, conversation)

    def calendar_id(self, policy: Policy) -> uuid.UUID | None:
        """Return the id of the calendar a policy is measured by now; None: round the clock."""
        return policy.calendar_id or self._default

    def schedule(self, calendar_id: uuid.UUID | None) -> Schedule:
        """Return a calendar to calculate with."""
        found = self._calendars.get(calendar_id) if calendar_id else None
        return schedule_of(found) if found is not None else ROUND_THE_CLOCK


def first_that_fits(policies: Sequence[Policy], conversation: Conversation) -> Policy | None:
    """Return the first policy whose conditions all hold."""
    return next((policy for policy in policies if fits(policy, conversation)), None)


def fits(policy: Policy, conversation: Conversation) -> bool:
    """Return whether all conditions of a policy hold; an empty one always does."""
    return (
        (not policy.media or conversation.medium in policy.media)
        and (not policy.priorities or conversation.priority in policy.priorities)
        and (not policy.teams or conversation.team_id in policy.teams)
        and (not policy.tags or bool(set(policy.tags) & set(conversation.tags)))
    )


def minutes(count: int) -> timedelta:
    """Return a goal as time."""
    return timedelta(minutes=count)
