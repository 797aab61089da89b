"""A strict stand-in for Vonage's Messages API: key, fields, numbers and lengths are checked."""

import base64
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from shopbell.connectors.channels.vonage_sms.signing import make_token
from tests.connectors.channels.faults import Fault, Faults

KEY, SECRET = "abcd1234", "the secret of the account"
SIGNATURE_SECRET = "the secret that signs webhooks"
NUMBER = "447700900000"
_NEEDED = {"message_type", "channel", "to", "from", "text"}


class FakeVonage:
    """The server; open it with `with`. `sent` has what was taken."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.barred: set[str] = set()
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
        """Return settings of a connection to this stand-in."""
        usual = {"api_key": KEY, "api_secret": SECRET, "signature_secret": SIGNATURE_SECRET}
        return {**usual, "from": NUMBER, "api_base": self.url, **changes}

    def _serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        wanted = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            _refuse(request, 401, "Unauthorized", "You did not provide correct credentials.")
        elif request.path == "/account/get-balance":
            _answer(request, 200, {"value": 10.28, "autoReload": False})
        elif request.path == "/v1/messages" and request.command == "POST":
            self._take(request, json.loads(body))
        else:
            _refuse(request, 404, "Not found", request.path)

    def _take(self, request: BaseHTTPRequestHandler, told: dict[str, Any]) -> None:
        met = self.faults.next_fault()
        if met in (Fault.BUSY, Fault.BROKEN, Fault.ERROR_IN_200, Fault.HTML):
            self.faults.misbehave(request, met, {"title": "Internal Error"}, b"")
            return
        to = str(told.get("to"))
        if not told.keys() >= _NEEDED or told["channel"] != "sms":
            _refuse(request, 422, "1010", "Missing params")
        elif not re.fullmatch(r"[1-9]\d{6,14}", to):
            _refuse(request, 422, "1170", "Invalid or missing MSISDN param")
        elif to in self.barred:
            _refuse(request, 422, "1460", "The user has opted out")
        elif len(told["text"]) > 1000:
            _refuse(request, 422, "1110", "The message is too long")
        else:
            self.sent.append(told)
            good = {"message_uuid": str(uuid.uuid4())}
            if met is not None:
                self.faults.misbehave(request, met, {}, json.dumps(good).encode())
                return
            _answer(request, 202, good)


def signed(body: bytes, *, secret: str = SIGNATURE_SECRET, at: float | None = None) -> str:
    """Return the header Authorization of a webhook."""
    return f"Bearer {make_token(body, KEY, secret, at or time.time())}"


def inbound(text: str, sender: str = "491701234567") -> bytes:
    """Return the webhook of a text."""
    return json.dumps(
        {
            "channel": "sms",
            "message_uuid": str(uuid.uuid4()),
            "to": NUMBER,
            "from": sender,
            "timestamp": "2026-11-22T12:00:00Z",
            "message_type": "text",
            "text": text,
            "sms": {"num_messages": "1", "keyword": text.partition(" ")[0].upper()},
        }
    ).encode()


def status(name: str, code: int = 0, reference: str = "<m.1@lark.example>") -> bytes:
    """Return the webhook of a receipt."""
    told: dict[str, Any] = {
        "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "to": "491701234567",
        "from": NUMBER,
        "timestamp": "2026-11-22T12:00:05Z",
        "status": name,
        "channel": "sms",
        "client_ref": reference,
    }
    if code:
        kind = f"https://developer.vonage.com/api-errors/messages#{code}"
        told["error"] = {"type": kind, "title": code, "detail": "It could not be delivered."}
    return json.dumps(told).encode()


def _refuse(request: BaseHTTPRequestHandler, code: int, title: str, detail: str) -> None:
    kind = f"https://developer.vonage.com/api-errors/messages#{title}"
    _answer(request, code, {"type": kind, "title": title, "detail": detail, "instance": "x"})


def _answer(request: BaseHTTPRequestHandler, code: int, body: Any) -> None:
    content = json.dumps(body).encode()
    request.send_response(code)
    request.send_header("content-type", "application/json")
    request.send_header("content-length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
