"""Live streams: `GET /live/<store>`, Server-Sent Events for staff of the store.

Each event is a hint, `data: {"t": topic, "i": id}`; the page asks again for what it shows. An event
named `resync` says that hints may be missing: ask for everything. A newcomer's mistake: many
streams per browser. HTTP/1.1 allows six connections; one page keeps one and shares it.
"""

import asyncio
import json
import time
from collections import Counter, defaultdict

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from shopbell.edge import metrics
from shopbell.edge.answers import Refusal, header, unavailable
from shopbell.edge.threads import in_thread
from shopbell.edge.visitors import Visitor, resolve, still_welcome

log = structlog.get_logger()

PER_SESSION = 10
MAX_STREAMS = 6_000
QUEUE = 100
HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 4.0
DRAWING_SECONDS = 2.0  # a page reads its rows that long before it says when it was drawn, at most

_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),  # a stream that has ended leaves nothing open
]
_RESYNC = b"event: resync\ndata: {}\n\n"
_HEARTBEAT = b": still here\n\n"
_END = b""


class Stream:
    """One open stream. A full queue is emptied and becomes one `resync`."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()

    def put(self, event: bytes) -> None:
        """Queue an event for the client."""
        if self.queue.qsize() >= QUEUE:
            while not self.queue.empty():
                self.queue.get_nowait()
            event = _RESYNC
        self.queue.put_nowait(event)

    def end(self) -> None:
        """Close it soon."""
        self.queue.put_nowait(_END)


class Live:
    """All open streams of this process, and the ASGI application that opens them."""

    def __init__(self) -> None:
        self._streams: dict[int, set[Stream]] = defaultdict(set)
        self._sessions: Counter[str] = Counter()
        self._count = 0
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._told: dict[int, float] = {}  # when the last hint came, by store
        self._began = time.time()

    def start(self) -> None:
        """Begin to look after the visitors."""
        self._task = asyncio.create_task(self._check(), name="live-visitors")

    async def stop(self) -> None:
        """End all streams."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    def close(self) -> None:
        """End all streams and open no more. Called at the stop signal, before uvicorn waits."""
        self._closing.set()
        for stream in self._all():
            stream.end()

    def notice(self, payload: str) -> None:
        """Pass a hint from the database on to the streams of its store."""
        told = json.loads(payload)
        self._told[int(told["s"])] = time.time()
        event = b"data: " + orjson.dumps({"t": told["t"], "i": told["i"]}) + b"\n\n"
        for stream in self._streams.get(int(told["s"]), ()):
            stream.put(event)

    def resync(self) -> None:
        """Tell every page that it may have missed something."""
        self._told.clear()
        self._began = time.time()
        for stream in self._all():
            stream.put(_RESYNC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a stream, or refuse."""
        try:
            stream = await self._admit(scope)
        except Refusal as refusal:
            await refusal.send(send)
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            first = b"retry: 2000\n\n"
            if header(scope, b"last-event-id") or self._missed_something(scope, stream):
                first += _RESYNC
            await send({"type": "http.response.body", "body": first, "more_body": True})
            gone.add_done_callback(lambda _done: stream.end())
            await _pass_on(stream, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._leave(stream)

    async def _admit(self, scope: Scope) -> Stream:
        if scope["method"] != "GET":
            refusal = Refusal(405, "get_only", "A live stream is opened with GET.")
            refusal.headers = [(b"allow", b"GET")]
            raise refusal
        if self._closing.is_set() or self._count >= MAX_STREAMS:
            raise Refusal(503, "full", "No more live streams just now.", retry_after=5)
        if header(scope, b"sec-fetch-site") in ("cross-site", "same-site"):
            raise Refusal(403, "foreign_page", "Live streams open from Shopbell's own pages only.")
        slug = scope["path"].removeprefix("/live/").strip("/")
        cookies = header(scope, b"cookie")
        try:
            found = await in_thread(resolve, cookies, slug)
        except Exception as error:
            log.error("live.unavailable", error=type(error).__name__)
            raise unavailable() from None
        if not isinstance(found, Visitor):
            raise found
        if self._sessions[found.session] >= PER_SESSION:
            raise Refusal(
                429, "too_many", f"At most {PER_SESSION} live streams per sign-in.", retry_after=30
            )
        stream = Stream(found)
        self._sessions[found.session] += 1
        self._streams[found.store_id].add(stream)
        self._count += 1
        metrics.streams(self._count)
        if self._closing.is_set():  # meanwhile
            stream.end()
        return stream

    def _missed_something(self, scope: Scope, stream: Stream) -> bool:
        """Whether the page asks for a resync, or hints came after it was drawn (`?since=`, ms)."""
        asked: bytes = scope["query_string"]
        if not asked.startswith(b"since="):
            return asked == b"resync=1"
        since = asked.removeprefix(b"since=")[:15]
        last = self._told.get(stream.visitor.store_id, self._began)
        return not since.isdigit() or last > int(since) / 1000 - DRAWING_SECONDS

    def _leave(self, stream: Stream) -> None:
        visitor = stream.visitor
        self._streams[visitor.store_id].discard(stream)
        if not self._streams[visitor.store_id]:
            del self._streams[visitor.store_id]
        self._sessions[visitor.session] -= 1
        if self._sessions[visitor.session] <= 0:
            del self._sessions[visitor.session]
        self._count -= 1
        metrics.streams(self._count)

    def _all(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    async def _check(self) -> None:
        """Every few seconds end the streams of those who signed out or left the store."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            streams = self._all()
            if not streams:
                continue
            try:
                welcome = await in_thread(still_welcome, {stream.visitor for stream in streams})
            except Exception as error:  # the database is away: nothing is told either
                log.warning("live.check_failed", error=type(error).__name__)
                continue
            for stream in streams:
                if stream.visitor not in welcome:
                    stream.end()


async def _pass_on(stream: Stream, send: Send) -> None:
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                event = await stream.queue.get()
        except TimeoutError:
            event = _HEARTBEAT
        if not event:
            return
        while not stream.queue.empty():  # what piled up goes in one write
            more = stream.queue.get_nowait()
            if not more:
                await send({"type": "http.response.body", "body": event, "more_body": True})
                return
            event += more
        await send({"type": "http.response.body", "body": event, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
