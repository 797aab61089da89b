"""Talking to the platform about a comment, outside any transaction."""

import uuid

from shopbell.accounts.models import User
from shopbell.connections.queries import account_of
from shopbell.conversations.actions.comments import note_hiding
from shopbell.conversations.models import Entry
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ShopbellError, Temporary
from shopbell.messaging.ports import CHANNELS, Moderated

TRIES = 5
_WAITS = (5.0, 30.0, 120.0, 600.0)  # seconds


def hide_now(
    store_id: int, entry_id: uuid.UUID, *, hidden: bool, by_id: str, tried: int
) -> float | None:
    """Hide or show a comment and note it; returns the seconds to wait before another try."""
    with store_scope(store_id):
        rows = Entry.objects.select_related("thread__inbox__store")
        entry = rows.filter(pk=entry_id).first()
        inbox = entry.thread.inbox if entry is not None and entry.thread is not None else None
        if entry is None or inbox is None or entry.data.get("hiding") is not hidden:
            return None  # gone, or somebody asked for the opposite meanwhile
        comment = str(entry.data["provider_id"])
    trouble = ""
    try:
        channel = CHANNELS.get(inbox.connector)
        assert isinstance(channel, Moderated)
        channel.hide(account_of(inbox, inbox.store), comment, hidden)
    except Temporary as error:
        if tried + 1 < TRIES:
            return error.retry_after or _WAITS[tried]
        trouble = error.message
    except ShopbellError as error:
        trouble = error.message
    with store_scope(store_id):
        by = User.objects.filter(pk=by_id).first() if by_id else None
        note_hiding(entry_id=entry_id, hidden=hidden, by=by, trouble=trouble)
    return None
