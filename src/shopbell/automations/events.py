"""Facts about rules. Ids and plain values only."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("rule.due", subject="conversation_id")
@dataclass(frozen=True)
class RuleDue(Fact):
    """The time of a time rule has come for a conversation."""

    conversation_id: uuid.UUID
    rule_id: uuid.UUID


@event("rule.switched_on", subject="rule_id")
@dataclass(frozen=True)
class RuleSwitchedOn(Fact):
    """A rule was switched on, or changed while it is on."""

    rule_id: uuid.UUID
