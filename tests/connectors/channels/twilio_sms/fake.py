"""A strict stand-in for Twilio's Programmable Messaging: a real web server on loopback.

    with FakeTwilio() as twilio:
        settings = twilio.settings()                     # for `shopbell apply` or a test account
        ...                                              # send
        [text] = twilio.sent
        twilio.report(text, "delivered")                 # posts a signed receipt to our door
        twilio.text("+491701234567", "Thank you!")       # somebody texts our number

It refuses what Twilio refuses (wrong key, numbers that are none, opted-out pairs, long bodies,
foreign senders, more than `per_second`), obeys STOP and START as Twilio does, and keeps everything
in its list of messages, which can be asked for. A newcomer's mistake: reporting to a door that is
not there; `hook` is where receipts without an address of their own and texts are posted.
"""

import base64
import http.client
import json
import re
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from shopbell.connectors.channels.twilio_signatures import params_of, signature_of
from tests.connectors.channels.faults import Fault, Faults

SID = "AC" + "0" * 31 + "1"
TOKEN = "the token of the account"
NUMBER = "+15005550006"
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
_ERROR = {"code": 20500, "message": "An internal server error has occurred", "status": 500}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@dataclass
class Text:
    """One message as Twilio keeps it."""

    sid: str
    direction: str  # inbound or outbound-api
    sender: str
    to: str
    body: str
    status: str
    at: datetime
    media: list[str] = field(default_factory=list)
    callback: str = ""
    error: int | None = None


class FakeTwilio:
    """The server; open it with `with`."""

    def __init__(self, *, hook: str = "", per_second: int = 10_000, page: int = 50) -> None:
        self.hook = hook
        self.per_second = per_second
        self.page = page
        self.texts: list[Text] = []
        self.opted_out: set[tuple[str, str]] = set()
        self.landlines: set[str] = set()
        self.closed_countries: set[str] = set()  # beginnings of numbers
        self.numbers: dict[str, dict[str, Any]] = {NUMBER: {"sms": True, "mms": True}}
        self.sms_url = ""
        self.names: set[str] = set()
        self.files: dict[str, tuple[str, bytes]] = {}
        self.account_status, self.account_type = "active", "Full"
        self.requests: list[tuple[str, str]] = []
        self.answers: list[tuple[int, bytes]] = []  # what the door said
        self._faults: list[Any] = []
        self.faults = Faults()
        self._moments: list[float] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                fake._serve(self, self.rfile.read(length))

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
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # What tests do ------------------------------------------------------------------------------

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return settings of a connection to this stand-in."""
        usual = {"account_sid": SID, "auth_token": TOKEN, "from": NUMBER, "api_base": self.url}
        return {**usual, **changes}

    @property
    def taken(self) -> int:
        """How many messages of ours were taken."""
        return len(self.sent)

    @property
    def sent(self) -> list[Text]:
        """What we handed over."""
        return [text for text in self.texts if text.direction == "outbound-api"]

    def fail(self, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next message like this; `body` is JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        self._faults.append((status, content, dict(headers or {})))

    def hang_up(self, *, after_taking: bool) -> None:
        """Cut the next request off without an answer, before or after the message is taken."""
        self._faults.append("taken" if after_taking else "dropped")

    def text(
        self, sender: str, body: str, *, media: int = 0, to: str = NUMBER, deliver: bool = True
    ) -> Text:
        """Let somebody text to our number; `deliver`: post it to the door too."""
        text = Text(_sid("MM" if media else "SM"), "inbound", sender, to, body, "received", _now())
        for _ in range(media):
            text.media.append(sid := _sid("ME"))
            self.files[sid] = ("image/png", _PICTURE)
        with self._lock:
            self.texts.append(text)
            self._obey(text)
        if deliver:
            self.post(self.hook, self.inbound_form(text))
        return text

    def report(self, text: Text, status: str, error: int | None = None) -> None:
        """Say what became of a message of ours, as a signed receipt to its address."""
        text.status, text.error = status, error
        if text.callback or self.hook:
            self.post(text.callback or self.hook, self.status_form(text))

    def inbound_form(self, text: Text) -> dict[str, str]:
        """Return the form Twilio posts for a text from outside."""
        form = {
            "ToCountry": "US",
            "MessageSid": text.sid,
            "SmsMessageSid": text.sid,
            "SmsSid": text.sid,
            "SmsStatus": "received",
            "AccountSid": SID,
            "ApiVersion": "2010-04-01",
            "From": text.sender,
            "To": text.to,
            "Body": text.body,
            "NumMedia": str(len(text.media)),
            "NumSegments": "1",
        }
        for number, media in enumerate(text.media):
            form[f"MediaUrl{number}"] = f"{self.url}{_media_path(text.sid, media)}"
            form[f"MediaContentType{number}"] = self.files[media][0]
        return form

    def status_form(self, text: Text) -> dict[str, str]:
        """Return the form Twilio posts about a message of ours."""
        form = {
            "AccountSid": SID,
            "ApiVersion": "2010-04-01",
            "From": text.sender,
            "To": text.to,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
        }
        return form | ({"ErrorCode": str(text.error)} if text.error else {})

    def post(self, url: str, form: Mapping[str, str], *, token: str = TOKEN) -> int:
        """Post a signed form and keep what was answered."""
        body = urlencode(form)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature_of(url, params_of(body.encode()), token),
            "User-Agent": "TwilioProxy/1.1",
        }
        parts = urlsplit(url)
        line = http.client.HTTPConnection(parts.netloc, timeout=15)
        try:
            line.request("POST", f"{parts.path}?{parts.query}".rstrip("?"), body, headers)
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        self.answers.append((answer.status, content))
        return answer.status

    # What Twilio does ---------------------------------------------------------------------------

    def _serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        parts = urlsplit(request.path)
        self.requests.append((request.command, request.path))
        if not self._knows(request):
            _refuse(request, 401, 20003, "Authenticate")
            return
        base = f"/2010-04-01/Accounts/{SID}"
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == f"{base}.json":
            name = {"friendly_name": "Lark & Larder", "sid": SID}
            _answer(
                request, 200, {**name, "status": self.account_status, "type": self.account_type}
            )
        elif parts.path == f"{base}/Balance.json":
            _answer(request, 200, {"balance": "12.4000", "currency": "USD", "account_sid": SID})
        elif parts.path == f"{base}/IncomingPhoneNumbers.json":
            _answer(request, 200, {"incoming_phone_numbers": self._numbers(query)})
        elif parts.path == f"{base}/Messages.json" and request.command == "POST":
            self._create(request, parse_qs(body.decode(), keep_blank_values=True))
        elif parts.path == f"{base}/Messages.json":
            self._list(request, query)
        else:
            self._file(request, parts.path)

    def _knows(self, request: BaseHTTPRequestHandler) -> bool:
        wanted = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        return request.headers.get("authorization", "") == f"Basic {wanted}"

    def _create(self, request: BaseHTTPRequestHandler, form: dict[str, list[str]]) -> None:
        fault = self._faults.pop(0) if self._faults else None
        if fault == "dropped":
            request.close_connection = True
            request.connection.close()
            return
        if isinstance(fault, tuple):
            _raw(request, *fault)
            return
        met = self.faults.next_fault()
        given = {name: values[-1] for name, values in form.items()}
        if met in (Fault.BUSY, Fault.BROKEN, Fault.ERROR_IN_200, Fault.HTML):
            self.faults.misbehave(request, met, _ERROR, b"")
            return
        problem = self._problem(given, form.get("MediaUrl", []))
        if problem is not None:
            _refuse(request, *problem)
            return
        text = Text(
            _sid("MM" if "MediaUrl" in form else "SM"),
            "outbound-api",
            given.get("From") or NUMBER,
            given["To"],
            given.get("Body", ""),
            "queued",
            _now(),
            media=form.get("MediaUrl", []),
            callback=given.get("StatusCallback", ""),
        )
        with self._lock:
            self.texts.append(text)
        if fault == "taken":
            request.close_connection = True
            request.connection.close()
            return
        if met is not None:
            self.faults.misbehave(request, met, _ERROR, json.dumps(self._row(text)).encode())
            return
        _answer(request, 201, self._row(text))

    def _problem(self, given: dict[str, str], media: list[str]) -> tuple[int, int, str] | None:
        """Return (status, code, message) of Twilio's refusal."""
        to, sender, body = given.get("To", ""), given.get("From", ""), given.get("Body", "")
        with self._lock:
            now = time.monotonic()
            self._moments = [moment for moment in self._moments if now - moment < 1.0]
            self._moments.append(now)
            fast = len(self._moments) > self.per_second
        if fast:
            return 429, 20429, "Too Many Requests"
        known = sender in self.numbers or sender in self.names or "MessagingServiceSid" in given
        checks = (
            (not to, 21604, "A 'To' phone number is required."),
            (not _E164.fullmatch(to), 21211, f"Invalid 'To' Phone Number: {to}"),
            (not known, 21606, f"The 'From' phone number provided ({sender}) is not yours."),
            (to in self.landlines, 21614, f"'To' number is not a valid mobile number: {to}"),
            (
                any(map(to.startswith, self.closed_countries)),
                21408,
                "Permission to send is not on.",
            ),
            ((sender, to) in self.opted_out, 21610, "Attempt to send to unsubscribed recipient"),
            (not body and not media, 21619, "A text message body or media urls must be specified."),
            (len(body) > 1600, 21617, "The concatenated message body exceeds the 1600 limit."),
            (len(media) > 10, 21623, "Number of media files exceeds allowed limit."),
            (not _usable(given.get("StatusCallback")), 21609, "Invalid StatusCallback URL"),
        )
        return next(((400, code, said) for wrong, code, said in checks if wrong), None)

    def _obey(self, text: Text) -> None:
        """Block and unblock the pair on Twilio's own words."""
        word = text.body.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add((text.to, text.sender))
        elif word in START_WORDS:
            self.opted_out.discard((text.to, text.sender))

    def _numbers(self, query: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {"phone_number": number, "capabilities": abilities, "sms_url": self.sms_url}
            for number, abilities in self.numbers.items()
            if query.get("PhoneNumber") in (None, number)
        ]

    def _list(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        since = query.get("DateSent>", "0000-00-00")
        rows = [text for text in reversed(self.texts) if f"{text.at:%Y-%m-%d}" >= since[:10]]
        start = int(query.get("Page", 0)) * self.page
        following = None
        if start + self.page < len(rows):
            wanted = urlencode({"DateSent>": since, "Page": start // self.page + 1})
            following = f"/2010-04-01/Accounts/{SID}/Messages.json?{wanted}"
        shown = [self._row(text) for text in rows[start : start + self.page]]
        _answer(request, 200, {"messages": shown, "next_page_uri": following})

    def _row(self, text: Text) -> dict[str, Any]:
        stamp = format_datetime(text.at)
        return {
            "sid": text.sid,
            "account_sid": SID,
            "direction": text.direction,
            "from": text.sender,
            "to": text.to,
            "body": text.body,
            "status": text.status,
            "num_media": str(len(text.media)),
            "num_segments": "1",
            "error_code": text.error,
            "error_message": None,
            "date_created": stamp,
            "date_sent": stamp,
            "date_updated": stamp,
            "price": None,
            "uri": f"/2010-04-01/Accounts/{SID}/Messages/{text.sid}.json",
        }

    def _file(self, request: BaseHTTPRequestHandler, path: str) -> None:
        found = re.fullmatch(
            rf"/2010-04-01/Accounts/{SID}/Messages/(\w+)/Media(?:/(\w+)|\.json)", path
        )
        text = next((each for each in self.texts if found and each.sid == found[1]), None)
        if found is None or text is None:
            _refuse(request, 404, 20404, "The requested resource was not found")
        elif found[2] is None:
            rows = [{"sid": sid, "content_type": self.files[sid][0]} for sid in text.media]
            _answer(request, 200, {"media_list": rows})
        elif found[2] in self.files:
            kind, content = self.files[found[2]]
            _raw(request, 200, content, {"content-type": kind})
        else:
            _refuse(request, 404, 20404, "The requested resource was not found")


def _usable(url: str | None) -> bool:
    return url is None or url.startswith(("http://", "https://"))


def _refuse(request: BaseHTTPRequestHandler, status: int, code: int, message: str) -> None:
    info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": info, "status": status}
    _answer(request, status, body)


def _answer(request: BaseHTTPRequestHandler, status: int, body: Any) -> None:
    _raw(request, status, json.dumps(body).encode(), {"content-type": "application/json"})


def _raw(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str]
) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def _media_path(message: str, media: str) -> str:
    return f"/2010-04-01/Accounts/{SID}/Messages/{message}/Media/{media}"


def _sid(kind: str) -> str:
    return f"{kind}{uuid.uuid4().hex}"


def _now() -> datetime:
    return datetime.now(UTC)
