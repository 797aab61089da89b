"""So many messages a second for an inbox, among all threads, workers and machines together.

The place in line is one row for each inbox in PostgreSQL, moved by one statement for each chunk of
messages. A newcomer's mistake: counting in the process. Two workers then send twice as fast.
"""

import threading
import time
import uuid
from collections import defaultdict
from typing import Any

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope

URGENT_SECONDS = 0.3  # for what somebody waits for
LONGEST_SECONDS = 1.0  # who would have to wait for longer lets others have the thread
# Chunks do not leave at even steps; what is kept below the limit makes up for that.
_SHARE = 0.9
_FINE = 10  # chunks a second, at least

_TAKE = """
    INSERT INTO messaging_pace AS p (id, store_id, connection_id, free_at)
    VALUES (gen_random_uuid(), %(store)s, %(inbox)s,
        clock_timestamp() + make_interval(secs => %(cost)s))
    ON CONFLICT (store_id, connection_id) DO UPDATE SET
        free_at = greatest(p.free_at, clock_timestamp()) + make_interval(secs => %(cost)s)
        WHERE p.free_at <= clock_timestamp() + make_interval(secs => %(longest)s)
    RETURNING extract(epoch FROM free_at - clock_timestamp())::float8 - %(cost)s"""


def chunk_size(rate: int, most: int) -> int:
    """Return how many messages leave together at so many a second."""
    return most if not rate else max(1, min(most, rate // _FINE))


def take_turn(store: Store, inbox: Connection, rate: int, count: int) -> float | None:
    """Take the next place in line; returns the seconds until then, None: the line is too long."""
    if not rate:
        return 0.0
    cost = count / (rate * _SHARE if rate >= _FINE else rate)
    params: dict[str, Any] = {
        "store": store.pk,
        "inbox": inbox.pk,
        "cost": cost,
        "longest": LONGEST_SECONDS,
    }
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(_TAKE, params)
        row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else None


class Queueing:
    """When to come back, for what found the line of an inbox too long. Only in this process.

    It is a guess, so that a pile of messages is written once each and not looked at every second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[uuid.UUID, float] = defaultdict(float)

    def seconds(
        self, inbox: uuid.UUID, rate: int, urgent: bool = False, behind: float = 0.0
    ) -> float:
        """Return in how many seconds the next message should be looked at again.

        `behind`: the seconds that what was taken before will need at least.
        """
        if urgent:
            return URGENT_SECONDS
        with self._lock:
            now = time.monotonic()
            moment = max(now + max(LONGEST_SECONDS / 2, behind), self._ends[inbox])
            self._ends[inbox] = moment + 1.0 / (rate or 200)
            return moment - now


QUEUEING = Queueing()
