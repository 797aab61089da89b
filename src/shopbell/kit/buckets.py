"""Token buckets: so many requests a minute for each key, in this process.

A newcomer's mistake: thinking the bound holds for all processes together. Each counts for itself;
it protects from runaway loops, it does not bill.
"""

import threading
import time
from collections.abc import Hashable


class Buckets:
    """A bucket for each key: a minute's worth at once, refilled evenly. Safe among threads."""

    def __init__(self) -> None:
        self._levels: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, per_minute: int) -> int:
        """Take one token; returns 0, or the seconds to wait when the bucket is empty."""
        with self._lock:
            now = time.monotonic()
            level, at = self._levels.get(key, (float(per_minute), now))
            rate = per_minute / 60
            level = min(float(per_minute), level + (now - at) * rate)
            if level < 1:
                self._levels[key] = (level, now)
                return max(1, int((1 - level) / rate + 0.999)) if rate else 60
            self._levels[key] = (level - 1, now)
            return 0
