"""`/healthz`, `/readyz`, `/metrics`.

Healthy: this process answers. Ready: it can do its work (database, migrations, a beating worker).
A newcomer's mistake: restarting a process because it is not ready. When the database is away a
restart mends nothing; restart on `/healthz` only.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from typing import Any

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Receive, Scope, Send

from shopbell.edge import metrics
from shopbell.edge.answers import Refusal, answer, answer_bytes, header
from shopbell.edge.database import connect
from shopbell.edge.depths import read_depths

FRESH = timedelta(seconds=30)
READY_SECONDS = 1.5


class Health:
    """The ASGI application of the three addresses. `alive` says whether the inner loops run."""

    def __init__(self, alive: Callable[[], bool]) -> None:
        self._alive = alive
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            refusal = Refusal(405, "get_only", "This is read with GET.")
            refusal.headers = [(b"allow", b"GET, HEAD")]
            await refusal.send(send)
            return
        if scope["path"] == "/healthz":
            alive = self._alive()
            await answer(send, 200 if alive else 500, {"status": "ok" if alive else "stuck"})
        elif scope["path"] == "/readyz":
            await self._ready(send)
        else:
            await self._metrics(scope, send)

    async def stop(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _ready(self, send: Send) -> None:
        checks = {"database": False, "migrations": False, "worker": False}
        try:
            checks |= await self._asked(_check)
        except (psycopg.Error, TimeoutError):
            pass
        ready = all(checks.values())
        await answer(send, 200 if ready else 503, {"ready": ready, "checks": checks})

    async def _metrics(self, scope: Scope, send: Send) -> None:
        if not _may_read_metrics(scope):
            refusal = Refusal(
                403, "forbidden", "Metrics are read from this machine, or with the metrics token."
            )
            await refusal.send(send)
            return
        depths = b"shopbell_database_up 0\n"
        try:
            depths = await self._asked(read_depths)
        except (psycopg.Error, TimeoutError):
            pass
        kind = (b"content-type", CONTENT_TYPE_LATEST.encode())
        await answer_bytes(send, 200, generate_latest(metrics.REGISTRY) + depths, kind)

    async def _asked[R](
        self, question: Callable[[psycopg.AsyncConnection[Any]], Awaitable[R]]
    ) -> R:
        """Ask the database on a connection of its own, one question at a time, in bounded time."""
        task = asyncio.ensure_future(self._ask(question))
        done, _ = await asyncio.wait([task], timeout=READY_SECONDS)
        if not done:  # cancelling would wait for the server, so it is left to end by itself
            task.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise TimeoutError
        return task.result()

    async def _ask[R](self, question: Callable[[psycopg.AsyncConnection[Any]], Awaitable[R]]) -> R:
        async with self._lock:
            for attempt in (1, 2):
                if self._connection is None or self._connection.closed:
                    self._connection = await connect("shopbell-health", statement_seconds=1)
                try:
                    return await question(self._connection)
                except psycopg.OperationalError:
                    await self._connection.close()
                    if attempt == 2:
                        raise
        raise AssertionError("two attempts either return or raise")


async def _check(connection: psycopg.AsyncConnection[Any]) -> dict[str, bool]:
    checks = {"database": True, "migrations": False, "worker": False}
    try:
        rows = await (
            await connection.execute("SELECT app, name FROM django_migrations")
        ).fetchall()
        wanted = await asyncio.to_thread(_wanted_migrations)  # reads files the first time
        checks["migrations"] = wanted <= set(rows)
        beat = await connection.execute(
            "SELECT coalesce(max(beat_at) > clock_timestamp() - %s, false)"
            " FROM events_heartbeat WHERE kind = 'worker'",
            [FRESH],
        )
        row = await beat.fetchone()
        checks["worker"] = bool(row and row[0])
    except psycopg.ProgrammingError:  # the tables are not there yet
        pass
    return checks


@cache
def _wanted_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations)


def _may_read_metrics(scope: Scope) -> bool:
    """From this machine and not through a proxy, or with SHOPBELL_METRICS_TOKEN."""
    wanted = str(settings.METRICS_TOKEN)
    kind, _, given = header(scope, b"authorization").partition(" ")
    if wanted and kind.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode("latin-1"), wanted.encode())
    forwarded = any(
        key in (b"forwarded", b"via") or key.startswith(b"x-forwarded-")
        for key, _ in scope["headers"]
    )
    client = scope.get("client")
    if forwarded or not client:
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False
