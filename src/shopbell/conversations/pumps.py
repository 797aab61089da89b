"""Importing this room makes the worker read mails, end snoozes, mail unseen chats, send later.

It also does with many conversations what was asked for once, and has files looked through.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from shopbell.connections.intake import Item
from shopbell.connections.lanes import Lane, open_lane
from shopbell.connections.models import Connection
from shopbell.conversations import continuation, scans, scheduled, snoozes, waiting
from shopbell.conversations.bulk import working
from shopbell.conversations.mail.reading import READERS, Found, headers_of, read_items
from shopbell.conversations.mail.stubs import leave_stub
from shopbell.conversations.mail.taking import take_mails
from shopbell.conversations.messages.fetching import fetch_files
from shopbell.conversations.messages.taking import leave_unread, take_written
from shopbell.messaging.inbound import written
from shopbell.messaging.inbound.storing import TOPIC, trouble_of

__all__ = ["continuation", "scans", "scheduled", "snoozes", "waiting", "working"]


def _surrender(connection: Connection, item: Item, note: str) -> None:
    """A mail that failed three times is shown as a stub; it may be what ended the worker."""
    _, raw = trouble_of(item.body)
    sentence = f"This mail could not be taken in: {note[:300]} The mail is kept."
    leave_stub(connection, item, Found(headers_of(raw), raw, sentence), sentence)


def _read(store_id: int, connection_id: Any, items: Sequence[Item]) -> Iterable[Found]:
    return read_items(items)


open_lane(Lane(TOPIC, _read, take_mails, _surrender, at_end=READERS.close))
open_lane(Lane(written.TOPIC, fetch_files, take_written, leave_unread))
