"""Facts about promises."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from shopbell.events.registry import Fact, event


@event("sla.warned", subject="conversation_id")
@dataclass(frozen=True)
class SlaWarned(Fact):
    """A promise is about to be broken. `target`: first, next, resolution or news."""

    conversation_id: uuid.UUID
    target: str
    due_at: datetime
    policy_id: uuid.UUID | None = None


@event("sla.breached", subject="conversation_id")
@dataclass(frozen=True)
class SlaBreached(Fact):
    """A promise was broken."""

    conversation_id: uuid.UUID
    target: str
    due_at: datetime
    policy_id: uuid.UUID | None = None
