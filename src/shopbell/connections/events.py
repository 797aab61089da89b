"""Facts about connected accounts."""

import uuid
from dataclasses import dataclass

from shopbell.events.registry import Fact, event


@event("connection.saved", subject="connection_id")
@dataclass(frozen=True)
class ConnectionSaved(Fact):
    """An account was connected, or its settings changed."""

    connection_id: uuid.UUID
    family: str
