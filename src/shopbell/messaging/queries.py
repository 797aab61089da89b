"""Reads about messages."""

import base64
import binascii
import hmac
import uuid
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from shopbell.accounts.models import Store
from shopbell.kit.ids import keyed
from shopbell.messaging.models import Message
from shopbell.messaging.states import NOT_TOLD, TOLD


def counts_by_state(since: datetime) -> dict[str, int]:
    """Return how many messages created since a time are in each state."""
    rows = Message.objects.filter(created_at__gte=since).values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def told_by_kind(since: datetime) -> dict[str, tuple[int, int]]:
    """Return (told, decided not to tell) of each kind since a time, without tests and staff."""
    rows = (
        Message.objects.filter(created_at__gte=since)
        .exclude(origin__in=("test", "staff"))
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


def message_by_reply_token(store: Store, token: str) -> Message | None:
    """Return the message a reply address speaks of (see `envelopes.reply_token`), if it is true."""
    code, mac = token[:26], token[26:]
    try:
        key = uuid.UUID(bytes=base64.b32decode(f"{code.upper()}======"))
    except (binascii.Error, ValueError):
        return None
    wanted = keyed(store.link_key, "reply", str(key), length=10)
    if not hmac.compare_digest(mac.lower().encode(), wanted.encode()):
        return None
    return messages_with_people().filter(pk=key).first()


def messages_by_message_ids(ids: list[str]) -> list[Message]:
    """Return our messages among these Message-IDs (angle brackets included)."""
    return list(messages_with_people().filter(message_id__in=ids)) if ids else []
