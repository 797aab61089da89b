"""A strict stand-in for Twilio's voice: its REST API, and callers who follow our TwiML.

`call_in` does what Twilio does when somebody calls: it posts signed webhooks and obeys the answers,
key for key, until the call is over. It refuses what Twilio refuses: a wrong login, numbers that are
not the account's, unknown verbs and attributes, `<Dial>` while an agent is asked, too many numbers.
"""

import base64
import json
import secrets
import threading
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as Tree

from shopbell.connectors.channels.twilio_signatures import signature_of

SID = "AC" + "5a" * 16
TOKEN = "a token of a made-up account"
NUMBER = "+493055500100"
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 64

type Form = dict[str, str]
type Door = Callable[[str, bytes, dict[str, str]], str]

_ATTRIBUTES = {
    "Say": {"language", "voice", "loop"},
    "Gather": {"numDigits", "timeout", "action", "method", "finishOnKey", "input"},
    "Dial": {"action", "method", "timeout", "callerId", "answerOnBridge", "timeLimit"},
    "Number": {"url", "method", "statusCallback", "statusCallbackEvent"},
    "Record": {
        "action", "method", "maxLength", "playBeep", "finishOnKey", "timeout",
        "recordingStatusCallback", "transcribe", "transcribeCallback",
    },
    "Redirect": {"method"},
    "Hangup": set(),
}  # fmt: skip
_LANGUAGES = {"en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL"}


def http_door(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Post over the network, as Twilio does."""
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=15) as reply:
        return str(reply.read().decode())


@dataclass
class Phone:
    """How a phone we ring behaves: it answers and presses `keys`, or is busy, or nobody comes."""

    answers: bool = True
    keys: str = "1"
    status: str = "no-answer"
    seconds: int = 95


@dataclass
class Heard:
    """What a caller heard, and what was posted meanwhile."""

    sid: str
    said: list[str] = field(default_factory=list)
    posted: list[tuple[str, Form]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that was said."""
        return " ".join(self.said)


class HungUp(Exception):
    """The call is over."""


@dataclass
class _Leg:
    """One call as it goes on. `hangs_up`: the verb at which its person hangs up."""

    fake: "FakeTwilio"
    heard: Heard
    form: Form
    keys: list[str] = field(default_factory=list)
    hangs_up: str = ""
    talks: int = 12
    may_dial: bool = True
    seconds: int = 4

    def run(self, url: str, **more: str) -> None:
        """Ask `url` what to do and do it; raises `HungUp` at the end of the call."""
        text = self.fake.post(url, {**self.form, **more}, self.heard)
        for verb in parsed(text, may_dial=self.may_dial):
            getattr(self, f"_{verb.tag.lower()}")(verb)

    def _leave_at(self, verb: Tree.Element) -> None:
        if self.hangs_up == verb.tag:
            self.form["CallStatus"] = "completed"
            if verb.tag == "Dial":
                told = {**self.form, "DialCallStatus": "no-answer"}
                self.fake.post(verb.attrib["action"], told, self.heard)
            raise HungUp

    def _say(self, verb: Tree.Element) -> None:
        self.heard.said.append(verb.text or "")

    def _gather(self, verb: Tree.Element) -> None:
        for each in verb:
            self._say(each)
        self._leave_at(verb)
        if self.keys:
            self.run(verb.attrib["action"], Digits=self.keys.pop(0))
            raise HungUp

    def _dial(self, verb: Tree.Element) -> None:
        self._leave_at(verb)
        status, phone = "no-answer", None
        for number in verb:
            phone = self.fake.phones.get(number.text or "", Phone(answers=False))
            status = "completed" if self._takes(number, phone) else phone.status
            if status == "completed":
                break
        told = {"DialCallStatus": status, "DialCallSid": new_sid()}
        if status == "completed" and phone is not None:
            told["DialCallDuration"] = str(phone.seconds)
            self.seconds += phone.seconds
        self.run(verb.attrib["action"], **told)
        raise HungUp

    def _takes(self, number: Tree.Element, phone: Phone) -> bool:
        self.fake.rung.append(number.text or "")
        if not phone.answers:
            return False
        url = number.get("url")
        if url is None:
            return True
        form = {
            **self.form, "CallSid": new_sid(), "ParentCallSid": self.form["CallSid"],
            "To": number.text or "", "Direction": "outbound-dial", "CallStatus": "in-progress",
        }  # fmt: skip
        leg = _Leg(self.fake, Heard(form["CallSid"]), form, list(phone.keys), may_dial=False)
        try:
            leg.run(url)
        except HungUp:
            return leg.form.get("connected") == "yes"
        return False

    def _record(self, verb: Tree.Element) -> None:
        self._leave_at(verb)
        sid = "RE" + secrets.token_hex(16)
        self.fake.recordings[sid] = MP3
        told = {
            "RecordingSid": sid,
            "RecordingUrl": f"https://elsewhere.example/{sid}",
            "RecordingDuration": str(self.talks),
        }
        self.seconds += self.talks
        try:
            self.run(verb.attrib["action"], Digits="#", **told)
        finally:
            if url := verb.get("recordingStatusCallback"):
                ready = {"RecordingStatus": "completed", **told}
                self.fake.post(url, {**self.form, **ready}, self.heard)
            if url := verb.get("transcribeCallback"):
                told = {"TranscriptionSid": "TR" + sid[2:], "TranscriptionStatus": "completed"}
                words = {"TranscriptionText": "Please call me about my kettle."}
                self.fake.post(url, {**self.form, **told, **words}, self.heard)
        raise HungUp

    def _redirect(self, verb: Tree.Element) -> None:
        self.run(verb.text or "")
        raise HungUp

    def _hangup(self, verb: Tree.Element) -> None:
        raise HungUp

    def connects(self) -> None:
        """An empty answer to an agent who was asked: they are put through."""
        self.form["connected"] = "yes"
        raise HungUp


class FakeTwilio:
    """One account with one number. `door`: how webhooks reach us; `phones`: whom we may ring."""

    def __init__(self, webhook: str = "", door: Door = http_door, api_base: str = "") -> None:
        self.webhook, self.door = webhook, door
        self.token, self.number = TOKEN, NUMBER
        self.phones: dict[str, Phone] = {}
        self.rung: list[str] = []
        self.recordings: dict[str, bytes] = {}
        self.calls: dict[str, Form] = {}
        self.queued: list[tuple[str, Form]] = []
        self.trouble: list[int] = []  # what the API answers next instead
        self.drops_answer = False  # take a call and hang up on who asked
        self.told_of_end = True
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def api_base(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Return the settings of a connection to this account."""
        usual = {"account_sid": SID, "auth_token": self.token, "from": self.number}
        return {**usual, "api_base": self.api_base, **changes}

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def post(self, url: str, form: Form, heard: Heard | None = None) -> str:
        """Send a signed webhook and return the answer."""
        assert url.startswith(self.webhook), f"{url} is not where the webhooks go"
        sent = {name: value for name, value in form.items() if name != "connected"}
        if heard is not None:
            heard.posted.append((url, sent))
        signature = signature_of(url, list(sent.items()), self.token)
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "x-twilio-signature": signature,
            "i-twilio-idempotency-token": secrets.token_hex(16),
        }
        return self.door(url, urlencode(sent).encode(), headers)

    def call_in(
        self, caller: str = "+4915112340001", keys: str = "", *, hangs_up: str = "", talks: int = 12
    ) -> Heard:
        """Call the number as somebody who presses `keys`; returns when the call is over."""
        heard = Heard(new_sid())
        form = self._form(heard.sid, caller, self.number, "inbound")
        leg = _Leg(self, heard, form, list(keys), hangs_up, talks)
        self._whole(leg, self.webhook, self.webhook if self.told_of_end else "")
        return heard

    def run_queued(self, hangs_up: str = "") -> list[Heard]:
        """Carry out the calls that the API was asked for."""
        done = []
        while self.queued:
            sid, asked = self.queued.pop(0)
            phone = self.phones.get(asked["To"], Phone(answers=False))
            heard = Heard(sid)
            form = self._form(sid, asked["From"], asked["To"], "outbound-api")
            self.rung.append(asked["To"])
            if phone.answers:
                leg = _Leg(self, heard, form, list(phone.keys), hangs_up)
                self._whole(leg, asked["Url"], asked.get("StatusCallback", ""))
            else:
                self._ended(heard, form | {"CallStatus": phone.status}, asked["StatusCallback"])
            done.append(heard)
        return done

    def _whole(self, leg: _Leg, url: str, told: str) -> None:
        try:
            leg.run(url)
        except HungUp:
            pass
        self._ended(
            leg.heard,
            leg.form | {"CallStatus": "completed", "CallDuration": str(leg.seconds)},
            told,
        )

    def _ended(self, heard: Heard, form: Form, url: str) -> None:
        self.calls[heard.sid] = form
        if url:
            self.post(url, form, heard)

    def _form(self, sid: str, caller: str, called: str, direction: str) -> Form:
        return {
            "AccountSid": SID,
            "ApiVersion": "2010-04-01",
            "CallSid": sid,
            "CallStatus": "ringing" if direction == "inbound" else "in-progress",
            "Direction": direction,
            "From": caller,
            "To": called,
            "Caller": caller,
            "Called": called,
        }


def new_sid() -> str:
    """Return an id of a call."""
    return "CA" + secrets.token_hex(16)


def parsed(text: str, *, may_dial: bool) -> Sequence[Tree.Element]:
    """Read TwiML as strictly as Twilio does. An empty answer connects an agent who was asked."""
    root = Tree.fromstring(text)
    assert root.tag == "Response", f"12100: {text}"
    for verb in root.iter():
        if verb is root:
            continue
        assert verb.tag in _ATTRIBUTES, f"12200: no verb {verb.tag}"
        assert set(verb.attrib) <= _ATTRIBUTES[verb.tag], f"12200: {verb.tag} {verb.attrib}"
        assert verb.get("language", "en-GB") in _LANGUAGES, f"13512: {verb.attrib}"
        assert verb.tag != "Dial" or may_dial, "13201: no Dial while an agent is asked"
        assert verb.tag != "Dial" or 1 <= len(verb) <= 10, "13227: too many numbers"
    if not len(root) and not may_dial:
        return [Tree.Element("Connects")]
    return list(root)


_Leg._connects = lambda self, _verb: self.connects()  # type: ignore[attr-defined]


def _handler_of(fake: FakeTwilio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """The REST API."""

        def do_GET(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            self._serve(self.rfile.read(length).decode())

        def _serve(self, body: str) -> None:
            login = base64.b64encode(f"{SID}:{fake.token}".encode()).decode()
            if self.headers.get("authorization") != f"Basic {login}":
                return self._refuse(401, 20003, "Authenticate")
            if fake.trouble:
                return self._refuse(fake.trouble.pop(0), 20429, "Too many requests")
            start = f"/2010-04-01/Accounts/{SID}/"
            url = urlsplit(self.path)
            if not url.path.startswith(start):
                return self._refuse(404, 20404, "The requested resource was not found")
            form = {name: values[-1] for name, values in parse_qs(body).items()}
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            return self._route(url.path.removeprefix(start), form, query)

        def _route(self, path: str, form: Form, query: Form) -> None:
            if path == "Calls.json" and self.command == "POST":
                return self._place(form)
            if path == "Calls.json":
                listed = [_as_call(each) for each in fake.calls.values()]
                found = [each for each in listed if each["to"] == query.get("To")]
                return self._json({"calls": found, "next_page_uri": None})
            if path.startswith("Calls/"):
                sid = path.removeprefix("Calls/").removesuffix(".json")
                if sid in fake.calls:
                    return self._json(_as_call(fake.calls[sid]))
            if path.startswith("Recordings/"):
                sid = path.removeprefix("Recordings/").removesuffix(".mp3")
                if sid in fake.recordings:
                    return self._send(200, fake.recordings[sid], "audio/mpeg")
            if path == "IncomingPhoneNumbers.json":
                mine = query.get("PhoneNumber") == fake.number
                number = {
                    "phone_number": fake.number, "friendly_name": fake.number,
                    "voice_url": fake.webhook, "status_callback": fake.webhook,
                }  # fmt: skip
                return self._json({"incoming_phone_numbers": [number] if mine else []})
            return self._refuse(404, 20404, "The requested resource was not found")

        def _place(self, form: Form) -> None:
            if form.get("From") != fake.number:
                return self._refuse(400, 21210, "Source phone number not yet verified")
            if not form.get("To", "").startswith("+"):
                return self._refuse(400, 21211, "Invalid 'To' Phone Number")
            if not form.get("Url", "").startswith(fake.webhook):
                return self._refuse(400, 21205, "Url is not a valid URL")
            sid = new_sid()
            fake.queued.append((sid, form))
            if fake.drops_answer:
                self.close_connection = True
                return None
            return self._json({"sid": sid, "status": "queued"}, 201)

        def _refuse(self, status: int, code: int, message: str) -> None:
            self._json({"code": code, "message": message, "status": status}, status)

        def _json(self, value: Any, status: int = 200) -> None:
            self._send(status, json.dumps(value).encode(), "application/json")

        def _send(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


def _as_call(form: Form) -> dict[str, Any]:
    return {
        "sid": form["CallSid"],
        "from": form["From"],
        "to": form["To"],
        "status": form["CallStatus"],
        "duration": form.get("CallDuration", "0"),
        "direction": form["Direction"],
        "start_time": form.get("StartTime"),
    }
