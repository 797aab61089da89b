"""Importing this room makes the worker read mails, end snoozes, mail unseen chats, send later.

It also does with many conversations what was asked for once, and has files looked through.
"""

from shopbell.connections.intake import Item
from shopbell.connections.lanes import Lane, open_lane
from shopbell.connections.models import Connection
from shopbell.conversations import continuation, scans, scheduled, snoozes
from shopbell.conversations.bulk import working
from shopbell.conversations.mail.reading import READERS, Found, headers_of, read_items
from shopbell.conversations.mail.stubs import leave_stub
from shopbell.conversations.mail.taking import take_mails
from shopbell.messaging.inbound.storing import TOPIC, trouble_of

__all__ = ["continuation", "scans", "scheduled", "snoozes", "working"]


def _surrender(connection: Connection, item: Item, note: str) -> None:
    """A mail that failed three times is shown as a stub; it may be what ended the worker."""
    _, raw = trouble_of(item.body)
    sentence = f"This mail could not be taken in: {note[:300]} The mail is kept."
    leave_stub(connection, item, Found(headers_of(raw), raw, sentence), sentence)


open_lane(Lane(TOPIC, read_items, take_mails, _surrender, at_end=READERS.close))
