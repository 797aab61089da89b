"""Facts about permission: what a customer agreed to, was asked for, or took back."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("consent.changed", subject="customer_id")
@dataclass(frozen=True)
class ConsentChanged(Fact):
    """A permission was granted, asked for (`pending`) or withdrawn. No topic: the whole purpose.

    `dated`: whether it is known when that was. A list of subscribers may come without dates.
    """

    customer_id: uuid.UUID
    purpose: str
    channel: str
    action: str
    topic: str = ""
    dated: bool = True
