"""Live streams for visitors: `GET /widget/<store>/stream`, hints that their thread has news.

The token comes in the Authorization header (the page reads the stream with `fetch`), so nothing
secret stands in an address. Each hint says only "look again"; every stream begins with one, which
is also how somebody who was away catches up. A newcomer's mistake: sending the words themselves.
What a visitor may see is decided in one place, by `conversations.visitors`.
"""

import asyncio
import contextlib
import ipaddress
import json
import re
import uuid
from collections import Counter, defaultdict

import structlog
from starlette.types import Receive, Scope, Send

from shopbell.conversations.actions import note_presence
from shopbell.conversations.visitors import stores_with_chat
from shopbell.edge import metrics
from shopbell.edge.answers import Refusal, header
from shopbell.edge.chat_callers import Caller, Callers, unknown_chat, unknown_token
from shopbell.edge.threads import in_thread
from shopbell.kit.db.scope import unscoped

log = structlog.get_logger()

PER_VISITOR = 5
PER_ADDRESS = 50
MAX_STREAMS = 12_000
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 4.0
ROUNDS_PER_MARK = 4  # presence is written down every fourth check

_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-expose-headers", b"retry-after"),
]
_PREFLIGHT = [
    *_CORS,
    (b"access-control-allow-methods", b"GET"),
    (b"access-control-allow-headers", b"authorization, last-event-id"),
    (b"access-control-max-age", b"86400"),
]
_HEADERS = [
    *_CORS,
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),
]
_SLUG = re.compile(r"[a-zA-Z0-9_-]{1,60}")
_NEWS = b'data: {"t":"new"}\n\n'
_HEARTBEAT = b": still here\n\n"


class VisitorStream:
    """One open stream. Hints that pile up are one hint."""

    __slots__ = ("address", "caller", "ending", "news")

    def __init__(self, caller: Caller, address: str) -> None:
        self.caller, self.address = caller, address
        self.news = asyncio.Event()
        self.ending = False

    def tell(self) -> None:
        """Say that there is something new."""
        self.news.set()

    def end(self) -> None:
        """Close it soon."""
        self.ending = True
        self.news.set()


class Chat:
    """All visitors' streams of this process, and the ASGI application that opens them."""

    def __init__(self) -> None:
        self._streams: set[VisitorStream] = set()
        self._by_key: dict[uuid.UUID, set[VisitorStream]] = defaultdict(set)
        self._visitors: Counter[tuple[int, str]] = Counter()
        self._addresses: Counter[str] = Counter()
        self._fresh: set[uuid.UUID] = set()
        self._callers = Callers()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look after the visitors."""
        self._task = asyncio.create_task(self._keep(), name="chat-visitors")

    async def stop(self) -> None:
        """End all streams."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    def close(self) -> None:
        """End all streams and open no more."""
        self._closing.set()
        for stream in self._streams:
            stream.end()

    def notice(self, payload: str) -> None:
        """Pass a hint from the database on to those it is about."""
        told = json.loads(payload)
        if told["t"] not in ("chat", "presence"):
            return
        if told["i"]:
            found = self._by_key.get(uuid.UUID(told["i"]), ())
        else:  # several at once: everybody of the store looks again
            found = {each for each in self._streams if each.caller.store_id == int(told["s"])}
        for stream in found:
            stream.tell()

    def resync(self) -> None:
        """Let every page look again: hints may have been missed."""
        for stream in self._streams:
            stream.tell()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream, or refuse."""
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            stream = await self._admit(scope)
        except Refusal as refusal:
            refusal.headers += _CORS
            await refusal.send(send)
            return
        gone = asyncio.ensure_future(_gone(receive))
        gone.add_done_callback(lambda _done: stream.end())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _pass_on(stream, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._leave(stream)

    async def _admit(self, scope: Scope) -> VisitorStream:
        if scope["method"] != "GET":
            refusal = Refusal(405, "get_only", "A stream is opened with GET.")
            refusal.headers = [(b"allow", b"GET")]
            raise refusal
        if self._closing.is_set() or len(self._streams) >= MAX_STREAMS:
            raise Refusal(503, "full", "No more streams just now.", retry_after=5)
        address = (scope.get("client") or ("",))[0]
        caller = await self._caller(scope)
        # Counted after the last wait: of many that come at once, none slips through.
        full = self._addresses[address] >= _per_address(address)
        if full or self._visitors[caller.store_id, caller.visitor] >= PER_VISITOR:
            raise Refusal(429, "too_many", "Too many streams.", retry_after=30)
        stream = VisitorStream(caller, address)
        self._join(stream)
        if self._closing.is_set():  # meanwhile
            stream.end()
        return stream

    async def _caller(self, scope: Scope) -> Caller:
        kind, _, token = header(scope, b"authorization").partition(" ")
        slug = scope["path"].removeprefix("/widget/").removesuffix("/stream")
        if not _SLUG.fullmatch(slug):
            raise unknown_chat()
        if kind.lower() != "bearer" or not token or len(token) > 100:
            raise unknown_token()
        return await self._callers.find(slug, token.strip())

    def _join(self, stream: VisitorStream) -> None:
        caller = stream.caller
        self._streams.add(stream)
        stream.tell()
        for key in (caller.thread, caller.conversation):
            self._by_key[key].add(stream)
        self._visitors[caller.store_id, caller.visitor] += 1
        self._addresses[stream.address] += 1
        self._fresh.add(caller.thread)
        metrics.visitors(len(self._streams))

    def _leave(self, stream: VisitorStream) -> None:
        caller = stream.caller
        self._streams.discard(stream)
        for key in (caller.thread, caller.conversation):
            self._by_key[key].discard(stream)
            if not self._by_key[key]:
                del self._by_key[key]
        _less(self._visitors, (caller.store_id, caller.visitor))
        _less(self._addresses, stream.address)
        metrics.visitors(len(self._streams))

    async def _keep(self) -> None:
        """Every few seconds end what is not welcome any more, and note who is here."""
        for turn in range(1_000_000_000):
            await asyncio.sleep(CHECK_SECONDS)
            here = {stream.caller.thread for stream in self._streams}
            marks = here if turn % ROUNDS_PER_MARK == 0 else self._fresh & here
            self._fresh = set()
            if not here:
                continue
            try:
                stores = await in_thread(_look_after, marks)
            except Exception as error:  # the database is away: nothing is told either
                log.warning("chat.check_failed", error=type(error).__name__)
                continue
            for stream in list(self._streams):
                if stream.caller.store_id not in stores:
                    stream.end()


def _per_address(address: str) -> int:
    """Return how many streams an address may have; a private one is most likely a proxy."""
    try:
        private = ipaddress.ip_address(address).is_private
    except ValueError:
        private = True
    return MAX_STREAMS if private else PER_ADDRESS


def _less[K](counts: "Counter[K]", key: K) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]


def _look_after(threads: set[uuid.UUID]) -> set[int]:
    with unscoped("visitors' streams: which stores have a chat, who is here"):
        if threads:
            note_presence(threads=threads)
        return stores_with_chat()


async def _pass_on(stream: VisitorStream, send: Send) -> None:
    first = b"retry: 2000\n\n"
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await stream.news.wait()
        if stream.ending:
            return
        told = stream.news.is_set()
        stream.news.clear()
        body = first + (_NEWS if told else _HEARTBEAT)
        first = b""
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
