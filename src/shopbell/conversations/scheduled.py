"""Scheduled answers leave by themselves. The sweep is one look at a small index."""

import structlog

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.actions.scheduling import hold_entry, send_scheduled
from shopbell.conversations.models import Entry, EntryKind
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import ShopbellError

log = structlog.get_logger()
BATCH = 100


def run_scheduled() -> int:
    """Send what is due; returns how many answers that were."""
    with unscoped("which answers were scheduled for now"):
        due = Entry.objects.filter(kind=EntryKind.SCHEDULED, due_at__lte=clock.now())
        rows = list(due.order_by("due_at").values_list("store_id", "id")[:BATCH])
    for store_id, entry_id in rows:
        try:
            with store_scope(store_id):
                send_scheduled(store=store_by_id(store_id), entry_id=entry_id)
        except ShopbellError as error:
            log.warning("scheduled.held", entry=str(entry_id), error=str(error)[:300])
            with store_scope(store_id):
                hold_entry(entry_id=entry_id, reason=f"It could not be sent: {error.message}")
    return len(rows)


register(Pump(name="scheduled", run=run_scheduled, interval=5.0))
