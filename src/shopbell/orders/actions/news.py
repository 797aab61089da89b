"""Collects what is news while a batch is written, and emits it once at the end.

`historic` batches (an import of old orders) write states but announce nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

from shopbell.events.actions import emit_many
from shopbell.events.registry import Fact


@dataclass(slots=True)
class News:
    """Facts found in one batch."""

    historic: bool = False
    facts: list[tuple[Fact, datetime | None]] = field(default_factory=list)

    def add(self, fact: Fact, at: datetime | None = None) -> None:
        """Note a fact that happened `at` (None: now)."""
        if not self.historic:
            self.facts.append((fact, at))

    def emit(self) -> None:
        """Write all noted facts to the log."""
        emit_many(self.facts)
        self.facts = []
