"""How often somebody may ask: sliding windows in the memory of one process.

A newcomer's mistake: thinking that they hold for all processes together. They stop floods, they do
not bill. Private addresses are most likely a proxy that is not declared (SHOPBELL_TRUSTED_PROXIES):
all visitors come from it, so they get a wider window instead of a closed shop.
"""

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Hashable

_KEYS = 50_000


class Window:
    """At most `most` times in `seconds` for each key. Safe among threads."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._seen: dict[Hashable, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, *, width: int = 1) -> int:
        """Count once; returns 0, or the seconds to wait. `width` multiplies what is allowed."""
        with self._lock:
            now = time.monotonic()
            times = self._seen.pop(key, None) or deque()
            while times and times[0] <= now - self.seconds:
                times.popleft()
            self._seen[key] = times  # the key used last stands last
            while len(self._seen) > _KEYS:
                del self._seen[next(iter(self._seen))]
            if len(times) >= self.most * width:
                return max(1, int(times[0] + self.seconds - now + 0.999))
            times.append(now)
            return 0


_BEHIND_A_PROXY = 100


def width_of(address: str) -> int:
    """Return how many people an address may stand for."""
    try:
        return _BEHIND_A_PROXY if ipaddress.ip_address(address).is_private else 1
    except ValueError:
        return 1


def network_of(address: str) -> str:
    """Return what is counted: the address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
