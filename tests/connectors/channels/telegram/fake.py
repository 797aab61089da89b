"""A strict stand-in for Telegram's Bot API: one bot on loopback.

It refuses a wrong token, chats that nobody started, people who blocked the bot, texts and choices
that are too long and more than a message a second to one chat (when told to count). It keeps what
was sent and makes the updates of what customers do.
"""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from shopbell.connections.ports import Account
from shopbell.connectors.channels.telegram.channel import SECRET_HEADER
from shopbell.connectors.channels.telegram.settings import TelegramSettings
from shopbell.kit import clock
from tests.connectors.channels.faults import Faults
from tests.support.channels import make_account

TOKEN = "123456:AAbot-of-lark-and-larder"
SECRET = "lark_and_larder_secret"
_METHODS = {f"send{name.title()}": name for name in ("photo", "document", "video", "audio")}


class Refused(Exception):
    """An error of the Bot API."""

    def __init__(self, status: int, words: str, **parameters: Any) -> None:
        super().__init__(words)
        self.status = status
        self.body: dict[str, Any] = {"ok": False, "error_code": status, "description": words}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class FakeTelegram:
    """One bot. `sent` and `webhook` are what tests look at."""

    username: str = "lark_larder_bot"
    sent: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)  # that customers sent, by file id
    uploads: list[bytes] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    webhook: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)  # given first, in order
    faults: Faults = field(default_factory=Faults)
    counts_pace: bool = False
    url: str = ""

    def __post_init__(self) -> None:
        self._numbers = iter(range(100, 1_000_000))
        self._last: dict[str, float] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def __enter__(self) -> "FakeTelegram":
        return self

    def __exit__(self, *trouble: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def taken(self) -> int:
        return len(self.sent)

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return the settings as a person enters them."""
        values = {"bot_token": TOKEN, "secret_token": SECRET, "username": self.username}
        return {**values, "api_base": self.url, **changes}

    def account(self, **changes: Any) -> Account:
        """Return the bot as Shopbell has it connected."""
        settings = TelegramSettings.model_validate(self.settings(**changes))
        return make_account("telegram", settings, slug="bot", address="")

    # What customers do: each returns the body of the webhook.

    def write(self, person: str, text: str = "", **more: Any) -> bytes:
        """Somebody who pressed *Start* writes."""
        self.started.add(person)
        words = {"text": text} if text else {}
        return self._update("message", {**self._message(person), **words, **more})

    def edit(self, person: str, number: int, text: str) -> bytes:
        """Somebody changes a message."""
        content = {**self._message(person, number), "text": text, "edit_date": _now()}
        return self._update("edited_message", content)

    def press(self, person: str, message: dict[str, Any], choice: str) -> bytes:
        """Somebody presses a button below a message of ours (one of `sent`)."""
        below = {
            "message_id": message["message_id"],
            "from": {"id": 1, "is_bot": True, "first_name": "Lark"},
            "chat": {"id": int(person), "type": "private"},
            "date": _now(),
            "reply_markup": message["reply_markup"],
        }
        content = {"id": f"q{next(self._numbers)}", "from": _person(person), "message": below}
        return self._update("callback_query", {**content, "data": choice})

    def react(self, person: str, number: int, emoji: str) -> bytes:
        """Somebody puts a sign onto a message, or takes it away (no emoji)."""
        new = [{"type": "emoji", "emoji": emoji}] if emoji else []
        chat = {"id": int(person), "type": "private"}
        content = {"chat": chat, "message_id": number, "user": _person(person), "date": _now()}
        return self._update(
            "message_reaction", {**content, "old_reaction": [], "new_reaction": new}
        )

    def deliver(self, body: bytes, door: str) -> int:
        """Post an update to a door; returns the status."""
        headers = {SECRET_HEADER: SECRET, "content-type": "application/json"}
        return httpx2.post(door, content=body, headers=headers, timeout=20).status_code

    def _message(self, person: str, number: int | None = None) -> dict[str, Any]:
        return {
            "message_id": number or next(self._numbers),
            "from": _person(person),
            "chat": {"id": int(person), "type": "private"},
            "date": _now(),
        }

    def _update(self, kind: str, content: dict[str, Any]) -> bytes:
        return json.dumps({"update_id": 900_000 + next(self._numbers), kind: content}).encode()

    # What the API does.

    def answer(self, path: str, headers: Any, body: bytes) -> Any:
        """Answer one call."""
        found = re.fullmatch(r"/(file/)?bot([^/]*)/(.+)", path)
        if found is None:
            raise Refused(404, "Not Found")
        if found[2] != TOKEN:
            raise Refused(401, "Unauthorized")
        if found[1]:
            return self.files[found[3].removeprefix("files/")]
        method = found[3]
        if method in _METHODS:
            return {"ok": True, "result": self._file(_METHODS[method], headers, body)}
        content = json.loads(body)
        if method == "getMe":
            return {"ok": True, "result": {"id": 1, "is_bot": True, "username": self.username}}
        if method == "setWebhook":
            if not content["url"].startswith("https://"):
                raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
            self.webhook = content
            return {"ok": True, "result": True}
        if method == "getWebhookInfo":
            return {"ok": True, "result": {"url": self.webhook["url"], "pending_update_count": 0}}
        if method == "getFile":
            if content["file_id"] not in self.files:
                raise Refused(400, "Bad Request: invalid file_id")
            return {"ok": True, "result": {"file_path": f"files/{content['file_id']}"}}
        if method == "sendMessage":
            return {"ok": True, "result": self._text(content)}
        raise Refused(404, "Not Found: method not found")

    def _text(self, content: dict[str, Any]) -> dict[str, Any]:
        if not content["text"].strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(content["text"]) > 4096:
            raise Refused(400, "Bad Request: message is too long")
        for row in content.get("reply_markup", {}).get("inline_keyboard", []):
            if any(len(button["callback_data"].encode()) > 64 for button in row):
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        return self._take(str(content["chat_id"]), content)

    def _file(self, name: str, headers: Any, body: bytes) -> dict[str, Any]:
        found = re.search(r"boundary=(\S+)", headers["content-type"])
        assert found
        fields: dict[str, bytes] = {}
        for piece in body.split(b"--" + found[1].encode())[1:-1]:
            head, _, content = piece.partition(b"\r\n\r\n")
            named = re.search(rb'name="(\w+)"', head)
            assert named
            fields[named[1].decode()] = content.removesuffix(b"\r\n")
        caption = fields.get("caption", b"").decode()
        if len(caption) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        self.uploads.append(fields[name])
        return self._take(fields["chat_id"].decode(), {"caption": caption, "file": name})

    def _take(self, chat: str, content: dict[str, Any]) -> dict[str, Any]:
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat not in self.started:
            raise Refused(400, "Bad Request: chat not found")
        now = time.monotonic()
        if self.counts_pace and now - self._last.get(chat, -9.0) < 1:
            raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
        self._last[chat] = now
        message = {**content, "message_id": next(self._numbers), "chat": {"id": int(chat)}}
        self.sent.append(message)
        return message


def _person(person: str) -> dict[str, Any]:
    name = {"first_name": "Mia", "last_name": "Sommer", "username": "mia_s"}
    return {"id": int(person), "is_bot": False, **name, "language_code": "de"}


def _now() -> int:
    return int(clock.now().timestamp())


def _handler(fake: FakeTelegram) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            fake.calls.append(self.path.rpartition("/")[2])
            if fake.answers:
                self._send(*fake.answers.pop(0))
                return
            try:
                status, content = 200, fake.answer(self.path, self.headers, body)
            except Refused as refused:
                status, content = refused.status, refused.body
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            odd = fake.faults.next_fault() if fake.calls[-1].startswith("send") else None
            if odd is not None:
                error = Refused(500, "Internal Server Error: restart").body
                fake.faults.misbehave(self, odd, error, raw)
                return
            self._send(status, raw)

        def _send(self, status: int, raw: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler
