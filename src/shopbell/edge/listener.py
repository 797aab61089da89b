"""One LISTEN connection per process, for the live streams and for what the door remembers.

A newcomer's mistake: trusting that nothing is missed. While the connection is down notices are
lost, so on every new connection `on_gap` runs: forget what is cached, tell pages to look again.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import structlog
from psycopg import sql

from shopbell.edge.database import connect

log = structlog.get_logger()

CHECK_SECONDS = 20.0
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)


class Listener:
    """Calls a function for each notice of a channel."""

    def __init__(
        self, channels: Mapping[str, Callable[[str], None]], on_gap: Callable[[], None]
    ) -> None:
        self._channels = channels
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self.listening = False

    def start(self) -> None:
        """Begin to listen; the database may still be away."""
        self._task = asyncio.create_task(self._run(), name="listener")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)
        if self._connection is not None:
            await self._connection.close()

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                self._connection = await connect("shopbell-listener")
                for channel in self._channels:
                    await self._connection.execute(
                        sql.SQL("LISTEN {}").format(sql.Identifier(channel))
                    )
                self.listening = True
                self._on_gap()
                failures = 0
                await self._listen(self._connection)
            except Exception as error:  # whatever it is: try again
                log.warning("listener.lost", error=str(error).strip()[:200])
            finally:
                self.listening = False
            if self._connection is not None:
                await self._connection.close()
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in connection.notifies(timeout=CHECK_SECONDS):
                try:
                    self._channels[notice.channel](notice.payload)
                except Exception as error:  # a strange payload is not the end
                    log.warning("listener.notice_failed", channel=notice.channel, error=repr(error))
            await connection.execute("SELECT 1")  # silence may be a dead connection
