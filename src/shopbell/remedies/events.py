"""Facts about remedies. Ids and plain values only; amounts are minor units."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("remedy.asked", subject="remedy_id")
@dataclass(frozen=True)
class RemedyAsked(Fact):
    """Somebody asked for a remedy; it is queued, or waits for approval."""

    remedy_id: uuid.UUID
    order_id: uuid.UUID
    deed: str = ""
    amount: int = 0
    currency: str = ""
    waits: bool = False
    conversation_id: uuid.UUID | None = None


@event("remedy.approved", subject="remedy_id")
@dataclass(frozen=True)
class RemedyApproved(Fact):
    """Somebody with a higher limit agreed."""

    remedy_id: uuid.UUID
    order_id: uuid.UUID
    by_id: int | None = None


@event("remedy.declined", subject="remedy_id")
@dataclass(frozen=True)
class RemedyDeclined(Fact):
    """It was turned down, or taken back by who asked."""

    remedy_id: uuid.UUID
    order_id: uuid.UUID
    by_id: int | None = None


@event("remedy.done", subject="remedy_id")
@dataclass(frozen=True)
class RemedyDone(Fact):
    """The shop has done it."""

    remedy_id: uuid.UUID
    order_id: uuid.UUID
    deed: str = ""
    amount: int = 0
    currency: str = ""
    conversation_id: uuid.UUID | None = None


@event("remedy.failed", subject="remedy_id")
@dataclass(frozen=True)
class RemedyFailed(Fact):
    """The shop refused it, and nothing was done."""

    remedy_id: uuid.UUID
    order_id: uuid.UUID
    deed: str = ""
    conversation_id: uuid.UUID | None = None


@event("remedy.in_doubt", subject="remedy_id")
@dataclass(frozen=True)
class RemedyInDoubt(Fact):
    """Nobody can say whether the shop did it; a person has to look."""

    remedy_id: uuid.UUID
    order_id: uuid.UUID
    deed: str = ""
    conversation_id: uuid.UUID | None = None
