"""Reads about messages."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from shopbell.messaging.models import Message
from shopbell.messaging.states import NOT_TOLD, TOLD


def counts_by_state(since: datetime) -> dict[str, int]:
    """Return how many messages created since a time are in each state."""
    rows = Message.objects.filter(created_at__gte=since).values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def told_by_kind(since: datetime) -> dict[str, tuple[int, int]]:
    """Return (told, decided not to tell) of each kind since a time; test sends do not count."""
    rows = (
        Message.objects.filter(created_at__gte=since)
        .exclude(origin="test")
        .values("kind")
        .annotate(
            told=Count("id", filter=Q(state__in=TOLD)),
            not_told=Count("id", filter=Q(state__in=NOT_TOLD)),
        )
    )
    return {row["kind"]: (row["told"], row["not_told"]) for row in rows}


def messages_with_people() -> QuerySet[Message]:
    """Return messages with what a list row shows, newest first."""
    return (
        Message.objects.select_related("customer", "order", "connection")
        .defer("html", "text", "order__payload")
        .order_by("-created_at", "-id")
    )
