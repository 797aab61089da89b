"""What segments are called and money is in, for journeys in words.

A newcomer's mistake: looking a name up for each step. `names_now` reads all of them at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopbell.accounts.models import Store
from shopbell.connections.postings import receivers
from shopbell.journeys.steps import If
from shopbell.kit.db.scope import current_store_id
from shopbell.segments.queries import segments
from shopbell.segments.words import say


@dataclass(frozen=True, slots=True)
class Names:
    """What segments and programs are called, by id and key, and in which money amounts are."""

    segments: Mapping[str, str] = field(default_factory=dict)
    currency: str = "EUR"
    receivers: Mapping[str, str] = field(default_factory=dict)

    def question(self, step: If) -> str:
        """Return what a step asks, to go on after "the customer": `is in “Lapsed”`."""
        if step.tree is not None:
            return say(step.tree, currency=self.currency, names=self.segments)
        return f"is in “{self.segment(step.segment)}”"

    def receiver(self, slug: str) -> str:
        """Return what a program of the merchant's own is called."""
        return f"“{self.receivers[slug]}”" if slug in self.receivers else "a program that is gone"

    def segment(self, name: str) -> str:
        """Return what a segment is called."""
        return self.segments.get(name, "a segment that is gone")


def names_now() -> Names:
    """Return the names of the store in scope."""
    found: dict[str, str] = {}
    for row in segments().only("pk", "key", "name"):
        found[str(row.pk)] = row.name
        if row.key:
            found[row.key] = row.name
    told = {row.slug: row.name or row.slug for row in receivers()}
    return Names(found, Store.objects.get(pk=current_store_id()).currency, told)
