"""The plan of a message over several channels: what comes next, how long to wait, its end."""

from datetime import datetime
from typing import TYPE_CHECKING

from shopbell.kit import clock
from shopbell.messaging.logbook import write_log
from shopbell.messaging.models import Message
from shopbell.messaging.ports import able_with
from shopbell.messaging.states import State
from shopbell.messaging.titles import medium_name

if TYPE_CHECKING:
    from shopbell.messaging.gate import Route

_STOPPABLE = (State.QUEUED, State.CLAIMED, State.HELD)
_STOPPED = ["state", "reason", "reason_text", "closed_at", "lease_until", "fallback_at"]


def media_after(message: Message) -> list[str]:
    """Return the channels of a message's plan that come after the one it went by."""
    if message.medium not in message.media:
        return []
    return list(message.media[message.media.index(message.medium) + 1 :])


def patience(message: Message, route: "Route") -> int | None:
    """Return how many seconds to wait for "delivered" on a route; None: for ever.

    Where no receipts come, silence says nothing.
    """
    minutes = message.waits.get(str(route.medium))
    able = able_with(route.connection.connector, route.connection.settings)
    told = able.tells_delivery(route.connection.settings)
    if not minutes or not told or not media_after(message):
        return None
    return int(minutes) * 60


def close_plan(message: Message, at: datetime) -> None:
    """It has arrived: what would have told it again is not sent any more (itself not saved)."""
    message.fallback_at = None
    name = medium_name(message.medium)
    said = f"It arrived by {name} after all ({at:%-d %b, %H:%M} UTC), so this is not needed."
    _stop_after(message, said)


def _stop_after(message: Message, said: str) -> None:
    for row in Message.objects.select_for_update().filter(tried_before=message):
        row.fallback_at = None
        if row.state in _STOPPABLE:
            row.state, row.reason, row.reason_text = State.SKIPPED, "arrived_before", said
            row.closed_at, row.lease_until = clock.now(), None
            write_log(row, row.state, said)
        row.save(update_fields=_STOPPED)
        _stop_after(row, said)


def fail_over(message: Message) -> None:
    """It did not arrive: the next channel is tried at once (not saved)."""
    if message.origin == "rule" and media_after(message):
        message.fallback_at = clock.now()
