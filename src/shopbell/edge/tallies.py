"""Small notes about connections and keys, written together once a second.

How often was a signature wrong, when was a key last used. A
newcomer's mistake: writing them with each request. A flood of forged webhooks must not become a
flood of updates.
"""

import asyncio
import uuid
from collections import Counter
from contextlib import suppress

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from shopbell.accounts.models import ApiKey
from shopbell.connections.models import Connection
from shopbell.edge.threads import in_thread
from shopbell.kit.db.scope import unscoped

log = structlog.get_logger()

EVERY_SECONDS = 1.0


class Tallies:
    """Collects notes. Loses those of the last second when the process is killed, nothing else."""

    def __init__(self) -> None:
        self._refused: Counter[uuid.UUID] = Counter()
        self._used: set[uuid.UUID] = set()
        self._task: asyncio.Task[None] | None = None

    def refused(self, connection_id: uuid.UUID) -> None:
        """Note a request in a connection's name whose signature was wrong."""
        self._refused[connection_id] += 1

    def used(self, key_id: uuid.UUID) -> None:
        """Note that an API key was used."""
        self._used.add(key_id)

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="tallies")

    async def stop(self) -> None:
        """Write once more and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)
        with suppress(Exception):
            await self._write()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self._write()
            except Exception as error:  # the database is away: the notes wait
                log.warning("tallies.waiting", error=type(error).__name__)

    async def _write(self) -> None:
        if not (self._refused or self._used):
            return
        refused, self._refused = self._refused, Counter()
        used, self._used = self._used, set()
        try:
            await in_thread(_write, refused, used)
        except Exception:
            self._refused.update(refused)
            self._used |= used
            raise


def _write(refused: Counter[uuid.UUID], used: set[uuid.UUID]) -> None:
    with (
        transaction.atomic(),
        unscoped("the door's notes about connections and keys of all stores"),
    ):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 3000")
        for connection_id, count in sorted(refused.items()):
            Connection.objects.filter(pk=connection_id).update(
                refused_count=F("refused_count") + count, refused_at=Now()
            )
        ApiKey.objects.filter(pk__in=used).update(last_used_at=Now())
