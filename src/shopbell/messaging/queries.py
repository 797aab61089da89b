"""Reads about messages."""

from datetime import datetime

from django.db.models import Count, QuerySet

from shopbell.messaging.models import Message


def counts_by_state(since: datetime) -> dict[str, int]:
    """Return how many messages created since a time are in each state."""
    rows = Message.objects.filter(created_at__gte=since).values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def messages_with_people() -> QuerySet[Message]:
    """Return messages with what a list row shows, newest first."""
    return (
        Message.objects.select_related("customer", "order", "connection")
        .defer("html", "text", "order__payload")
        .order_by("-created_at", "-id")
    )
