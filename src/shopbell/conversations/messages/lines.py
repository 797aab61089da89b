"""The line a message belongs to: one for each person and inbox, one for each public comment."""

from collections.abc import Sequence

from shopbell.connections.models import Connection
from shopbell.conversations.models import PUBLIC_MARK, Thread
from shopbell.messaging.ports import Written, WrittenKind


def line_key(connection: Connection, written: Written) -> str:
    """Return the external key of the thread of a message."""
    if written.kind == WrittenKind.COMMENT:
        return f"{connection.pk.hex}{PUBLIC_MARK}{written.thread or written.provider_id}"[:200]
    return person_key(connection, written.sender)


def person_key(connection: Connection, address: str) -> str:
    """Return the external key of what is written between one person and one inbox."""
    return f"{connection.pk.hex}:{address}"[:200]


def entry_name(connection: Connection, provider_id: str) -> str:
    """Return the name under which an entry of this message exists once."""
    return f"{connection.connector}/{connection.slug}:{provider_id}"[:400]


def threads_by_key(medium: str, keys: Sequence[str]) -> dict[str, Thread]:
    """Return the threads there are already."""
    rows = Thread.objects.select_related("conversation", "conversation__customer")
    return {row.external_key: row for row in rows.filter(medium=medium, external_key__in=keys)}
