"""The yardstick: a Starlette app that checks the signature and inserts one row for each request.

As lean as it gets: no stores, no scope, no look-ups. The connection is the owner's.
"""

import base64
import hashlib
import hmac
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_INSERT = (
    "INSERT INTO connections_intake (store_id, connection_id, source, provider_id, topic, body)"
    " VALUES (%s, %s, %s, %s, %s, %b) ON CONFLICT (store_id, source, provider_id) DO NOTHING"
)
_STORE = int(os.environ["BENCH_STORE"])
_CONNECTION = uuid.UUID(os.environ["BENCH_CONNECTION"])
_SECRET = os.environ["BENCH_SECRET"].encode()


async def hook(request: Request) -> JSONResponse:
    """A signed webhook."""
    body = await request.body()
    wanted = base64.b64encode(hmac.digest(_SECRET, body, hashlib.sha256)).decode()
    if not hmac.compare_digest(wanted, request.headers["x-shopify-hmac-sha256"]):
        return JSONResponse({"error": "signature"}, 401)
    orjson.loads(body)
    await _insert("bare", request.headers["x-shopify-event-id"], "orders/create", body, _CONNECTION)
    return JSONResponse({"status": "accepted"})


async def event(request: Request) -> JSONResponse:
    """An event with a bearer key."""
    if request.headers["authorization"] != f"Bearer {os.environ['BENCH_KEY']}":
        return JSONResponse({"error": "key"}, 401)
    body = await request.body()
    told = orjson.loads(body)
    await _insert("bare/events", told["id"], told["type"], body, None)
    return JSONResponse({"results": [{"id": told["id"], "status": "accepted"}]}, 202)


async def _insert(
    source: str, provider_id: str, topic: str, body: bytes, link: uuid.UUID | None
) -> None:
    async with _pool.connection() as connection:
        await connection.execute(
            _INSERT, (_STORE, link, source, provider_id, topic, body), prepare=True
        )


async def _autocommit(connection: AsyncConnection[tuple[object, ...]]) -> None:
    await connection.set_autocommit(True)


_pool: AsyncConnectionPool[AsyncConnection[tuple[object, ...]]] = AsyncConnectionPool(
    os.environ["BENCH_OWNER"], min_size=16, max_size=16, open=False, configure=_autocommit
)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """Open the pool."""
    async with _pool:
        yield


application = Starlette(
    routes=[
        Route("/hook", hook, methods=["POST"]),
        Route("/event", event, methods=["POST"]),
    ],
    lifespan=lifespan,
)
