"""A strict stand-in for some text gateway: key, numbers and lengths are checked, texts are kept.

with FakeGateway() as gateway:
    settings = gateway.settings()
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.connectors.channels.faults import Fault, Faults

KEY = "the key of the shop"
SECRET = "a long secret for webhooks"


class FakeGateway:
    """The server; open it with `with`. `sent` has what was taken."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.opted_out: set[str] = set()
        self.faults = Faults()

    @property
    def taken(self) -> int:
        """How many texts were taken."""
        return len(self.sent)

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536

            def _serve(self) -> None:
                fake._serve(self, self.rfile.read(int(self.headers.get("content-length") or 0)))

            do_GET = do_POST = _serve

            def log_message(self, format: str, *args: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None: ...

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return settings of a connection to this gateway."""
        usual = {
            "url": f"{self.url}/v1/sms",
            "from": "Lark Tea",
            "key": KEY,
            "webhook_secret": SECRET,
            "field_status": "status",
            "success_pattern": '"accepted"',
            "opted_out_pattern": "blocklist",
        }
        return {**usual, **changes}

    def _serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.command, request.path, headers, body))
        if headers.get("authorization") != f"Bearer {KEY}":
            _answer(request, 401, {"error": "unknown key"})
            return
        told = json.loads(body)
        met = self.faults.next_fault()
        if met in (Fault.BUSY, Fault.BROKEN, Fault.ERROR_IN_200, Fault.HTML):
            self.faults.misbehave(request, met, {"error": "internal"}, b"")
            return
        problem = self._problem(told)
        if problem is not None:
            _answer(request, 422, {"error": problem})
            return
        self.sent.append(told)
        good = {"state": "accepted", "id": f"gw-{len(self.sent)}"}
        if met is not None:
            self.faults.misbehave(request, met, {}, json.dumps(good).encode())
            return
        _answer(request, 202, good)

    def _problem(self, told: dict[str, Any]) -> str | None:
        if not re.fullmatch(r"\+[1-9]\d{6,14}", str(told.get("to"))):
            return "no such number"
        if told["to"] in self.opted_out:
            return "on the blocklist"
        return "too long" if len(str(told.get("text"))) > 1600 else None


def _answer(request: BaseHTTPRequestHandler, status: int, body: Any) -> None:
    content = json.dumps(body).encode()
    request.send_response(status)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
