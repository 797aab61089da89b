"""Facts about what customers said. Ids and plain values only."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("check.answered", subject="customer_id")
@dataclass(frozen=True)
class CheckAnswered(Fact):
    """A customer answered the check after delivery, or answered it anew.

    `comment` is the beginning of what they wrote; all of it is with the check. Who ordered as a
    guest may be no customer.
    """

    check_id: uuid.UUID
    customer_id: uuid.UUID | None
    order_id: uuid.UUID | None
    good: bool
    comment: str = ""
