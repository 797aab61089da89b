"""What a provider's server can do to us (R-30), for strict fakes that speak HTTP.

A fake keeps one `Faults`, asks `next_fault()` for each request it counts as a hand-over, and lets
`misbehave` answer. A newcomer's mistake: putting a fault before the body was read; then it is the
kernel that resets the line, and nobody knows when.
"""

import json
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any

STALL_SECONDS = 3.0  # longer than the time-out that tests give a connector
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class Fault(StrEnum):
    """One way to misbehave, for one request."""

    BUSY = "busy"  # 429 with Retry-After: 30, nothing was taken
    BROKEN = "broken"  # 500 without a word that the API knows
    STALL = "stall"  # it took it, and never answers
    RESET = "reset"  # it took it, and the line is reset
    DRIP = "drip"  # it took it, and the answer comes byte by byte
    ERROR_IN_200 = "error_in_200"  # status 200 with an error inside
    HTML = "html"  # status 200 with a page of some proxy


@dataclass
class Faults:
    """What the next requests meet; None is an ordinary answer."""

    script: deque[Fault | None] = field(default_factory=deque)
    always: Fault | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    def plan(self, *faults: Fault | None) -> None:
        """Let the next requests meet these, in order."""
        self.script.extend(faults)

    def next_fault(self) -> Fault | None:
        """Return what this request meets."""
        with self.lock:
            return self.script.popleft() if self.script else self.always

    def misbehave(
        self, handler: BaseHTTPRequestHandler, fault: Fault, error: Any, good: bytes
    ) -> None:
        """Answer as the fault says. `error`: an error of the API; `good`: its usual answer."""
        if fault is Fault.RESET:
            _reset(handler)
        elif fault is Fault.STALL:
            self.released.wait(STALL_SECONDS)
            handler.close_connection = True
        elif fault is Fault.DRIP:
            _drip(handler, good, self.released)
        else:
            status, headers, body = {
                Fault.BUSY: (429, {"retry-after": "30"}, b""),
                Fault.BROKEN: (500, {}, b"Internal Server Error"),
                Fault.ERROR_IN_200: (200, {}, json.dumps(error).encode()),
                Fault.HTML: (200, {"content-type": "text/html"}, HTML),
            }[fault]
            _answer(handler, status, headers, body)


def _answer(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    handler.send_response(status)
    for key, value in headers.items():
        handler.send_header(key, value)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    at_once = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    handler.close_connection = True
    handler.connection.close()


def _drip(handler: BaseHTTPRequestHandler, good: bytes, released: threading.Event) -> None:
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(good))
        handler.wfile.flush()
        until = time.monotonic() + STALL_SECONDS
        for byte in good:
            if time.monotonic() > until or released.wait(0.2):
                return
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
    except OSError:
        return
