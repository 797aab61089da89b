"""All events that rules may begin with lead here."""

from collections.abc import Sequence

from shopbell.automations.actions import carry_back, carry_over
from shopbell.automations.engine import react
from shopbell.automations.events import RuleDue, RuleSwitchedOn
from shopbell.automations.waits import plan_rules, plan_waits
from shopbell.conversations.events import (
    ConversationMerged,
    ConversationRegrouped,
    ConversationUnmerged,
)
from shopbell.conversations.rulebook import TRIGGERS
from shopbell.events.registry import Fact, Recorded, on


def run_rules(batch: Sequence[Recorded[Fact]]) -> None:
    """Run the rules that fit, and note when time rules look next."""
    react(batch)
    plan_waits([each.fact.conversation_id for each in batch])  # type: ignore[attr-defined]


# The rooms `rules.py` of all packages have been imported by now.
for _kind in {trigger.event for trigger in TRIGGERS.values() if trigger.event is not None}:
    on(_kind)(run_rules)
on(RuleDue)(run_rules)


@on(ConversationMerged)
def move_checklists(batch: Sequence[Recorded[ConversationMerged]]) -> None:
    """Let checklists go where their conversation went."""
    for each in batch:
        carry_over(from_id=each.fact.conversation_id, into_id=each.fact.into_id)


@on(ConversationUnmerged)
def bring_checklists_back(batch: Sequence[Recorded[ConversationUnmerged]]) -> None:
    """Let checklists come back with their conversation, and time rules look at it again."""
    for each in batch:
        carry_back(from_id=each.fact.from_id, into_id=each.fact.conversation_id)
        plan_waits([each.fact.conversation_id, each.fact.from_id])


@on(ConversationRegrouped)
def plan_for_both(batch: Sequence[Recorded[ConversationRegrouped]]) -> None:
    """Note when time rules look at both next."""
    plan_waits([key for each in batch for key in (each.fact.conversation_id, each.fact.other_id)])


@on(RuleSwitchedOn)
def plan_what_waits(batch: Sequence[Recorded[RuleSwitchedOn]]) -> None:
    """Note for conversations that are there already when a time rule looks at them."""
    plan_rules({each.fact.rule_id for each in batch})
