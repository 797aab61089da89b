"""A strict program of a merchant's: it refuses wrong signatures, old ones, and odd messages.

It sends the same id once, as it must, and keeps what it sent.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from shopbell.connectors.signatures import sign_standard, standard_fits
from shopbell.kit import clock
from shopbell.kit.ids import uuid7
from tests.connectors.channels.faults import Faults

SECRET = "a secret of both sides"


@dataclass
class Program:
    """The program. `sent` are the messages it took, `answer` what it says instead of yes."""

    url: str = ""
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    tries: list[str] = field(default_factory=list)
    answer: tuple[int, Any] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    @property
    def taken(self) -> int:
        return len(self.sent)

    def posted(self, secret: str = SECRET, **content: Any) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of what the program posts to Shopbell."""
        return signed(json.dumps(content).encode(), secret)


def signed(body: bytes, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """Sign a body as the program does."""
    identity, stamp = f"in-{uuid7()}", int(clock.now().timestamp())
    return body, {
        "webhook-id": identity,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign_standard(secret, identity, stamp, body),
    }


@contextmanager
def program() -> Iterator[Program]:
    """Run the program on loopback."""
    state = Program()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(state: Program) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            identity = self.headers["webhook-id"]
            stamp, given = self.headers["webhook-timestamp"], self.headers["webhook-signature"]
            if not standard_fits(body, identity, stamp, given, [SECRET]):
                self.say(401, {"detail": "The signature does not fit."})
                return
            message = json.loads(body)
            if message["type"] == "ping":
                self.say(200, {})
                return
            state.tries.append(identity)
            assert message["id"] == identity
            if state.answer is not None:
                self.say(*state.answer)
                return
            if message["to"] == "nonsense":
                self.say(422, {"code": "unknown_address", "detail": "There is nobody like that."})
                return
            odd = state.faults.next_fault()
            if odd is not None:
                error = {"code": "later", "detail": "The platform is busy."}
                state.faults.misbehave(self, odd, error, json.dumps({"id": "x"}).encode())
                return
            state.sent.setdefault(identity, message)
            self.say(200, {"id": f"out-{identity}"})

        def do_GET(self) -> None:
            self.say(200, state.files[self.path])

        def say(self, status: int, content: Any) -> None:
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler
