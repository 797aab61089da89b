"""A strict stand-in for Meta's Graph API of WhatsApp: a real HTTP server on loopback.

    with MetaFake() as meta:
        meta.wrote("4917012345")                 # a customer wrote: the 24 hours begin
        … settings(api_base=meta.url, access_token=TOKEN, phone_number_id=NUMBER) …
        meta.sent                                # what was taken, in order
        meta.post(door, meta.message("4917012345", "Hello"))    # a signed webhook to our door

It refuses what Meta refuses, as documented: wrong keys and versions, words outside of 24 hours,
templates that are not approved or wrongly filled, more than 80 a second for a number, more than one
in 6 seconds to a person once a burst of 45 is used up, files it does not take.
"""

import hashlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from shopbell.connectors.channels.whatsapp_cloud.webhooks import SIGNATURE_HEADER, sign
from tests.connectors.channels.faults import Fault, Faults
from tests.connectors.channels.whatsapp_cloud import rules
from tests.connectors.channels.whatsapp_cloud.rules import Refused

VERSION, TOKEN, SECRET = "v24.0", "EAAG-stand-in-token", "stand-in-app-secret"
NUMBER, ACCOUNT = "100200300400500", "100200300400600"
WINDOW_SECONDS = 24 * 3600.0
PAIR_SECONDS, PAIR_BURST = 6.0, 45


@dataclass
class Taken:
    """A message that Meta took."""

    id: str
    number: str
    to: str
    at: float
    content: dict[str, Any]


@dataclass
class MetaFake:
    """The stand-in. Everything in it may be changed while it runs."""

    per_second: int = 80
    with_window: bool = True
    url: str = ""
    sent: list[Taken] = field(default_factory=list)
    media: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    templates: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    apps: list[dict[str, Any]] = field(default_factory=lambda: [{"whatsapp_business_api_data": {}}])
    refusals: list[int] = field(default_factory=list)  # the codes of everything refused
    windows: dict[tuple[str, str], float] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    lost: bool = False  # the token ended
    clock: Callable[[], float] = time.monotonic  # by which its limits go

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._pairs: dict[tuple[str, str], tuple[float, float]] = {}
        self._count = 0
        self.add_number(NUMBER, "+49 30 555000")

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def taken(self) -> int:
        return len(self.sent)

    def add_number(self, identity: str, display: str, **changes: Any) -> None:
        """Give the account a further number."""
        self.numbers[identity] = {
            "id": identity, "display_phone_number": display, "verified_name": "Lark & Larder",
            "quality_rating": "GREEN", "throughput": {"level": "STANDARD"}, "status": "CONNECTED",
            "name_status": "APPROVED", "whatsapp_business_manager_messaging_limit": "TIER_2K",
            **changes,
        }  # fmt: skip

    def add_template(self, name: str, body: str, language: str = "en", **changes: Any) -> None:
        """Give the account a template, approved if nothing else is said."""
        components = changes.pop("components", [{"type": "BODY", "text": body}])
        self.templates.append({
            "id": str(900_000 + len(self.templates)), "name": name, "language": language,
            "status": "APPROVED", "category": "UTILITY", "components": components,
            "quality_score": {"score": "GREEN"}, "rejected_reason": "NONE",
            "parameter_format": "POSITIONAL", **changes,
        })  # fmt: skip

    def wrote(self, customer: str, *, number: str = NUMBER, ago: float = 0.0) -> None:
        """Let a customer have written: what is said is allowed for 24 hours."""
        self.windows[number, customer.removeprefix("+")] = time.time() - ago

    # ------------------------------------------------------------------ what it is asked

    def answer(
        self, method: str, path: str, query: dict[str, str], headers: Any, body: bytes
    ) -> Any:
        """Answer one request, or raise `Refused`."""
        parts = path.strip("/").split("/")
        if self.lost or headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(190, "Error validating access token: Session has expired", 401)
        if parts[0] == "media-bytes" and method == "GET":
            return self.media[parts[1]][1]
        if parts[0] != VERSION:
            raise Refused(2500, f"Unknown path components: /{parts[0]}")
        match method, parts[1:]:
            case "POST", [number, "messages"]:
                return self._message(self._own(number), json.loads(body))
            case "POST", [number, "media"]:
                self._own(number)
                return self._upload(headers.get("content-type", ""), body)
            case "GET", [account, "message_templates"]:
                return self._templates(self._account(account), query)
            case "POST", [account, "message_templates"]:
                self._account(account)
                return self._submit(json.loads(body))
            case "GET", [account, "subscribed_apps"]:
                self._account(account)
                return {"data": self.apps}
            case "GET", [identity] if identity in self.numbers:
                wanted = query.get("fields", "id,display_phone_number,verified_name").split(",")
                return {k: v for k, v in self.numbers[identity].items() if k in (*wanted, "id")}
            case "GET", [identity] if identity in self.media:
                return self._about_media(identity)
        raise Refused(100, "Unsupported request. Object does not exist", subcode=33)

    def _own(self, number: str) -> str:
        if number not in self.numbers:
            raise Refused(100, f"Object with ID '{number}' does not exist", subcode=33)
        return number

    def _account(self, account: str) -> str:
        if account != ACCOUNT:
            raise Refused(100, f"Object with ID '{account}' does not exist", subcode=33)
        return account

    def _message(self, number: str, content: dict[str, Any]) -> Any:
        to = rules.check_message(content, self.templates, self.media)
        now = time.time()
        with self._lock:
            self._keep_speed(number)
            self._keep_pair(number, to)
            free = not self.with_window or content["type"] == "template"
            if not free and now - self.windows.get((number, to), 0.0) > WINDOW_SECONDS:
                raise Refused(131047, "Re-engagement message", details="More than 24 hours.")
            self._count += 1
            identity = f"wamid.FAKE{self._count:08d}"
            self.sent.append(Taken(identity, number, to, now, content))
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": identity, "message_status": "accepted"}],
        }

    def _keep_speed(self, number: str) -> None:
        now, recent = self.clock(), self._recent[number]
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        if len(recent) >= self.per_second:
            raise Refused(130429, "Rate limit hit", 429, details="Throughput has been reached.")
        recent.append(now)

    def _keep_pair(self, number: str, to: str) -> None:
        now = self.clock()
        began, free = self._pairs.get((number, to), (0.0, 0.0))
        if now >= free:
            began, free = now, now
        elif now - began >= PAIR_SECONDS or free - began >= PAIR_BURST * PAIR_SECONDS:
            raise Refused(131056, "Pair rate limit hit", details="Too many to this person.")
        self._pairs[number, to] = (began, free + PAIR_SECONDS)

    def _upload(self, content_type: str, body: bytes) -> Any:
        fields = rules.form_fields(content_type, body)
        kind, content = rules.check_media(fields)
        identity = str(700_000 + len(self.media))
        self.media[identity] = (kind, content)
        return {"id": identity}

    def add_media(self, content_type: str, content: bytes) -> str:
        """Keep a file that a customer sent; returns its id."""
        identity = str(700_000 + len(self.media))
        self.media[identity] = (content_type, content)
        return identity

    def _about_media(self, identity: str) -> Any:
        kind, content = self.media[identity]
        return {
            "messaging_product": "whatsapp",
            "url": f"{self.url}/media-bytes/{identity}",
            "mime_type": kind,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": identity,
        }

    def _templates(self, account: str, query: dict[str, str]) -> Any:
        start, limit = int(query.get("after") or 0), min(int(query.get("limit") or 25), 100)
        page = self.templates[start : start + limit]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + limit)}}
        if start + limit < len(self.templates):
            paging["next"] = (
                f"{self.url}/{VERSION}/{account}/message_templates?after={start + limit}"
            )
        return {"data": page, "paging": paging}

    def _submit(self, given: dict[str, Any]) -> Any:
        rules.check_template(given, self.templates)
        self.add_template(
            given["name"], "", given["language"], status="PENDING",
            category=given["category"], components=given["components"],
        )  # fmt: skip
        made = self.templates[-1]
        return {"id": made["id"], "status": "PENDING", "category": made["category"]}

    # ------------------------------------------------------------------ what it tells us

    def message(
        self, customer: str, text: str = "", *, number: str = NUMBER, **content: Any
    ) -> Any:
        """Return a webhook with a message of a customer, and begin the 24 hours."""
        self.wrote(customer, number=number)
        with self._lock:
            self._count += 1
            identity = f"wamid.IN{self._count:08d}"
        told = content or {"type": "text", "text": {"body": text}}
        message = {"from": customer, "id": identity, "timestamp": str(int(time.time())), **told}
        person = {"profile": {"name": "Mia Moss"}, "wa_id": customer}
        return self.webhook(number, contacts=[person], messages=[message])

    def status(self, taken: Taken, status: str, code: int = 0, title: str = "Failed") -> Any:
        """Return a webhook with news of a message that was taken."""
        told = {
            "id": taken.id, "status": status, "timestamp": str(int(time.time())),
            "recipient_id": taken.to,
            "biz_opaque_callback_data": taken.content.get("biz_opaque_callback_data", ""),
        }  # fmt: skip
        if code:
            told["errors"] = [{"code": code, "title": title, "error_data": {"details": title}}]
        return self.webhook(taken.number, statuses=[told])

    def webhook(self, number: str, **value: Any) -> Any:
        """Return a webhook about a number."""
        about = {
            "display_phone_number": self.numbers[number]["display_phone_number"],
            "phone_number_id": number,
        }
        content = {"messaging_product": "whatsapp", "metadata": about, **value}
        change = {"value": content, "field": "messages"}
        return {
            "object": "whatsapp_business_account",
            "entry": [{"id": ACCOUNT, "changes": [change]}],
        }

    def template_news(
        self, name: str, kind: str = "message_template_status_update", **value: Any
    ) -> Any:
        """Return a webhook about a template of the account, as it would come now."""
        found = next(one for one in self.templates if one["name"] == name)
        about = {
            "message_template_id": int(found["id"]),
            "message_template_name": name,
            "message_template_language": found["language"].replace("_", "-"),
        }
        changes = [{"value": {**about, **value}, "field": kind}]
        entry = {"id": ACCOUNT, "time": int(time.time()), "changes": changes}
        return {"object": "whatsapp_business_account", "entry": [entry]}

    def post(self, door: str, webhook: Any, secret: str = SECRET) -> int:
        """Post a signed webhook to our door; returns the status."""
        body = json.dumps(webhook).encode()
        headers = {SIGNATURE_HEADER: sign(body, secret), "content-type": "application/json"}
        request = urllib.request.Request(door, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None: ...


def _handler(meta: MetaFake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body in one segment

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            ask = (self.command, parts.path, dict(parse_qsl(parts.query)), self.headers, body)
            handing_over = self.command == "POST" and parts.path.endswith("/messages")
            fault = meta.faults.next_fault() if handing_over else None
            if fault in (Fault.BUSY, Fault.BROKEN, Fault.ERROR_IN_200, Fault.HTML):
                error = Refused(131000, "Something went wrong", 500).content()
                meta.faults.misbehave(self, fault, error, b"")
                return
            status, said = _answered(meta, lambda: meta.answer(*ask))
            if fault is not None:
                meta.faults.misbehave(self, fault, {}, said)
                return
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler


def _answered(meta: MetaFake, work: Callable[[], Any]) -> tuple[int, bytes]:
    try:
        said = work()
    except Refused as refused:
        meta.refusals.append(refused.code)
        return refused.status, json.dumps(refused.content()).encode()
    return 200, said if isinstance(said, bytes) else json.dumps(said).encode()
