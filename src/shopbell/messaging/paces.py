"""So many messages a second for an inbox, among all threads, workers and machines together.

The place in line is one row for each inbox in PostgreSQL, moved by one statement for each chunk of
messages. A newcomer's mistake: counting in the process alone. Two workers then send twice as fast.
What a process sends itself it counts once more as it leaves (`Steps`), because threads that had to
wait for the processor leave in a crowd.
"""

import threading
import time
import uuid
from collections import defaultdict, deque
from typing import Any

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.messaging.ports import CHANNELS

URGENT_SECONDS = 0.3  # for what somebody waits for
FULL_SECONDS = 0.5  # for the rest
LONGEST_SECONDS = 1.0  # who would have to wait for longer lets others have the thread
# Chunks do not leave at even steps; what is kept below the limit makes up for that.
_SHARE = 0.9
_FINE = 10  # chunks a second, at least
_SECOND = 1.03  # with what a message may be quicker on its way than the one before
_MOST = 0.9

_TAKE = """
    INSERT INTO messaging_pace AS p (id, store_id, connection_id, free_at)
    VALUES (gen_random_uuid(), %(store)s, %(inbox)s,
        clock_timestamp() + make_interval(secs => %(cost)s))
    ON CONFLICT (store_id, connection_id) DO UPDATE SET
        free_at = greatest(p.free_at, clock_timestamp()) + make_interval(secs => %(cost)s)
        WHERE p.free_at <= clock_timestamp() + make_interval(secs => %(longest)s)
    RETURNING extract(epoch FROM free_at - clock_timestamp())::float8 - %(cost)s"""


def rate_of(inbox: Connection) -> int:
    """Return how many messages a second an inbox may send; 0: no limit."""
    given = inbox.settings.get("max_per_second")
    if given is None and inbox.connector in CHANNELS:
        field = CHANNELS.get(inbox.connector).settings_model.model_fields.get("max_per_second")
        given = field.default if field else 0
    return int(given or 0)


def chunk_size(rate: int, most: int) -> int:
    """Return how many messages leave together at so many a second."""
    return most if not rate else max(1, min(most, rate // _FINE))


def take_turn(store: Store, inbox: Connection, rate: int, count: int) -> float | None:
    """Take the next place in line; returns the seconds until then, None: the line is too long.

    In the scope and transaction of the caller.
    """
    if not rate:
        return 0.0
    cost = count / (rate * _SHARE if rate >= _FINE else rate)
    params: dict[str, Any] = {
        "store": store.pk,
        "inbox": inbox.pk,
        "cost": cost,
        "longest": LONGEST_SECONDS,
    }
    with database.cursor() as cursor:
        cursor.execute(_TAKE, params)
        row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else None


class Steps:
    """What left an inbox from this process within the last second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: deque[float] = deque()

    def wait(self, rate: int, count: int) -> None:
        """Return when so many more may leave; 0: as many as there are."""
        while rate and (pause := self._pause(rate, count)):
            time.sleep(pause)

    def _pause(self, rate: int, count: int) -> float:
        """Note the messages and return 0, or the seconds after which to ask again."""
        with self._lock:
            now = time.monotonic()
            while self._moments and self._moments[0] <= now - _SECOND:
                self._moments.popleft()
            excess = len(self._moments) + count - max(int(rate * _MOST), 1)
            if excess <= 0 or not self._moments:
                self._moments.extend([now] * count)
                return 0.0
            last = self._moments[min(excess, len(self._moments)) - 1]
            return max(last + _SECOND - now, 0.001)


class Queueing:
    """When to come back, for what found the line of an inbox too long. Only in this process.

    It is a guess, so that a pile of messages is written once each and not looked at every second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[uuid.UUID, float] = defaultdict(float)

    def seconds(self, inbox: uuid.UUID, rate: int, urgent: bool = False) -> float:
        """Return in how many seconds the next message should be looked at again."""
        if urgent:
            return URGENT_SECONDS
        with self._lock:
            now = time.monotonic()
            moment = max(now + FULL_SECONDS, self._ends[inbox])
            self._ends[inbox] = moment + 1.0 / (rate or 200)
            return moment - now


QUEUEING = Queueing()
