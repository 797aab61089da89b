"""The coalescing writer: rows of many requests, one INSERT, answered after COMMIT.

While one flush runs, new rows queue up; the next flush takes what is there. Nothing waits on
purpose, so a lone request is as fast as an insert of its own, and under load a row costs less.
A newcomer's mistake: two statements (scope, then insert). It is one, so the scope and the rows are
one transaction and one round trip.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
import structlog

from shopbell.connections.models import Intake
from shopbell.edge import arrays, metrics
from shopbell.edge.database import connect
from shopbell.edge.waker import Waker

log = structlog.get_logger()

FLUSH_ROWS = 2_000
FLUSH_BYTES = 8_000_000
QUEUE_BYTES = 64_000_000
FLUSH_SECONDS = 4.5
REST_SECONDS = 0.5

_TABLE = Intake._meta.db_table
_SQL = (
    # The row-level policy reads the scope for each row, and the rows come after the scope.
    "WITH scope AS MATERIALIZED (SELECT set_config('app.stores', %s, true)),"
    f" stored AS (INSERT INTO {_TABLE}"
    " (store_id, connection_id, source, provider_id, topic, body, sort_at)"
    " SELECT r.* FROM scope, unnest(%b, %b, %b, %b, %b, %b, %b) r"
    " ON CONFLICT (store_id, source, provider_id) DO NOTHING"
    " RETURNING store_id, source, provider_id)"
    " SELECT count(*), CASE WHEN count(*) < %s THEN"
    " array_agg(store_id || '/' || source || '/' || provider_id) END FROM stored"
)


class Row(NamedTuple):
    """One row of the intake. The texts must be storable and within the columns' lengths."""

    store_id: int
    connection_id: uuid.UUID | None
    source: str
    provider_id: str
    topic: str
    body: bytes
    sort_at: datetime | None

    @property
    def key(self) -> str:
        """What makes it unique."""
        return f"{self.store_id}/{self.source}/{self.provider_id}"


class Unavailable(Exception):
    """The rows were not stored, as far as we know; sending them again is safe."""


class _Job:
    """The rows of one request and the future it waits for."""

    __slots__ = ("done", "rows", "size")

    def __init__(self, rows: Sequence[Row], done: "asyncio.Future[list[bool]]") -> None:
        self.rows = rows
        self.size = sum([len(row.body) for row in rows]) + 200 * len(rows)
        self.done = done

    def fail(self) -> None:
        """Tell the request that its rows were not stored."""
        if not self.done.done():
            self.done.set_exception(Unavailable())


class Writer:
    """One per process. `start` and `stop` belong to the application's lifespan."""

    def __init__(self) -> None:
        self._queue: deque[_Job] = deque()
        self._queued_bytes = 0
        self._wanted = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._given_up: set[asyncio.Task[list[bool]]] = set()
        self._waker = Waker()
        self._down_until = 0.0

    async def start(self) -> None:
        """Begin to write. The database may still be away; then requests are answered 503."""
        self._task = asyncio.create_task(self._run(), name="intake-writer")
        self._waker.start()

    async def stop(self) -> None:
        """Write what is queued (for two seconds at most), then close."""
        waiting = [job.done for job in self._queue]
        if waiting and self.alive:
            await asyncio.wait(waiting, timeout=2)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=2)
        await self._waker.stop()
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None and not self._task.done()

    async def store(self, rows: Sequence[Row]) -> list[bool]:
        """Return, after COMMIT, which rows are new (False: already there).

        Raises:
            Unavailable: not stored.
        """
        if self._queued_bytes > QUEUE_BYTES or not self.alive:
            raise Unavailable
        job = _Job(rows, asyncio.get_running_loop().create_future())
        self._queue.append(job)
        self._queued_bytes += job.size
        self._wanted.set()
        return await job.done

    async def _run(self) -> None:
        jobs: list[_Job] = []
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                while self._queue:
                    jobs = self._take()
                    await self._flush(jobs)
        finally:
            for job in [*jobs, *self._queue]:
                job.fail()

    def _take(self) -> list[_Job]:
        jobs: list[_Job] = []
        rows = size = 0
        while self._queue and (
            not jobs or (rows + len(self._queue[0].rows) <= FLUSH_ROWS and size < FLUSH_BYTES)
        ):
            job = self._queue.popleft()
            self._queued_bytes -= job.size
            if job.done.done():  # the client went away before we began
                continue
            jobs.append(job)
            rows += len(job.rows)
            size += job.size
        return jobs

    async def _flush(self, jobs: list[_Job]) -> None:
        """Write the jobs in one statement; if a row is at fault, halve until it stands alone."""
        if not jobs:
            return
        rows = [row for job in jobs for row in job.rows]
        begun = time.perf_counter()
        try:
            fresh = await self._insert(rows)
        except Exception as error:  # whatever it is, it must not end the loop
            if len(jobs) > 1 and not isinstance(error, Unavailable | psycopg.OperationalError):
                half = len(jobs) // 2
                await self._flush(jobs[:half])
                await self._flush(jobs[half:])
                return
            log.error(
                "intake.not_stored", source=rows[0].source, rows=len(rows), error=_brief(error)
            )
            for job in jobs:
                job.fail()
            return
        metrics.flushed(len(rows), time.perf_counter() - begun)
        place = 0
        for job in jobs:
            if not job.done.done():
                job.done.set_result(fresh[place : place + len(job.rows)])
            place += len(job.rows)
        if True in fresh:
            self._waker.wake()

    async def _insert(self, rows: list[Row]) -> list[bool]:
        """Insert; a broken connection or a deadlock is tried once more."""
        try:
            return await self._bounded(rows)
        except psycopg.errors.QueryCanceled:  # it was slow: it would be slow again
            raise
        except psycopg.OperationalError:
            if time.monotonic() < self._down_until:
                raise
        return await self._bounded(rows)

    async def _bounded(self, rows: list[Row]) -> list[bool]:
        """Insert within a time. A silent server is left alone: asking it to cancel waits too."""
        task = asyncio.ensure_future(self._insert_once(rows))
        try:
            done, _ = await asyncio.wait([task], timeout=FLUSH_SECONDS)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            self._connection = None
            self._given_up.add(task)
            task.add_done_callback(self._forget)
            raise Unavailable(f"no answer in {FLUSH_SECONDS:g} seconds")
        return task.result()

    def _forget(self, task: "asyncio.Task[list[bool]]") -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()

    async def _insert_once(self, rows: list[Row]) -> list[bool]:
        connection = await self._connected()
        stores, links, sources, ids, topics, bodies, times = zip(*rows, strict=True)
        cursor = await connection.execute(
            _SQL,
            (
                ",".join(map(str, set(stores))),
                arrays.int8_array(stores),
                arrays.uuid_array(links),
                arrays.text_array(sources),
                arrays.text_array(ids),
                arrays.text_array(topics),
                arrays.bytea_array(bodies),
                arrays.time_array(times),
                len(rows),
            ),
            prepare=True,
        )
        found = await cursor.fetchone()
        assert found is not None
        count, keys = found
        return [True] * count if count == len(rows) else _first_of_equals(rows, keys)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if time.monotonic() < self._down_until:
            raise psycopg.OperationalError("the database was away a moment ago")
        try:
            connection = await connect("shopbell-intake")
        except psycopg.OperationalError:
            self._down_until = time.monotonic() + REST_SECONDS
            raise
        arrays.register(connection)
        self._connection = connection
        return connection


def _first_of_equals(rows: list[Row], keys: list[str] | None) -> list[bool]:
    """Return which rows are new when some were not stored."""
    new = set(keys or ())
    fresh = []
    for row in rows:
        key = row.key
        fresh.append(key in new)
        new.discard(key)
    return fresh


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip()[:300]}"
