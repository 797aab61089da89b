"""Wakes the intake pump after flushes: one NOTIFY for many, outside the intake's transaction.

NOTIFY in a writing transaction serialises commits. A newcomer's mistake: thinking that it must
arrive. The pump looks by itself every few seconds; this only makes it prompt.
"""

import asyncio
from typing import Any

import psycopg
import structlog

from shopbell.edge.database import connect
from shopbell.events.actions import WAKE_CHANNEL

log = structlog.get_logger()

GAP_SECONDS = 0.02


class Waker:
    """Sends at most one wake-up in 20 ms, the first one at once."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="intake-waker")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)
        if self._connection is not None:
            await self._connection.close()

    def wake(self) -> None:
        """Ask for a wake-up."""
        self._wanted.set()

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = await connect("shopbell-wake")
                await self._connection.execute("SELECT pg_notify(%s, 'intake')", [WAKE_CHANNEL])
            except psycopg.Error as error:
                log.warning("intake.wake_failed", error=str(error).strip()[:200])
                self._connection = None
            await asyncio.sleep(GAP_SECONDS)
