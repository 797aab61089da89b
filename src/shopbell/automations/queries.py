"""Reads: rules in their order, what they did, what they would do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Prefetch

from shopbell.accounts.models import Store, User
from shopbell.automations.asked import GroupFinding, look
from shopbell.automations.models import CaseChecklist, Macro, Rule, Run, Step
from shopbell.automations.running import Outcome, Stored, would_do
from shopbell.automations.sentences import say_actions, say_groups, say_trigger
from shopbell.conversations.models import Conversation
from shopbell.conversations.rulebook import TRIGGERS, Case
from shopbell.kit import clock
from shopbell.kit.errors import NotFound

RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the list: its sentence, and what it did in the last seven days."""

    rule: Rule
    begins: str
    asks: str
    does: str
    runs: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would do with a conversation, and why."""

    conversation: Conversation
    trigger: str  # a remark on when it would begin
    begins: bool
    groups: list[GroupFinding]
    outcomes: list[Outcome]

    @property
    def fits(self) -> bool:
        """Whether the rule would run."""
        return self.begins and all(group.holds for group in self.groups)


def rule_lines() -> list[RuleLine]:
    """Return the rules of the store in scope, in the order in which they run."""
    recent = Run.objects.filter(at__gt=clock.now() - RECENT).values("rule_id")
    counted = {
        row["rule_id"]: (row["runs"], row["last"])
        for row in recent.annotate(runs=Count("id"), last=Max("at")).order_by()
    }
    return [
        RuleLine(
            rule,
            say_trigger(rule.trigger, rule.after_minutes),
            say_groups(rule.conditions),
            say_actions(rule.actions),
            *counted.get(rule.pk, (0, None)),
        )
        for rule in Rule.objects.order_by("position", "id")
    ]


def rule_by_id(key: uuid.UUID) -> Rule:
    """Return a rule of the store in scope.

    Raises:
        NotFound: there is none.
    """
    row = Rule.objects.select_related("changed_by").filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such rule.", remedy="It may have been thrown away.")
    return row


def runs_of(rule: Rule, limit: int = 30) -> list[Run]:
    """Return the last runs of a rule, newest first."""
    return list(rule.runs.select_related("conversation").order_by("-at")[:limit])


def runs_in(conversation: Conversation, limit: int = 8) -> list[Run]:
    """Return what rules did in a conversation, newest first."""
    rows = Run.objects.filter(conversation=conversation).select_related("rule")
    return list(rows.order_by("-at")[:limit])


def conversations_to_try(limit: int = 30) -> list[Conversation]:
    """Return conversations a rule can be tried on, the last ones first."""
    rows = Conversation.objects.filter(merged_into=None).select_related("customer")
    return list(rows.order_by("-last_message_at", "-id")[:limit])


def macro_by_id(key: uuid.UUID) -> Macro:
    """Return a macro of the store in scope.

    Raises:
        NotFound: there is none.
    """
    row = Macro.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such macro.", remedy="It may have been thrown away.")
    return row


def macros() -> list[tuple[Macro, str]]:
    """Return the macros of the store in scope by name, each with its sentence."""
    return [(row, say_actions(row.actions)) for row in Macro.objects.order_by("name")]


def preview(store: Store, macro: Macro, conversation: Conversation, by: User) -> list[Outcome]:
    """Return what a macro would do with a conversation; nothing is changed."""
    return would_do(macro.actions, Case(store, conversation, by=by))


def checklists_on(conversation: Conversation) -> list[CaseChecklist]:
    """Return the checklists of a conversation with their steps, the first added first."""
    steps = Prefetch("steps", queryset=Step.objects.select_related("done_by").order_by("position"))
    rows = CaseChecklist.objects.filter(conversation=conversation).prefetch_related(steps)
    return list(rows.order_by("added_at", "id"))


def try_on(
    store: Store,
    conversation: Conversation,
    *,
    name: str,
    trigger: str,
    after_minutes: int,
    groups: Sequence[Stored],
    actions: Sequence[Stored],
) -> Trial:
    """Return what a rule would do with a conversation as it stands now; nothing is changed."""
    case = Case(store, conversation, origin=f"rule “{name}”")
    begins, remark = _beginning(trigger, after_minutes, case)
    return Trial(conversation, remark, begins, look(groups, case), would_do(actions, case))


def _beginning(key: str, after_minutes: int, case: Case) -> tuple[bool, str]:
    trigger = TRIGGERS.get(key)
    if trigger is None:
        return False, "Nothing begins it."
    said = say_trigger(key, after_minutes)
    if trigger.since is None:
        return True, f"Looked at as if this happened now: {said}."
    since = trigger.since(case.conversation)
    if since is None:
        return False, f"This does not hold now: {said}."
    waited = case.now - since
    if waited < timedelta(minutes=after_minutes):
        at = since + timedelta(minutes=after_minutes)
        return False, f"It is not time yet; it would look at {at:%Y-%m-%d %H:%M} UTC."
    return True, f"This holds: {said}."
