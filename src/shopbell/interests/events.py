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


@event("product.viewed", subject="customer_id")
@dataclass(frozen=True)
class ProductViewed(Fact):
    """Somebody known looked at a product in the shop."""

    customer_id: uuid.UUID
    product_id: uuid.UUID
    variant: str


@event("interest.price_dropped", subject="customer_id")
@dataclass(frozen=True)
class PriceDropped(Fact):
    """Something that somebody looked at or left in a cart costs less, by so many percent.

    Amounts in minor units.
    """

    customer_id: uuid.UUID
    product_id: uuid.UUID
    variant: str
    price: int
    previous: int
    percent: int
    was_in_cart: bool


@event("waiting.ended", subject="customer_id")
@dataclass(frozen=True)
class WaitingEnded(Fact):
    """Somebody waits no longer. `why`: bought or left."""

    customer_id: uuid.UUID
    waiting_id: uuid.UUID
    product_id: uuid.UUID
    variant: str
    why: str
