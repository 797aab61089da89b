"""Importing this room makes the worker count days of sending."""

import time

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.events.pump import Pump, claim, register, stopping
from shopbell.kit.db.scope import store_scope
from shopbell.results.counting import PUMP, add_days, count_day

EVERY = 60.0  # seconds from one look for new days to the next
_AT_ONCE = 10
_LEASE = 300
_looked: dict[int, float] = {}


def run_results() -> int:
    """Count some days that are due."""
    rows = claim(
        table="results_day",
        columns="t.id, t.store_id, t.attempts",
        where="true",
        limit=_AT_ONCE,
        lease_seconds=_LEASE,
    )
    for key, store_id, fence in rows:
        if stopping.is_set():
            break
        with store_scope(store_id):
            count_day(store_by_id(store_id), key, fence)
    return len(rows) or _new_days()


def _new_days() -> int:
    added = 0
    for store in Store.objects.order_by("pk"):
        if time.monotonic() - _looked.get(store.pk, -EVERY) < EVERY:
            continue
        with store_scope(store.pk):
            added += add_days(store)
        _looked[store.pk] = time.monotonic()
    return added


register(Pump(name=PUMP, run=run_results, interval=2.0))
