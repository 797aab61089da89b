"""A small cache for the event loop: a few seconds old at most, one look-up for many askers.

A newcomer's mistake: caching for longer. A revoked key or a deleted connection works for as long
as it is remembered here, in every web process.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable

TTL_SECONDS = 5.0


class Memory[K: Hashable, V]:
    """Remembers answers, refusals (None) too. At most `limit` entries."""

    def __init__(self, *, ttl: float = TTL_SECONDS, limit: int = 10_000) -> None:
        self._ttl = ttl
        self._limit = limit
        self._known: dict[K, tuple[float, V]] = {}
        self._asking: dict[K, asyncio.Task[V]] = {}
        self._age = 0

    async def get(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        """Return what is remembered, or ask; askers of one key at the same time ask once."""
        found = self._known.get(key)
        if found is not None and found[0] >= time.monotonic():
            return found[1]
        task = self._asking.get(key)
        if task is None:
            task = asyncio.ensure_future(self._ask(key, ask))
            self._asking[key] = task
            task.add_done_callback(lambda done: self._asked(key, done))
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Forget everything; answers to questions already asked are not remembered either."""
        self._known.clear()
        self._age += 1
        self._asking.clear()

    async def _ask(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        age = self._age
        value = await ask()
        if age == self._age:
            if len(self._known) >= self._limit:
                self._known.clear()
            self._known[key] = (time.monotonic() + self._ttl, value)
        return value

    def _asked(self, key: K, task: "asyncio.Task[V]") -> None:
        if self._asking.get(key) is task:
            del self._asking[key]
        if not task.cancelled():
            task.exception()
