"""Facts about calls."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from shopbell.events.registry import Fact, event


@event("call.ended", subject="conversation_id")
@dataclass(frozen=True)
class CallEnded(Fact):
    """A call is over, or was written down. `promised_at`: by when the customer is called back."""

    call_id: uuid.UUID
    conversation_id: uuid.UUID
    direction: str
    outcome: str
    promised_at: datetime | None = None
