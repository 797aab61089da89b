"""What the desk tells the send gate: offers and surveys wait while a customer's matter is open.

Nobody who complains wants an offer meanwhile. What was said about an order, and what people write,
goes out as ever. Held messages are let go by `actions/waiting.py` when the matter is settled.
"""

from collections.abc import Sequence

from shopbell.conversations import in_segments
from shopbell.conversations.queries import open_conversations
from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN_CASE, WRITTEN

__all__ = ["in_segments"]

_CAN_WAIT = frozenset({"marketing", "survey"})


@rulings
def offers_wait_for_open_cases(messages: Sequence[Message]) -> Ruling | None:
    """Hold offers and surveys to whoever has an open conversation; one query for a batch."""
    people = {m.customer_id for m in messages if m.customer_id and _can_wait(m)}
    if not people:
        return None
    rows = open_conversations().filter(customer__in=people).order_by("-number")
    open_ones = dict(rows.values_list("customer_id", "number"))  # the oldest one stays

    def ruling(message: Message) -> tuple[Answer, str, str] | None:
        if message.customer_id is None or not _can_wait(message):
            return None
        number = open_ones.get(message.customer_id)
        if number is None:
            return None
        return Answer.HOLD, OPEN_CASE, f"Waits while conversation #{number} is open."

    return ruling if open_ones else None


def _can_wait(message: Message) -> bool:
    return message.purpose in _CAN_WAIT and message.origin not in WRITTEN | {"test"}
