"""The log of facts read again, for looks back.

A newcomer's mistake: going by `occurred_at`. News may come late; what was known when is told by
`recorded_at`, and the order of the log is that of its ids.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from shopbell.events.models import Event
from shopbell.events.registry import Recorded, load


def count_since(names: Collection[str], since: datetime) -> int:
    """Return how many facts of these kinds were recorded since a moment."""
    return Event.objects.filter(name__in=names, recorded_at__gte=since).count()


def facts_since(
    names: Collection[str], since: datetime, *, after: int, limit: int
) -> list[tuple[Recorded[Any], datetime]]:
    """Return facts recorded since a moment, in their order, with when they were recorded."""
    rows = Event.objects.filter(name__in=names, recorded_at__gte=since, pk__gt=after)
    return [
        (Recorded(row.pk, row.store_id, row.occurred_at, load(row.name, row.data)), row.recorded_at)
        for row in rows.order_by("pk")[:limit]
    ]
