"""Keeping the clocks of conversations true: what is owed is read from what was said.

A newcomer's mistake: counting events. The same event may come twice, an answer may be undone, a
conversation merged: what is waited for is derived anew from the entries each time.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from shopbell.conversations.models import Conversation, Status
from shopbell.events.actions import emit_many
from shopbell.kit.db.bulk import update_objects
from shopbell.slas import clocks
from shopbell.slas.events import SlaBreached
from shopbell.slas.fitting import Promises, minutes
from shopbell.slas.models import Clock, Outcome, Policy, Target
from shopbell.slas.said import NOTHING, Said, answers_to, said_in
from shopbell.web.live import announce

_FROZEN = (Status.PENDING, Status.SNOOZED)
_OVER = (Status.RESOLVED, Status.SPAM)
_READ = (
    "store",
    "status",
    "medium",
    "priority",
    "team",
    "tags",
    "merged_into",
    "due_at",
    "due_for",
)
_KEPT = [field.attname for field in Clock._meta.concrete_fields]


def follow(
    ids: Iterable[uuid.UUID], *, at: datetime, status: str = "", promises: Promises | None = None
) -> None:
    """Bring the clocks of conversations up to date as of `at`, in the store in scope.

    `status` is what an event said it became then; without, the present one counts.
    """
    keys = set(ids)
    said = dict.fromkeys(keys, status) if status else {}
    follow_all(dict.fromkeys(keys, at), statuses=said, promises=promises)


def follow_all(
    moments: Mapping[uuid.UUID, datetime],
    *,
    statuses: Mapping[uuid.UUID, str] | None = None,
    promises: Promises | None = None,
) -> None:
    """Bring the clocks of many conversations up to date, each as of its moment.

    Needs a few statements, however many there are; one when nothing is promised to any of them.
    """
    known = promises or Promises()
    if not known.policies:
        running = Clock.objects.filter(  # news count without a policy, and may be owed again
            Q(ended_at=None) | Q(target=Target.NEWS), conversation_id__in=moments
        )
        kept = set(running.values_list("conversation_id", flat=True))
        moments = {key: at for key, at in moments.items() if key in kept}
    if not moments:
        return
    # In one order, so that two workers never wait crosswise.
    locked = Conversation.objects.select_for_update(no_key=True).filter(pk__in=moments)
    rows = list(locked.only(*_READ).order_by("id"))
    found = _clocks_of(rows)
    said = said_in([row.pk for row in rows])
    open_or_news = (
        each
        for group in found.values()
        for each in group
        if each.ended_at is None or each.target == Target.NEWS
    )
    answers = answers_to(list(open_or_news))
    followers = [
        _Follower(
            row,
            found.get(row.pk, []),
            known,
            at=moments[row.pk],
            status=(statuses or {}).get(row.pk) or row.status,
            said=said.get(row.pk, NOTHING),
            answers=answers,
        )
        for row in rows
    ]
    for follower in followers:
        follower.follow()
    _save(followers)


def _clocks_of(rows: Sequence[Conversation]) -> dict[uuid.UUID, list[Clock]]:
    found: dict[uuid.UUID, list[Clock]] = {}
    locked = Clock.objects.select_for_update(no_key=True).filter(conversation__in=rows)
    for each in locked.order_by("id"):
        found.setdefault(each.conversation_id, []).append(each)
    return found


class _Follower:
    """One conversation and its clocks at one moment. Changes the objects; nothing is saved here."""

    def __init__(
        self,
        row: Conversation,
        all_clocks: Sequence[Clock],
        promises: Promises,
        *,
        at: datetime,
        status: str,
        said: Said,
        answers: Mapping[uuid.UUID, datetime],
    ) -> None:
        self.row, self.clocks, self.promises, self.at = row, list(all_clocks), promises, at
        self.status, self.said, self._answers = status, said, answers
        self.policy = promises.policy_for(row)
        self.breaches: list[SlaBreached] = []
        self._before = {each.pk: _state(each) for each in self.clocks}

    def follow(self) -> None:
        wanted = self._wanted()
        for each in self.clocks:
            if each.ended_at is None and wanted.get(each.target) != each.started_at:
                self._end(each)
        for target, since in wanted.items():
            self._keep(target, since)
        for each in self.clocks:
            if each.ended_at is None:
                self._run_or_freeze(each)

    def added(self) -> list[Clock]:
        """Return the clocks that are new."""
        return [each for each in self.clocks if each.pk not in self._before]

    def changed(self) -> list[Clock]:
        """Return the clocks that are kept already and are another now."""
        known = (each for each in self.clocks if each.pk in self._before)
        return [each for each in known if _state(each) != self._before[each.pk]]

    def shows_due(self) -> bool:
        """Write the next due time onto the conversation, where the list reads it."""
        due = [(each.due_at, each.target) for each in self.clocks if each.due_at is not None]
        due_at, target = min(due, default=(None, ""))
        if (self.row.due_at, self.row.due_for) == (due_at, target):
            return False
        self.row.due_at, self.row.due_for = due_at, target
        return True

    def _wanted(self) -> dict[str, datetime]:
        """Return which targets are owed, and since when."""
        if self.row.merged_into_id is not None or self.status in _OVER:
            return {}
        wanted: dict[str, datetime] = {}
        if self.said.waiting_since is not None:
            target = Target.FIRST if self.said.last_answer is None else Target.NEXT
            wanted[target] = self.said.waiting_since
        if self.said.first_asked is not None:
            wanted[Target.RESOLUTION] = self._resolution_since(self.said.first_asked)
        news = self._news_owed()
        return wanted | ({Target.NEWS: news.started_at} if news else {})

    def _news_owed(self) -> Clock | None:
        """Return what a person promised last, unless it was kept or taken back."""
        mine = [each for each in self.clocks if each.target == Target.NEWS]
        last = max(mine, key=lambda each: each.started_at, default=None)
        if last is None or last.outcome == Outcome.DROPPED or last.pk in self._answers:
            return None
        return last

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
        return Clock.fresh(
            conversation_id=self.row.pk,
            target=target,
            policy_id=policy.pk,
            calendar_id=self.promises.calendar_id(policy),
            goal=minutes(goal),
            started_at=since,
            spent=minutes(0),
            running_since=since,
        )

    def _measure_by(self, found: Clock, policy: Policy, goal: int) -> None:
        calendar = self.promises.calendar_id(policy)
        if (found.goal, found.calendar_id) != (minutes(goal), calendar):
            old, new = self.promises.schedule(found.calendar_id), self.promises.schedule(calendar)
            clocks.change(found, old=old, new=new, goal=minutes(goal), at=self.at)
            found.calendar_id = calendar
        found.policy_id = policy.pk

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
        answered_at = self._answers.get(found.pk)
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
            self.breaches.append(breach(found, due_at))

    def _drop(self, found: Clock) -> None:
        schedule = self.promises.schedule(found.calendar_id)
        clocks.end(found, schedule, self.at, Outcome.DROPPED)


def _state(found: Clock) -> list[object]:
    return [getattr(found, name) for name in _KEPT]


def _save(followers: Sequence[_Follower]) -> None:
    """Write down what became of the clocks, and what the list shows of them."""
    emit_many([(fact, None) for each in followers for fact in each.breaches])
    changed = [found for each in followers for found in each.changed()]
    # What ended is saved first: of each target one runs, and an old one may run again.
    update_objects([each for each in changed if each.ended_at is not None])
    update_objects([each for each in changed if each.ended_at is None])
    Clock.objects.bulk_create([found for each in followers for found in each.added()])
    shown = [each.row for each in followers if each.shows_due()]
    update_objects(shown, ["due_at", "due_for"])
    for row in shown:
        announce(row.store_id, "conversations", row.pk)


def breach(found: Clock, due_at: datetime) -> SlaBreached:
    """Return the fact that a promise was broken."""
    return SlaBreached(
        conversation_id=found.conversation_id,
        target=found.target,
        due_at=due_at,
        policy_id=found.policy_id,
    )
