"""Django behind the door: WSGI on eight threads, with bounds.

A thread is taken only when the whole request is here, and given back when the answer is made, so
slow clients hold memory for a while but never a thread. A newcomer's mistake: long work in a view.
Eight such views stop all pages (never the webhooks, which do not come here).
"""

import asyncio
from typing import Any, cast

import structlog
from a2wsgi import WSGIMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopbell.edge.answers import Refusal, answer_bytes, read_body

log = structlog.get_logger()

THREADS = 8
WAITING = 200
BODY_BYTES = 25_000_000
BODIES_BYTES = 200_000_000
SEND_SECONDS = 30.0
_CHUNKS = 512
_SORRY = (
    b"<!doctype html><html lang=en><title>Something went wrong</title>"
    b"<h1>Something went wrong</h1><p>This page could not be made. Nothing was changed by it."
    b" Please try again in a moment.</p>"
)
_HTML = (b"content-type", b"text/html; charset=utf-8")


class Pages:
    """The ASGI application for everything that is not a hot route."""

    def __init__(self, wsgi: Any) -> None:
        self._app = cast(ASGIApp, WSGIMiddleware(wsgi, workers=THREADS, send_queue_size=_CHUNKS))
        self._open = 0
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            await refusal.send(send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open >= WAITING or self._held > BODIES_BYTES:
            raise Refusal(
                503, "busy", "Too many requests just now. Please try again.", retry_after=2
            )
        self._open += 1
        body = b""
        try:
            body = await read_body(scope, receive, BODY_BYTES, "A request")
            self._held += len(body)
            outgoing = _Outgoing(send)
            try:
                await self._app(_plain(scope), _once(body), outgoing)
            except Exception as error:  # Django answers its own errors; this is beneath it
                log.error("pages.failed", path=scope["path"], exc_info=error)
                if not outgoing.begun:
                    await answer_bytes(send, 500, _SORRY, _HTML)
        finally:
            self._open -= 1
            self._held -= len(body)


class _Outgoing:
    """Passes the answer on; a client that takes nothing for 30 seconds is given up."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(message)


def _once(body: bytes) -> Receive:
    """Return a `receive` that gives the whole body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _plain(scope: Scope) -> Scope:
    """Return the scope without what WSGI cannot tell apart or not read.

    In WSGI `X_Forwarded_For` and `X-Forwarded-For` are one name, so names with an underscore go; a
    repeated Host or Content-Length would be joined, so the first one stays.
    """
    headers = []
    seen = set()
    for key, value in scope["headers"]:
        if b"_" in key or (key in _SINGLE and key in seen):
            continue
        seen.add(key)
        headers.append((key, value))
    query = scope["query_string"]
    if not query.isascii():
        query = b"".join(b"%%%02X" % byte if byte > 127 else bytes((byte,)) for byte in query)
    return {**scope, "headers": headers, "query_string": query}


_SINGLE = frozenset((b"host", b"content-length", b"content-type"))
