"""Importing this room makes the worker keep segments right."""

import time

from shopbell.accounts.models import Store
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.segments.membership import BATCH, PUMP, fill_profiles, rebuild, take_marks
from shopbell.segments.models import Mark, Segment
from shopbell.segments.profiles import refresh_oldest
from shopbell.segments.shipped import add_shipped

EVERY = 120.0  # seconds from one look for customers without a profile to the next
AT_ONCE = 20
_looked: dict[int, float] = {}


def run_segments() -> int:
    """Work off marks, segments that are due, and now and then what no news told of."""
    return _marks() or _due() or _mend()


def _marks() -> int:
    with unscoped("segments: which stores have marked customers"):
        stores = list(Mark.objects.order_by().values_list("store_id", flat=True).distinct()[:200])
    taken = 0
    for store_id in stores:
        with store_scope(store_id):
            taken += take_marks()
    return taken


def _due() -> int:
    with unscoped("segments: which are due"):
        due = Segment.objects.filter(due_at__lte=clock.now()).order_by("due_at", "pk")
        rows = list(due.values_list("pk", "store_id")[:AT_ONCE])
    for key, store_id in rows:
        with store_scope(store_id):
            rebuild(segment_id=key)
    return len(rows)


def _mend() -> int:
    """Give new stores their segments and old customers their profiles, a batch at a time."""
    done = 0
    for store_id in Store.objects.order_by("pk").values_list("pk", flat=True):
        if time.monotonic() - _looked.get(store_id, -EVERY) < EVERY:
            continue
        with store_scope(store_id):
            done_here = fill_profiles(BATCH) or refresh_oldest(BATCH)
            done += done_here + add_shipped()
        if done_here < BATCH:  # nothing is left here for a while
            _looked[store_id] = time.monotonic()
    return done


register(Pump(name=PUMP, run=run_segments, interval=2.0, rest=0.25))
