"""The anymail channel against a stand-in for each provider's API on loopback."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

import pytest
from pydantic import SecretStr, ValidationError

from shopbell.connectors.channels.anymail import CHANNEL
from shopbell.connectors.channels.anymail.providers import TRAITS, Provider
from shopbell.connectors.channels.anymail.session import METADATA_KEY
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.messaging.ports import ChannelSession, FailureCode, Outcome, OutcomeKind
from tests.support.channels import make_account, make_message

ACCEPTED, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.TEMPORARY
PERMANENT, IN_DOUBT = OutcomeKind.PERMANENT, OutcomeKind.IN_DOUBT
TO = "mia@mail.example"

# What each API answers to a mail it takes: status, headers, body, and the id to be read from it.
ANSWERS: dict[Provider, tuple[int, dict[str, str], Any, str]] = {
    Provider.POSTMARK: (
        200,
        {},
        {"ErrorCode": 0, "Message": "OK", "MessageID": "p1", "To": TO},
        "p1",
    ),
    Provider.MAILGUN: (200, {}, {"id": "<g1@x>", "message": "Queued."}, "<g1@x>"),
    Provider.SENDGRID: (202, {}, None, ""),
    Provider.BREVO: (201, {}, {"messageId": "<b1@x>"}, "<b1@x>"),
    Provider.SES: (200, {}, {"MessageId": "s1"}, "s1"),
    Provider.MAILJET: (
        200,
        {},
        {"Messages": [{"Status": "success", "To": [{"Email": TO, "MessageID": 71}]}]},
        "71",
    ),
    Provider.MANDRILL: (200, {}, [{"email": TO, "status": "sent", "_id": "d1"}], "d1"),
    Provider.RESEND: (200, {}, {"id": "r1"}, "r1"),
    Provider.SPARKPOST: (
        200,
        {},
        {
            "results": {
                "id": "k1",
                "total_accepted_recipients": 1,
                "total_rejected_recipients": 0,
            }
        },
        "k1",
    ),
    Provider.MAILERSEND: (202, {"X-Message-Id": "n1"}, None, "n1"),
    Provider.POSTAL: (
        200,
        {},
        {"status": "success", "data": {"messages": {TO: {"id": 5, "token": "t"}}}},
        "5",
    ),
    Provider.MAILTRAP: (200, {}, {"success": True, "message_ids": ["mt1"]}, "mt1"),
    Provider.SCALEWAY: (
        200,
        {},
        {"emails": [{"id": "w1", "message_id": "w1", "status": "new", "mail_rcpt": TO}]},
        "w1",
    ),
    Provider.UNISENDER_GO: (200, {}, {"status": "success", "job_id": "j1", "emails": [TO]}, ""),
}


class StandIn(ThreadingHTTPServer):
    """Answers every POST alike and keeps what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, dict[str, str], Any] = (200, {}, {})
        self.trouble = ""
        self.seen: list[tuple[str, str, str]] = []  # path, headers, body
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, str(self.headers), body.decode()))
        if self.server.trouble == "stall":
            self.server.released.wait(10)
        if self.server.trouble:
            self.close_connection = True
            return
        status, headers, content = self.server.answer
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        kind = "text/plain" if content is None else "application/json"
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join(5)


def settings_for(provider: Provider, url: str, **changes: Any) -> AnymailSettings:
    options = {name: "eu-west-1" for name in TRAITS[provider].needs}
    values: dict[str, Any] = {
        "provider": provider,
        "api_key": SecretStr("key-of-lark"),
        "api_secret": SecretStr("second-key"),
        "options": {**options, "api_url": url},
        "timeout": 2.0,
    }
    return AnymailSettings(**{**values, **changes})


@contextmanager
def session_to(provider: Provider, url: str, **changes: Any) -> Iterator[ChannelSession]:
    session = CHANNEL.open(make_account("anymail", settings_for(provider, url, **changes)))
    try:
        yield session
    finally:
        session.close()


def send_one(api: StandIn, **changes: Any) -> Outcome:
    with session_to(Provider.POSTMARK, api.url, **changes) as session:
        [outcome] = session.send([make_message()])
    return outcome


@pytest.mark.parametrize("provider", list(Provider))
def test_every_provider_gets_the_whole_mail(api: StandIn, provider: Provider) -> None:
    # given
    *answer, identity = ANSWERS[provider]
    api.answer = (answer[0], answer[1], answer[2])
    message = make_message(
        TO,
        subject="Danke",
        reply_to="answers@lark.example",
        headers=(("List-Unsubscribe", "<https://shop.example/u/1>"),),
    )
    # when
    with session_to(provider, api.url) as session:
        [outcome] = session.send([message])
    # then
    assert outcome.kind == ACCEPTED, outcome
    assert outcome.provider_id == identity or (not identity and outcome.provider_id)
    [(_, headers, body)] = api.seen
    if provider is Provider.SES:
        raw = json.loads(body)["Content"]["Raw"]["Data"]
        body = base64.b64decode(raw).decode().replace("=\n", "")
        assert "Credential=key-of-lark/" in headers
    text = unquote_plus(body).replace("\\u003c", "<").replace("\\u003e", ">")
    for part in ("Danke", "answers@lark.example", "shop.example/u/1", "your order is on its way"):
        assert part in text, part
    if TRAITS[provider].metadata:
        assert METADATA_KEY in text
    assert message.message_id in text.replace('\\"', '"')


def test_a_refused_address_is_permanent_and_spares_its_neighbours(api: StandIn) -> None:
    api.answer = ANSWERS[Provider.POSTMARK][:3]
    with session_to(Provider.POSTMARK, api.url) as session:
        bad, evil, good = session.send(
            [
                make_message("not an address"),
                make_message(subject="a\r\nBcc: spy@evil.example"),
                make_message(TO),
            ]
        )
    assert (bad.kind, bad.code) == (PERMANENT, FailureCode.UNKNOWN_ADDRESS)
    assert (evil.kind, evil.code) == (PERMANENT, FailureCode.BAD_CONTENT)
    assert good.kind == ACCEPTED
    assert len(api.seen) == 1


def test_a_recipient_the_provider_refuses_is_permanent(api: StandIn) -> None:
    api.answer = (200, {}, [{"email": TO, "status": "rejected", "_id": "x"}])
    with session_to(Provider.MANDRILL, api.url) as session:
        [outcome] = session.send([make_message(TO)])
    assert (outcome.kind, outcome.code) == (PERMANENT, FailureCode.REFUSED)


@pytest.mark.parametrize(
    ("status", "headers", "kind", "code", "wait"),
    [
        (401, {}, TEMPORARY, FailureCode.AUTHENTICATION, 300.0),
        (403, {}, TEMPORARY, FailureCode.AUTHENTICATION, 300.0),
        (413, {}, PERMANENT, FailureCode.TOO_LARGE, None),
        (422, {}, PERMANENT, FailureCode.REFUSED, None),
        (429, {"Retry-After": "17"}, TEMPORARY, "", 17.0),
        (503, {"Retry-After": "soon"}, TEMPORARY, "", None),
        (500, {}, IN_DOUBT, "", None),
        (502, {}, IN_DOUBT, "", None),
    ],
)
def test_refusals_are_told_apart(
    api: StandIn, status: int, headers: dict[str, str], kind: str, code: str, wait: float | None
) -> None:
    api.answer = (status, headers, {"Message": "in the provider's words"})
    outcome = send_one(api)
    assert (outcome.kind, outcome.code, outcome.retry_after) == (kind, code, wait)
    assert outcome.detail.startswith(str(status))
    assert "in the provider's words" in outcome.detail
    assert "key-of-lark" not in outcome.detail


@pytest.mark.parametrize("provider", [Provider.POSTMARK, Provider.SES])
@pytest.mark.parametrize("trouble", ["stall", "hang up"])
def test_an_answer_that_never_comes_is_in_doubt(
    api: StandIn, provider: Provider, trouble: str
) -> None:
    api.trouble = trouble
    with session_to(provider, api.url, timeout=0.4) as session:
        [outcome] = session.send([make_message()])
    assert outcome.kind == IN_DOUBT
    assert len(api.seen) == 1  # nothing retries behind our back


@pytest.mark.parametrize("provider", [Provider.POSTMARK, Provider.SES])
def test_a_provider_that_cannot_be_reached_is_temporary(provider: Provider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with session_to(provider, f"http://127.0.0.1:{port}") as session:
        [outcome] = session.send([make_message()])
    assert outcome.kind == TEMPORARY


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("TooManyRequestsException", TEMPORARY, ""),
        ("UnrecognizedClientException", TEMPORARY, FailureCode.AUTHENTICATION),
        ("MessageRejected", PERMANENT, FailureCode.REFUSED),
        ("BadRequestException", PERMANENT, FailureCode.REFUSED),
    ],
)
def test_refusals_of_amazon_are_told_by_name(api: StandIn, name: str, kind: str, code: str) -> None:
    api.answer = (400, {"x-amzn-ErrorType": name}, {"message": "why"})
    with session_to(Provider.SES, api.url) as session:
        [outcome] = session.send([make_message()])
    assert (outcome.kind, outcome.code) == (kind, code)
    assert outcome.detail == f"{name}: why"


def test_nonsense_from_the_provider_after_success_is_in_doubt(api: StandIn) -> None:
    api.answer = (200, {}, {"not": "what was agreed"})
    assert send_one(api).kind == IN_DOUBT


def test_settings_that_do_not_fit_the_provider_are_refused() -> None:
    with pytest.raises(ValidationError, match="knows no option region"):
        settings_for(Provider.POSTMARK, "http://x", options={"region": "eu"})
    with pytest.raises(ValidationError, match="needs the option api_url"):
        AnymailSettings(provider=Provider.POSTAL, api_key=SecretStr("k"))


def test_check_tells_of_missing_webhook_secrets() -> None:
    settings = settings_for(Provider.POSTMARK, "http://127.0.0.1:1")
    health = CHANNEL.check(make_account("anymail", settings))
    assert health.ok
    assert "receipts are off" in health.summary
    settings = settings_for(Provider.POSTMARK, "http://x", webhook_auth=SecretStr("a:b"))
    assert "is set up" in CHANNEL.check(make_account("anymail", settings)).summary
