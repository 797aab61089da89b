"""The one application: hot routes, then static files, then Django's pages.

A newcomer's mistake: a new hot route for a page. Only what is frequent and small, or waits for
strangers, belongs here; everything with a form or a template is Django's.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from shopbell.connections.actions import CHANGED_CHANNEL
from shopbell.conversations.pictures.addresses import PREFIX as MAIL_PICTURES
from shopbell.edge.chat import Chat
from shopbell.edge.event_api import SCOPE, EventApi
from shopbell.edge.health import Health
from shopbell.edge.hooks import Hooks
from shopbell.edge.keys import Keys
from shopbell.edge.listener import Listener
from shopbell.edge.live import Live
from shopbell.edge.pages import Pages
from shopbell.edge.pictures import MailPictures
from shopbell.edge.static import with_static_files
from shopbell.edge.tallies import Tallies
from shopbell.edge.threads import close_threads
from shopbell.edge.writer import Writer
from shopbell.web.live import CHANNEL as LIVE_CHANNEL

log = structlog.get_logger()


class FrontDoor:
    """Everything the hot routes share in one process, and the ASGI application over it."""

    def __init__(self, wsgi: Any) -> None:
        self.writer = Writer()
        self.tallies = Tallies()
        self.keys = Keys(self.tallies, SCOPE)
        self.live = Live()
        self.chat = Chat()
        self.hooks = Hooks(self.writer, self.tallies)
        self.listener = Listener(
            {CHANGED_CHANNEL: lambda _payload: self._forget(), LIVE_CHANNEL: self._notice},
            on_gap=self._after_a_gap,
        )
        self.health = Health(lambda: self.writer.alive)
        self.pictures = MailPictures()
        self._events = EventApi(self.writer, self.keys)
        self._rest = with_static_files(Pages(wsgi))
        self._life = Starlette(lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to its room."""
        if scope["type"] != "http":
            await self._life(scope, receive, send)
            return
        room = self._room(scope["path"])
        try:
            await room(scope, receive, send)
        except ConnectionResetError:  # the client went away in the middle of its body
            log.info("door.client_gone", path=scope["path"][:200])

    def _room(self, path: str) -> ASGIApp:
        if path.startswith("/hooks/"):
            return self.hooks
        if path == "/api/v1/events":
            return self._events
        if path.startswith("/live/"):
            return self.live
        if path.startswith("/widget/") and path.endswith("/stream"):
            return self.chat
        if path.startswith(MAIL_PICTURES):
            return self.pictures
        if path in ("/healthz", "/readyz", "/metrics"):
            return self.health
        return self._rest

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self.writer.start()
        self.tallies.start()
        self.live.start()
        self.chat.start()
        self.listener.start()
        with _at_stop_signal(self._close_streams):
            try:
                yield
            finally:
                await self.live.stop()
                await self.chat.stop()
                await self.listener.stop()
                await self.tallies.stop()
                await self.writer.stop()
                await self.health.stop()
                self.pictures.close()
                close_threads()

    def _notice(self, payload: str) -> None:
        self.live.notice(payload)
        self.chat.notice(payload)

    def _close_streams(self) -> None:
        self.live.close()
        self.chat.close()

    def _forget(self) -> None:
        self.hooks.doors.forget()
        self.keys.callers.forget()

    def _after_a_gap(self) -> None:
        self._forget()
        self.live.resync()
        self.chat.resync()


@contextmanager
def _at_stop_signal(react: Callable[[], None]) -> Iterator[None]:
    """Run `react` in the loop at SIGTERM or SIGINT, before the server's own handler.

    uvicorn first waits for open requests and only then ends the lifespan; streams would be waited
    for, and then cut.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(react)
        earlier = before[number]
        if callable(earlier):
            earlier(number, frame)

    for wanted in (signal.SIGTERM, signal.SIGINT):
        before[wanted] = signal.getsignal(wanted)
        signal.signal(wanted, handle)
    try:
        yield
    finally:
        for number, earlier in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, earlier)
