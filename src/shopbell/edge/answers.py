"""Small JSON answers written straight to ASGI, and reading a body with a bound.

The hot routes are plain ASGI: Starlette's request and response objects would cost more than the
whole work of a webhook. A newcomer's mistake: answering before the body is read or the connection
is told to close. The rest of the body would be taken for the next request.
"""

import asyncio
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

BODY_SECONDS = 30.0
DISCARD_BYTES = 32_000_000
DISCARD_SECONDS = 5.0
DISCARD_GAP_SECONDS = 0.3

_JSON = (b"content-type", b"application/json")
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
_CLOSE = (b"connection", b"close")


class Refusal(Exception):
    """An answer that ends the request: a status, a sentence, perhaps a time to wait."""

    def __init__(
        self, status: int, code: str, sentence: str, *, retry_after: int = 0, close: bool = False
    ) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence
        self.retry_after, self.close = retry_after, close
        self.headers: list[tuple[bytes, bytes]] = []

    async def send(self, send: Send) -> None:
        """Answer with this refusal."""
        extra = list(self.headers)
        if self.retry_after:
            extra.append((b"retry-after", str(self.retry_after).encode()))
        if self.close:
            extra.append(_CLOSE)
        body = {"error": {"code": self.code, "message": self.sentence}}
        await answer(send, self.status, body, extra)


def unavailable() -> Refusal:
    """Return the answer for a database that does not take rows just now."""
    return Refusal(
        503,
        "unavailable",
        "Nothing was stored: the database does not answer. Please send this again.",
        retry_after=5,
    )


async def answer(
    send: Send, status: int, body: Any, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    """Send a JSON answer."""
    await answer_bytes(send, status, orjson.dumps(body), _JSON, extra)


async def answer_bytes(
    send: Send,
    status: int,
    body: bytes,
    content_type: tuple[bytes, bytes] = _JSON,
    extra: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Send an answer whose body is ready."""
    headers = [content_type, (b"content-length", b"%d" % len(body)), *_SAFE, *(extra or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_body(scope: Scope, receive: Receive, limit: int, what: str) -> bytes:
    """Return the exact bytes of the body.

    Raises:
        Refusal: it is larger than `limit` bytes (413) or too slow (408); the rest is not read.
        ConnectionResetError: the client went away in the middle.
    """
    declared = header(scope, b"content-length")
    if declared.isdigit() and int(declared) > limit:
        if not header(scope, b"expect"):  # it waits for our word before it sends
            await _discard(receive)
        raise _too_large(limit, what)
    message = await _next(receive)
    if not message.get("more_body"):  # nearly always: one chunk
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit, what)
        return body
    chunks = [message.get("body", b"")]
    size = len(chunks[0])
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while message.get("more_body"):
                message = await _next(receive)
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limit:
                    chunks.clear()
                    await _discard(receive)
                    raise _too_large(limit, what)
    except TimeoutError:
        raise Refusal(
            408, "too_slow", "The body did not arrive in time. Nothing was stored.", close=True
        ) from None
    return b"".join(chunks)


async def _discard(receive: Receive) -> None:
    """Let what is already on its way arrive, so that the sender gets to read the answer."""
    left = DISCARD_BYTES
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            while left > 0:
                message = await asyncio.wait_for(_next(receive), DISCARD_GAP_SECONDS)
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


async def _next(receive: Receive) -> Any:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ConnectionResetError("the client went away")
    return message


def _too_large(limit: int, what: str) -> Refusal:
    size = f"{limit / 1_000_000:g} MB"
    return Refusal(
        413, "too_large", f"{what} may have {size} at most. Nothing was stored.", close=True
    )


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of that (lower case) name, empty if there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""
