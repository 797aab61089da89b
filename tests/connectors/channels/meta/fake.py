"""A strict stand-in for Meta's Graph API, one account of Instagram or one page on loopback.

It refuses a wrong token or version, text outside the window, a second private reply or a late one,
and calls beyond the allowance, with the numbers that Meta's documentation gives. It keeps what
was sent and makes the signed webhooks of what customers do. A newcomer's mistake: sending to
somebody who never wrote; `write` or `comment` first.
"""

import hashlib
import hmac
import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from shopbell.kit import clock
from tests.connectors.channels.faults import Faults

VERSION = "v25.0"
APP_SECRET = "an app secret"
TOKEN = "a-token-of-the-account"
_DAY, _WEEK = timedelta(hours=24), timedelta(days=7)


class Refused(Exception):
    """An error of the Graph API."""

    def __init__(self, code: int, words: str, subcode: int = 0, status: int = 400) -> None:
        super().__init__(words)
        self.status = status
        error = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
        self.body = {"error": error | ({"error_subcode": subcode} if subcode else {})}


@dataclass
class Comment:
    """A comment as the platform has it."""

    author: str
    text: str
    at: datetime
    post: str
    parent: str = ""
    hidden: bool = False
    answered_in_private: bool = False
    replies: list[str] = field(default_factory=list)


@dataclass
class Sent:
    """A message that was taken."""

    to: str
    mid: str
    message: dict[str, Any]
    tag: str = ""
    comment: str = ""  # it is the private reply to this one

    @property
    def text(self) -> str:
        return str(self.message.get("text", ""))


class FakeMeta:
    """One account. `sent`, `comments` and `uploads` are what tests look at."""

    about = "instagram"
    replies_edge = "replies"
    hide_field = "hide"
    text_limit = 1000
    names_type = False

    def __init__(self, own_id: str = "17841400000000001", now: Any = clock.now) -> None:
        self.own_id, self.now = own_id, now
        self.sent: list[Sent] = []
        self.comments: dict[str, Comment] = {}
        self.uploads: dict[str, bytes] = {}
        self.media: dict[str, bytes] = {}
        self.subscribed: set[str] = set()
        self.blocked: set[str] = set()
        self.calls: list[str] = []
        self.allowance: int | None = None  # how many calls are left in this hour
        self.human_agent = True  # whether the app has the permission
        self.token_ended = False
        # Answered first, in order; None: this call goes well.
        self.answers: list[tuple[int, dict[str, str], bytes] | None] = []
        self.faults = Faults()
        self.hang_ups = 0  # so many requests are done, and never answered
        self._wrote: dict[str, datetime] = {}
        self._numbers = iter(range(1, 1_000_000))
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> "FakeMeta":
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()

    @property
    def taken(self) -> int:
        return len(self.sent)

    # What customers do: each returns the body of the webhook.

    def write(self, person: str, text: str, at: datetime | None = None, **more: Any) -> bytes:
        """Somebody writes a message; the window is open."""
        at = at or self.now()
        self._wrote[person] = max(at, self._wrote.get(person, at))
        message = {"mid": self._number("m"), "text": text, **more}
        return self._messaging(person, at, {"message": message})

    def event(self, person: str, content: dict[str, Any], at: datetime | None = None) -> bytes:
        """Somebody does something else: `content` is put into the event."""
        return self._messaging(person, at or self.now(), content)

    def comment(
        self, person: str, text: str, at: datetime | None = None, *, parent: str = ""
    ) -> tuple[str, bytes]:
        """Somebody writes below a post; returns the comment's id too."""
        at = at or self.now()
        identity = self._number("1790")
        self.comments[identity] = Comment(person, text, at, "90010", parent)
        return identity, self._body(at, changes=[self._change(identity)])

    def sign(self, body: bytes) -> dict[str, str]:
        """Return the headers with which Meta sends a body."""
        mac = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={mac}", "content-type": "application/json"}

    def deliver(self, body: bytes, door: str) -> int:
        """Post a webhook to a door; returns the status."""
        return httpx2.post(door, content=body, headers=self.sign(body), timeout=20).status_code

    # What the API does.

    def answer(self, method: str, path: str, headers: Headers, body: bytes) -> tuple[int, Any]:
        """Answer one call."""
        parts = urlsplit(path)
        steps = parts.path.strip("/").split("/")
        if steps[0] == "media":
            if "authorization" in headers:
                raise Refused(1, "The token was given to the media host.", status=400)
            return 200, self.media[steps[1]]
        if steps[0] != VERSION:
            raise Refused(2635, f"You are calling a deprecated version: {steps[0]}")
        if headers.get("authorization") != f"Bearer {TOKEN}" or self.token_ended:
            raise Refused(190, "Error validating access token: Session has expired", 463, 401)
        if self.allowance is not None:
            self.allowance -= 1
            if self.allowance < 0:
                raise Refused(4, "Application request limit reached", status=403)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return 200, self._route(method, steps[1:], query, headers, body)

    def _route(
        self, method: str, steps: list[str], query: dict[str, str], headers: Headers, body: bytes
    ) -> Any:
        match method, *steps:
            case "GET", self.own_id:
                return {"id": self.own_id, "username": "lark.larder", "name": "Lark & Larder"}
            case "GET", self.own_id, "subscribed_apps":
                fields = sorted(self.subscribed)
                return {"data": [{"id": "1", "subscribed_fields": fields}] if fields else []}
            case "POST", self.own_id, "subscribed_apps":
                self.subscribed |= set(query["subscribed_fields"].split(","))
                return {"success": True}
            case "POST", self.own_id, "messages":
                return self._message(json.loads(body))
            case "POST", self.own_id, "message_attachments":
                return {"attachment_id": self._upload(headers, body)}
            case "POST", identity, self.replies_edge:
                return self._reply(self._found(identity), json.loads(body))
            case "POST", identity:
                self._found(identity).hidden = bool(json.loads(body)[self.hide_field])
                return {"success": True}
        raise Refused(2500, f"Unknown path components: {steps}")

    def _message(self, content: dict[str, Any]) -> dict[str, Any]:
        message, recipient = content["message"], content["recipient"]
        text = message.get("text", "")
        if self.names_type and "messaging_type" not in content:
            raise Refused(100, "Param messaging_type is required")
        if self._length(text) > self.text_limit:
            raise Refused(100, f"Length of param message[text] must be at most {self.text_limit}")
        replies = message.get("quick_replies", [])
        if len(replies) > 13 or any(len(each["title"]) > 20 for each in replies):
            raise Refused(100, "Param message[quick_replies] is not valid")
        identity = message.get("attachment", {}).get("payload", {}).get("attachment_id")
        if "attachment" in message and identity not in self.uploads:
            raise Refused(100, "Invalid attachment id")
        if "comment_id" in recipient:
            person = self._private(recipient["comment_id"])
        else:
            person = recipient["id"]
            self._check_window(person, content.get("tag", ""))
        mid = self._number("m")
        comment = recipient.get("comment_id", "")
        self.sent.append(Sent(person, mid, message, content.get("tag", ""), comment))
        return {"recipient_id": person, "message_id": mid}

    def _check_window(self, person: str, tag: str) -> None:
        if person in self.blocked:
            raise Refused(551, "This person isn't available right now.", 1545041)
        commented = any(comment.author == person for comment in self.comments.values())
        last = self._wrote.get(person)
        if last is None and not commented:
            raise Refused(100, "No matching user found", 2018001)
        late = tag == "HUMAN_AGENT" and self.human_agent
        if last is None or self.now() - last > (_WEEK if late else _DAY):
            words = "This message is sent outside of allowed window."
            raise Refused(10, words, 2534022 if self.about == "instagram" else 2018278, 403)

    def _private(self, identity: str) -> str:
        comment = self._found(identity)
        if comment.answered_in_private:
            raise Refused(10900, "Activity already replied to")
        if self.now() - comment.at > _WEEK:
            raise Refused(10901, "Activity is too old to be replied to in private")
        comment.answered_in_private = True
        return comment.author

    def _reply(self, comment: Comment, content: dict[str, Any]) -> dict[str, Any]:
        if self.about == "instagram" and len(content["message"]) > 300:
            raise Refused(100, "The comment is longer than 300 characters")
        comment.replies.append(content["message"])
        return {"id": self._number("1791")}

    def _upload(self, headers: Headers, body: bytes) -> str:
        found = re.search(r"boundary=(\S+)", headers["content-type"])
        assert found
        pieces = body.split(b"--" + found[1].encode())
        fields = {}
        for piece in pieces[1:-1]:
            head, _, content = piece.partition(b"\r\n\r\n")
            named = re.search(rb'name="(\w+)"', head)
            assert named
            fields[named[1].decode()] = content.removesuffix(b"\r\n")
        if self.about == "instagram" and fields.get("platform") != b"instagram":
            raise Refused(100, "Param platform is missing")
        assert json.loads(fields["message"])["attachment"]["type"]
        identity = self._number("att")
        self.uploads[identity] = fields["filedata"]
        return identity

    def _found(self, identity: str) -> Comment:
        if identity not in self.comments:
            raise Refused(100, f"Object with ID '{identity}' does not exist", 33)
        return self.comments[identity]

    def _length(self, text: str) -> int:
        return len(text.encode())

    def _messaging(self, person: str, at: datetime, content: dict[str, Any]) -> bytes:
        event = {"sender": {"id": person}, "recipient": {"id": self.own_id}}
        stamp = int(at.timestamp() * 1000)
        return self._body(at, messaging=[{**event, "timestamp": stamp, **content}])

    def _change(self, identity: str) -> dict[str, Any]:
        comment = self.comments[identity]
        value: dict[str, Any] = {
            "id": identity,
            "text": comment.text,
            "from": {"id": comment.author, "username": f"user.{comment.author}"},
            "media": {"id": comment.post, "media_product_type": "FEED"},
        }
        if comment.parent:
            value["parent_id"] = comment.parent
        return {"field": "comments", "value": value}

    def _body(self, at: datetime, **content: Any) -> bytes:
        entry = {"id": self.own_id, "time": int(at.timestamp()), **content}
        return json.dumps({"object": self.about, "entry": [entry]}).encode()

    def _number(self, start: str) -> str:
        with self._lock:
            return f"{start}{next(self._numbers):06d}"


def _handler(fake: FakeMeta) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            fake.calls.append(f"{self.command} {self.path.partition('?')[0]}")
            fault = fake.answers.pop(0) if fake.answers else None
            if fault is not None:
                self._send(*fault)
                return
            try:
                status, content = fake.answer(self.command, self.path, self.headers, body)
            except Refused as refused:
                status, content = refused.status, refused.body
            if fake.hang_ups:
                fake.hang_ups -= 1
                self.close_connection = True
                return
            path = urlsplit(self.path).path
            odd = fake.faults.next_fault() if path.endswith("/messages") else None
            if odd is not None:
                error = Refused(2, "An unexpected error has occurred. Please retry.").body
                fake.faults.misbehave(self, odd, error, json.dumps(content).encode())
                return
            used = 100 if fake.allowance is not None and fake.allowance <= 0 else 12
            headers = {"x-app-usage": json.dumps({"call_count": used, "total_time": 3})}
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self._send(status, headers, raw)

        def _send(self, status: int, headers: dict[str, str], raw: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler
