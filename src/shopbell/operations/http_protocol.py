"""uvicorn's HTTP protocol with two bounds it lacks: time and size of a request's head.

Without them a client that sends one byte a minute, or headers without end, holds a connection for
ever. A newcomer's mistake: thinking this replaces a reverse proxy's limits. A slow body is bounded
where it is read, not here.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedHttpProtocol(HttpToolsProtocol):
    """Closes a connection whose request head is too slow or too large."""

    head_seconds = 20.0
    head_bytes_allowed = 64 * 1024
    _in_head = False
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: the first head is due."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_seconds, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; keep watching while a head is incomplete."""
        super().data_received(data)
        if not self._in_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > self.head_bytes_allowed:
            self._close()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.head_seconds, self._close)

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head is whole."""
        self._in_head = False
        self._stop_clock()
        super().on_headers_complete()

    def _stop_clock(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
