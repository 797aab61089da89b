"""The sandbox: accepts at once, provokes on demand, and reports through the front door."""

import uuid
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import CONNECTORS, Account, RawRequest
from shopbell.connectors.channels.sandbox import webhooks
from shopbell.connectors.channels.sandbox.channels import SandboxSettings
from shopbell.kit.errors import BadSignature, Invalid
from shopbell.messaging.ports import CHANNELS, FailureCode, OutcomeKind, ReceiptKind
from tests.support.channels import make_account, make_message

KEYS = ("sandbox_email", "sandbox_sms", "sandbox_whatsapp")
SECRET = "a secret for receipts"
WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


def account_of(key: str = "sandbox_email", secret: str = SECRET) -> Account:
    return make_account(key, SandboxSettings(webhook_secret=SecretStr(secret)))


def signed(body: bytes, secret: str = SECRET) -> RawRequest:
    headers = {webhooks.SIGNATURE_HEADER: webhooks.sign(body, secret)}
    return RawRequest("POST", "http://127.0.0.1/hooks/sandbox_email/lark/orders", headers, body)


@pytest.mark.parametrize("key", KEYS)
def test_every_message_is_accepted_at_once(key: str) -> None:
    channel = CHANNELS.get(key)
    assert CONNECTORS.get(key) is channel
    assert channel.capabilities.sandbox
    assert channel.check(account_of(key)).ok
    session = channel.open(account_of(key))
    message = make_message("+4915112345678" if key != "sandbox_email" else "mia@mail.example")
    [outcome] = session.send([message])
    assert outcome.kind == OutcomeKind.ACCEPTED
    assert outcome.provider_id == f"sandbox-{message.id}"
    session.close()


@pytest.mark.parametrize(
    ("address", "number", "kind", "code"),
    [
        ("bounce@mail.example", "+491510000001", "permanent", FailureCode.UNKNOWN_ADDRESS),
        ("Full+tea@mail.example", "+49 151 000-0002", "permanent", FailureCode.MAILBOX_FULL),
        ("blocked@mail.example", "+491510000003", "permanent", FailureCode.BLOCKED),
        ("slow@mail.example", "+491510000004", "temporary", ""),
        ("doubt@mail.example", "+491510000005", "in_doubt", ""),
    ],
)
def test_a_tester_can_provoke_an_outcome(address: str, number: str, kind: str, code: str) -> None:
    for key, to in (("sandbox_email", address), ("sandbox_sms", number)):
        bad, good = (
            CHANNELS.get(key)
            .open(account_of(key))
            .send([make_message(to), make_message("bouncer@mail.example")])
        )
        assert (bad.kind, bad.code) == (kind, code)
        assert good.kind == OutcomeKind.ACCEPTED


def test_a_text_message_that_is_too_long_is_refused() -> None:
    session = CHANNELS.get("sandbox_sms").open(account_of("sandbox_sms"))
    fits, long = session.send([make_message("+49", text="x" * n) for n in (1600, 1601)])
    assert fits.kind == OutcomeKind.ACCEPTED
    assert (long.kind, long.code) == (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE)


@pytest.mark.parametrize(
    "kind",
    ["delivered", "opened", "read", "clicked", "hard_bounce", "soft_bounce", "complaint"],
)
def test_a_receipt_comes_back_through_the_door(kind: str) -> None:
    # given
    channel, account, identity = CHANNELS.get("sandbox_email"), account_of(), uuid.uuid4()
    request = signed(webhooks.make_body(str(identity), kind, WHEN, url="https://shop.example/"))
    # when
    channel.verify(request, account)
    [entry] = channel.identify(request, account)
    [receipt] = channel.receipts(entry.topic, request.body, account)
    # then
    assert entry.topic == f"sandbox.{kind}"
    assert (receipt.kind, receipt.at) == (ReceiptKind(kind), WHEN)
    assert receipt.provider_id == f"sandbox-{identity}"
    assert receipt.url == "https://shop.example/"


def test_a_receipt_may_name_the_message_id_header_instead() -> None:
    [receipt] = CHANNELS.get("sandbox_email").receipts(
        "", webhooks.make_body("<1@lark.example>", "opened"), account_of()
    )
    assert (receipt.message_id, receipt.provider_id) == ("<1@lark.example>", "")


def test_a_wrong_signature_is_refused() -> None:
    channel, body = CHANNELS.get("sandbox_email"), webhooks.make_body("<1@x>", "opened")
    for request, account in (
        (signed(body, "another secret"), account_of()),
        (signed(body, ""), account_of(secret="")),
        (RawRequest("POST", "http://x/", {}, body), account_of()),
        (RawRequest("POST", "http://x/", {webhooks.SIGNATURE_HEADER: "é"}, body), account_of()),
        (RawRequest("POST", "http://x/", signed(body).headers, body + b" "), account_of()),
    ):
        with pytest.raises(BadSignature):
            channel.verify(request, account)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"message_id": 1, "kind": "opened", "at": "2026-11-21T10:00:00Z"}',
        b'{"message_id": "<1@x>", "kind": "exploded", "at": "2026-11-21T10:00:00Z"}',
    ],
    ids=["nothing", "list", "empty", "deep", "number", "unknown"],
)
def test_a_body_that_makes_no_sense_is_refused(body: bytes) -> None:
    channel = CHANNELS.get("sandbox_email")
    with pytest.raises(Invalid):
        channel.identify(signed(body), account_of())
    with pytest.raises(Invalid):
        channel.receipts("", body, account_of())


@pytest.mark.parametrize("at", ["yesterday", "2026-11-21T10:00:00"])
def test_a_time_without_zone_is_refused(at: str) -> None:
    body = f'{{"message_id": "<1@x>", "kind": "opened", "at": "{at}"}}'.encode()
    with pytest.raises(Invalid):
        CHANNELS.get("sandbox_email").receipts("", body, account_of())


def test_the_sandbox_cannot_report_what_it_does_not_know() -> None:
    with pytest.raises(Invalid):
        webhooks.make_body("<1@x>", "exploded")
