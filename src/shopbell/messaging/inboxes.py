"""Which connected account a message leaves from."""

from collections.abc import Iterable

from shopbell.connections.models import Connection, ConnectionState
from shopbell.messaging.ports import CHANNELS, Medium

_AWAY = (ConnectionState.OFF, ConnectionState.REMOVED)


def inboxes() -> dict[Medium, Connection]:
    """Return the inbox used for each medium: a real one before a sandbox, the oldest first."""
    return first_of_each(sending_inboxes())


def first_of_each(usable: Iterable[Connection]) -> dict[Medium, Connection]:
    """Return the inbox used for each medium among those that can send."""
    found: dict[Medium, Connection] = {}
    for row in usable:
        found.setdefault(CHANNELS.get(row.connector).capabilities.medium, row)
    return found


def sending_inboxes() -> list[Connection]:
    """Return every inbox that can send: real ones before sandboxes, the oldest first."""
    rows = Connection.objects.filter(family="channel").exclude(state__in=_AWAY)
    usable = [row for row in rows.order_by("created_at", "id") if _sends(row)]
    usable.sort(key=lambda row: CHANNELS.get(row.connector).capabilities.sandbox)
    return usable


def _sends(row: Connection) -> bool:
    """Whether an inbox can send; one that only listens answers through the store's other inbox."""
    if row.connector not in CHANNELS:
        return False
    return CHANNELS.get(row.connector).capabilities.can_send(row.settings)
