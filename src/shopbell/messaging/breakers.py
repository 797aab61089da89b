"""A breaker for each inbox: a provider in trouble rests, and then one message asks how it is.

Two troubles, kept apart. A line that *cannot be opened* rests for a growing while. A provider that
*takes no messages* (five hand-overs in a row, or half of the last twenty) rests for half a minute,
or as long as it says itself, then one message asks whether it is well.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence

from shopbell.kit.errors import ConnectorError, Permanent
from shopbell.messaging.ports import Outcome, OutcomeKind

REST_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0)
PROBE_SECONDS = 60.0  # longer than a server may keep silent, so that one thread waits, not all
TRIPPED_SECONDS = 30.0
IN_A_ROW = 5
LOOK_BACK = 20


class Breaker:
    """Shared by all lines of one inbox in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._rest_until = 0.0
        self._row = 0
        self._recent: deque[bool] = deque(maxlen=LOOK_BACK)
        self._tripped_until = 0.0
        self.tripped = False
        self.trouble = ""

    # ------------------------------------------------------------------ opening a line

    def rest(self) -> float:
        """Return how many seconds to rest still; 0 allows the caller (and nobody else) to try."""
        with self._lock:
            left = self._rest_until - time.monotonic()
            if left > 0:
                return left
            if self._failures:
                self._rest_until = time.monotonic() + PROBE_SECONDS
            return 0.0

    def fail(self, error: ConnectorError) -> None:
        """Note that a line could not be opened."""
        with self._lock:
            pause = REST_SECONDS[min(self._failures, len(REST_SECONDS) - 1)]
            self._failures += 1
            pause = REST_SECONDS[-1] if isinstance(error, Permanent) else pause
            self._rest_until = time.monotonic() + pause
            self.trouble = str(error)

    def mend(self) -> None:
        """Note that a line is open."""
        with self._lock:
            self._failures, self._rest_until = 0, 0.0
            if not self.tripped:
                self.trouble = ""

    # ------------------------------------------------------------------ handing over

    def left(self) -> float:
        """Return how many seconds nothing is handed over still."""
        with self._lock:
            return max(0.0, self._tripped_until - time.monotonic()) if self.tripped else 0.0

    def allowed(self, count: int) -> int:
        """Return how many of so many messages may go now: all, one that asks, or none."""
        with self._lock:
            if not self.tripped:
                return count
            if self._tripped_until > time.monotonic():
                return 0
            self._tripped_until = time.monotonic() + TRIPPED_SECONDS
            return min(count, 1)

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what one hand-over gave. One answer about a message shows that all is well."""
        if not outcomes:
            return
        bad = all(map(_is_trouble, outcomes))
        with self._lock:
            self._recent.append(bad)
            self._row = self._row + 1 if bad else 0
            if not bad and self.tripped:
                self._recent.clear()
                self.tripped, self.trouble = False, ""
            half = len(self._recent) == LOOK_BACK and sum(self._recent) * 2 >= LOOK_BACK
            if bad and (self.tripped or self._row >= IN_A_ROW or half):
                wished = max(outcome.retry_after or 0.0 for outcome in outcomes)
                self._tripped_until = time.monotonic() + max(TRIPPED_SECONDS, wished)
                self.tripped, self.trouble = True, outcomes[-1].detail


def _is_trouble(outcome: Outcome) -> bool:
    """Whether an outcome speaks against the provider, not against one message."""
    if outcome.kind is OutcomeKind.TEMPORARY:  # "not so fast" is, a full mailbox is not
        return outcome.retry_after is not None
    return outcome.kind in (OutcomeKind.NOT_TRIED, OutcomeKind.IN_DOUBT)
