"""Which connected account a message leaves from."""

from collections.abc import Collection

from shopbell.connections.models import Connection, ConnectionState
from shopbell.messaging.ports import CHANNELS, Medium

_AWAY = (ConnectionState.OFF, ConnectionState.REMOVED)


def chosen_inboxes(wanted: Collection[str]) -> dict[str, Connection]:
    """Return the accounts with these ids that can send, by id."""
    if not wanted:
        return {}
    rows = Connection.objects.filter(pk__in=wanted, family="channel").exclude(state__in=_AWAY)
    return {str(row.pk): row for row in rows if _sends(row)}


def inboxes() -> dict[Medium, Connection]:
    """Return the inbox used for each medium: a real one before a sandbox, the oldest first."""
    found: dict[Medium, Connection] = {}
    rows = Connection.objects.filter(family="channel").exclude(state__in=_AWAY)
    usable = [row for row in rows.order_by("created_at", "id") if _sends(row)]
    usable.sort(key=lambda row: CHANNELS.get(row.connector).capabilities.sandbox)
    for row in usable:
        found.setdefault(CHANNELS.get(row.connector).capabilities.medium, row)
    return found


def _sends(row: Connection) -> bool:
    """Whether an inbox can send; one that only listens answers through the store's other inbox."""
    if row.connector not in CHANNELS:
        return False
    return CHANNELS.get(row.connector).capabilities.can_send(row.settings)
