"""Keeping the clocks of conversations true: what is owed is read from what was said.

A newcomer's mistake: counting events. The same event may come twice, an answer may be undone, a
conversation merged: what is waited for is derived anew from the entries each time.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q

from shopbell.conversations.models import Conversation, EntryKind, Status
from shopbell.events.actions import emit
from shopbell.slas import clocks
from shopbell.slas.events import SlaBreached
from shopbell.slas.fitting import Promises, minutes
from shopbell.slas.models import Clock, Outcome, Policy, Target
from shopbell.web.live import announce

_FROZEN = (Status.PENDING, Status.SNOOZED)
_OVER = (Status.RESOLVED, Status.SPAM)
SAYING = timedelta(
    minutes=10
)  # the answer that tells the customer of it may come after it is noted

_ASKED = Q(kind=EntryKind.INCOMING, nature="")  # no bounces, no automatic answers
_ANSWERED = Q(kind=EntryKind.REPLY, nature="")


@dataclass(frozen=True, slots=True)
class Said:
    """When the customer asked and when a person answered."""

    first_asked: datetime | None
    last_answer: datetime | None
    waiting_since: datetime | None


def follow(
    ids: Iterable[uuid.UUID], *, at: datetime, status: str = "", promises: Promises | None = None
) -> None:
    """Bring the clocks of conversations up to date as of `at`, in the store in scope.

    `status` is what an event said it became then; without, the present one counts.
    """
    known = promises or Promises()
    rows = Conversation.objects.select_for_update().filter(pk__in=set(ids)).order_by("id")
    for row in rows:
        running = list(Clock.objects.select_for_update().filter(conversation=row).order_by("id"))
        if known.policies or any(each.ended_at is None for each in running):
            _Follower(row, running, known, at, status or row.status).follow()


def said_in(conversation: Conversation) -> Said:
    """Read who waits since when."""
    entries = conversation.entries
    times = entries.aggregate(
        first=Min("created_at", filter=_ASKED), last=Max("created_at", filter=_ANSWERED)
    )
    asked = entries.filter(_ASKED)
    if times["last"] is not None:
        asked = asked.filter(created_at__gt=times["last"])
    waiting = asked.aggregate(since=Min("created_at"))["since"]
    return Said(times["first"], times["last"], waiting)


class _Follower:
    """One conversation and its clocks at one moment."""

    def __init__(
        self,
        row: Conversation,
        all_clocks: Sequence[Clock],
        promises: Promises,
        at: datetime,
        status: str,
    ) -> None:
        self.row, self.clocks, self.promises, self.at = row, list(all_clocks), promises, at
        self.status = status
        self.policy = promises.policy_for(row)

    def follow(self) -> None:
        wanted = self._wanted()
        open_before = {each.pk for each in self.clocks if each.ended_at is None}
        for each in self.clocks:
            if each.ended_at is None and wanted.get(each.target) != each.started_at:
                self._end(each)
        for target, since in wanted.items():
            self._keep(target, since)
        # What ended is saved first: of each target one runs, and an old one may run again.
        for each in sorted(self.clocks, key=lambda each: each.ended_at is None):
            if each.ended_at is None:
                self._run_or_freeze(each)
            if each.ended_at is None or each.pk in open_before:
                each.save()
        show_due(self.row, self.clocks)

    def _wanted(self) -> dict[str, datetime]:
        """Return which targets are owed, and since when."""
        if self.row.merged_into_id is not None or self.status in _OVER:
            return {}
        said = said_in(self.row)
        wanted: dict[str, datetime] = {}
        if said.waiting_since is not None:
            target = Target.FIRST if said.last_answer is None else Target.NEXT
            wanted[target] = said.waiting_since
        if said.first_asked is not None:
            wanted[Target.RESOLUTION] = self._resolution_since(said.first_asked)
        news = self._news_owed()
        return wanted | ({Target.NEWS: news.started_at} if news else {})

    def _news_owed(self) -> Clock | None:
        """Return what a person promised last, unless it was kept or taken back."""
        mine = [each for each in self.clocks if each.target == Target.NEWS]
        last = max(mine, key=lambda each: each.started_at, default=None)
        if last is None or last.outcome == Outcome.DROPPED or self._answered_at(last):
            return None
        return last

    def _answered_at(self, found: Clock) -> datetime | None:
        since = found.started_at + (SAYING if found.target == Target.NEWS else timedelta(0))
        answers = self.row.entries.filter(_ANSWERED, created_at__gte=since)
        first: datetime | None = answers.aggregate(at=Min("created_at"))["at"]
        return first

    def _resolution_since(self, first_asked: datetime) -> datetime:
        """Return the beginning of the present round: what was resolved and reopened starts anew."""
        mine = [each for each in self.clocks if each.target == Target.RESOLUTION]
        running = next((each for each in mine if each.ended_at is None), None)
        if running is not None:
            return running.started_at
        return self.at if mine else first_asked

    def _keep(self, target: str, since: datetime) -> None:
        """See to it that a clock of this target runs by the policy that counts now."""
        goal = self.policy.goal(target) if self.policy is not None else None
        mine = [each for each in self.clocks if each.target == target]
        found = next((each for each in mine if each.started_at == since), None)
        if target == Target.NEWS:
            if found is not None and found.ended_at is not None:
                clocks.begin_again(found)
            return
        if self.policy is None or goal is None:
            if found is not None and found.ended_at is None:
                self._drop(found)
            return
        if found is None:
            self.clocks.append(self._new(target, since, self.policy, goal))
            return
        if found.ended_at is not None:
            clocks.begin_again(found)
        self._measure_by(found, self.policy, goal)

    def _new(self, target: str, since: datetime, policy: Policy, goal: int) -> Clock:
        made = Clock(
            conversation=self.row,
            target=target,
            policy=policy,
            calendar_id=self.promises.calendar_id(policy),
            goal=minutes(goal),
            started_at=since,
            spent=minutes(0),
            running_since=since,
        )
        return made

    def _measure_by(self, found: Clock, policy: Policy, goal: int) -> None:
        calendar = self.promises.calendar_id(policy)
        if (found.goal, found.calendar_id) != (minutes(goal), calendar):
            old, new = self.promises.schedule(found.calendar_id), self.promises.schedule(calendar)
            clocks.change(found, old=old, new=new, goal=minutes(goal), at=self.at)
            found.calendar_id = calendar
        found.policy = policy

    def _run_or_freeze(self, found: Clock) -> None:
        schedule = self.promises.schedule(found.calendar_id)
        if self.status in _FROZEN and found.target != Target.NEWS:
            clocks.freeze(found, schedule, self.at)
        else:
            clocks.run(found, schedule, self.at)

    def _end(self, found: Clock) -> None:
        if found.target == Target.RESOLUTION:
            if self.status == Status.RESOLVED and self.row.merged_into_id is None:
                self._finish(found, self.at)
            else:
                self._drop(found)
            return
        answered_at = self._answered_at(found)
        if answered_at is not None:
            self._finish(found, answered_at)
        else:
            self._drop(found)

    def _finish(self, found: Clock, at: datetime) -> None:
        """End a clock whose work is done; too late is told here if the sweep has not come by."""
        due_at = found.due_at
        clocks.end(found, self.promises.schedule(found.calendar_id), at, Outcome.MET)
        if found.outcome == Outcome.MISSED and found.breached_at is None and due_at is not None:
            found.breached_at = due_at
            emit(breach(found, due_at))

    def _drop(self, found: Clock) -> None:
        schedule = self.promises.schedule(found.calendar_id)
        clocks.end(found, schedule, self.at, Outcome.DROPPED)


def breach(found: Clock, due_at: datetime) -> SlaBreached:
    """Return the fact that a promise was broken."""
    return SlaBreached(
        conversation_id=found.conversation_id,
        target=found.target,
        due_at=due_at,
        policy_id=found.policy_id,
    )


def show_due(row: Conversation, all_clocks: Sequence[Clock]) -> None:
    """Write the next due time onto the conversation, where the list reads it."""
    due = [(each.due_at, each.target) for each in all_clocks if each.due_at is not None]
    due_at, target = min(due, default=(None, ""))
    if (row.due_at, row.due_for) == (due_at, target):
        return
    row.due_at, row.due_for = due_at, target
    row.save(update_fields=["due_at", "due_for"])
    announce(row.store_id, "conversations", row.pk)
