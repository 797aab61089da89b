"""Pictures that a customer's mail names, for the frame it is shown in.

They come from slow strangers, so they wait in threads of their own: when all are busy, webhooks and
pages go on. No cookie is read; the signed address says who asks (see `conversations.pictures`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shopbell.conversations.pictures.addresses import PREFIX
from shopbell.conversations.pictures.fetching import Loaded, load_picture

THREADS = 4
MOST_WAITING = 200
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the frame has no origin
    "Referrer-Policy": "no-referrer",
}


class MailPictures:
    """The room below `/mail-pictures/`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mail-pictures")
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the picture, or with nothing."""
        await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        store, _, told = scope["path"].removeprefix(PREFIX).partition("/")
        if scope["method"] != "GET":
            return _nothing(405)
        if self._waiting >= MOST_WAITING:
            return _nothing(503)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._pool, _load, store, told)
        finally:
            self._waiting -= 1
        if found is None:
            return _nothing(404)
        headers = {**_HEADERS, "Cache-Control": "private, max-age=600"}
        return Response(found.content, media_type=found.content_type, headers=headers)

    def close(self) -> None:
        """Let the threads go at the end of the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _load(store: str, told: str) -> Loaded | None:
    close_old_connections()
    try:
        return load_picture(store, told)
    finally:
        close_old_connections()


def _nothing(status: int) -> Response:
    return Response(status_code=status, headers={**_HEADERS, "Cache-Control": "no-store"})
