"""Facts about what customers are after. Ids and plain values only."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("waiting.called", subject="customer_id")
@dataclass(frozen=True)
class WaitingCalled(Fact):
    """It is somebody's turn: what they wait for is in stock. `variant` is the shop's own id."""

    customer_id: uuid.UUID
    waiting_id: uuid.UUID
    product_id: uuid.UUID
    variant: str


@event("waiting.ended", subject="customer_id")
@dataclass(frozen=True)
class WaitingEnded(Fact):
    """Somebody waits no longer. `why`: bought or left."""

    customer_id: uuid.UUID
    waiting_id: uuid.UUID
    product_id: uuid.UUID
    variant: str
    why: str
