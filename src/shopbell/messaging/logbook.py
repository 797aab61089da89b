"""The history of each message, in words for people."""

from shopbell.kit import clock
from shopbell.messaging.models import Message, MessageLog


def write_log(message: Message, state: str, text: str, event_id: str = "") -> None:
    """Add a line to a message's history."""
    MessageLog.objects.bulk_create(
        [
            MessageLog(
                message=message, state=state, text=text[:1000], event_id=event_id, at=clock.now()
            )
        ],
        ignore_conflicts=True,
    )
