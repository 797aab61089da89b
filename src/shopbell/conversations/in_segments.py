"""What segments can ask about conversations, and the news after which they ask again."""

from collections.abc import Sequence
from typing import Any

from shopbell.conversations.events import (
    ConversationMerged,
    ConversationRegrouped,
    ConversationStarted,
    ConversationUnmerged,
    StatusChanged,
)
from shopbell.conversations.models import Conversation, Status
from shopbell.events.registry import Recorded, on
from shopbell.segments.actions import mark_customers
from shopbell.segments.vocabulary import Asked, Clause, Kind, Values, register_condition

FACTS = "conversations"
_OPEN = [Status.OPEN.value, Status.PENDING.value, Status.SNOOZED.value]  # as `open_conversations`


def _open_conversation(values: Values, asked: Asked) -> Clause:
    narrowed = asked.narrowed("c.customer_id")
    return Clause(
        "EXISTS (SELECT 1 FROM conversations_conversation c WHERE c.store_id = %s"
        " AND c.customer_id = p.customer_id AND c.status = ANY(%s) AND c.merged_into_id IS NULL"
        f"{narrowed.sql})",
        (asked.store_id, _OPEN, *narrowed.told),
        exists=True,
    )


register_condition(
    Kind(
        key="open_conversation",
        label="Open conversation",
        group="What happened",
        facts=frozenset({FACTS}),
        sql=_open_conversation,
        says=lambda values, negated: f"has {'no' if negated else 'an'} open conversation",
        opposite=("has one", "has none"),
    )
)


@on(
    ConversationStarted,
    StatusChanged,
    ConversationMerged,
    ConversationUnmerged,
    ConversationRegrouped,
)
def mark_for_segments(batch: Sequence[Recorded[Any]]) -> None:
    """Have segments look at the people of these conversations again."""
    keys = {item.fact.conversation_id for item in batch}
    for name in ("into_id", "from_id", "other_id"):
        keys |= {getattr(item.fact, name) for item in batch if hasattr(item.fact, name)}
    rows = Conversation.objects.filter(pk__in=keys, customer__isnull=False)
    mark_customers(customers=set(rows.values_list("customer_id", flat=True)), facts={FACTS})
