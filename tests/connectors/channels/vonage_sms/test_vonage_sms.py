"""Texts through Vonage: signed webhooks, refusals and receipts understood."""

import time
from typing import Any

import pytest

from shopbell.connections.ports import Account, RawRequest, Settings
from shopbell.connectors.channels.vonage_sms import CHANNEL
from shopbell.connectors.channels.vonage_sms.settings import VonageSmsSettings
from shopbell.kit.errors import BadSignature
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, ReceiptKind
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.connectors.channels.vonage_sms.fake import (
    KEY,
    NUMBER,
    SIGNATURE_SECRET,
    FakeVonage,
    inbound,
    signed,
    status,
)
from tests.support.channels import make_account, make_message

MIA = "+491701234567"


class TestContract(MessageContract):
    key = "vonage_sms"
    address = MIA
    messages_in_a_hook = 1
    json_bodies = True

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        fake = FakeVonage()
        fake.url = url
        return VonageSmsSettings.model_validate(fake.settings(timeout=1))

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        text = body or inbound("Hello")
        return Hook(text, {"authorization": signed(text, secret=secret or SIGNATURE_SECRET)})

    def status_hook(self) -> Hook:
        body = status("delivered")
        return Hook(body, {"authorization": signed(body)})

    def provider(self) -> FakeVonage:
        return FakeVonage()


def account(url: str = "http://127.0.0.1:9", **changes: Any) -> Account:
    fake = FakeVonage()
    fake.url = url
    settings = VonageSmsSettings.model_validate(fake.settings(**changes))
    return make_account("vonage_sms", settings)


def send(vonage: FakeVonage, to: str = MIA, **changes: Any) -> Outcome:
    [outcome] = CHANNEL.open(account(vonage.url, **changes)).send([make_message(to, text="Hi.")])
    return outcome


def test_a_text_leaves_with_our_name_for_it() -> None:
    with FakeVonage() as vonage:
        assert send(vonage).kind is OutcomeKind.ACCEPTED
    [told] = vonage.sent
    assert (told["to"], told["from"], told["text"]) == ("491701234567", NUMBER, "Hi.")
    assert told["client_ref"].startswith("<")
    assert told["webhook_url"].endswith("/hooks/vonage_sms/lark/orders")


def test_who_opted_out_there_and_a_wrong_key_are_told_apart() -> None:
    with FakeVonage() as vonage:
        vonage.barred.add("491701234567")
        refused = send(vonage)
        locked = send(vonage, api_secret="wrong")
    assert (refused.kind, refused.code) == (OutcomeKind.PERMANENT, FailureCode.OPTED_OUT)
    assert locked.kind is OutcomeKind.NOT_TRIED


def request(body: bytes, authorization: str) -> RawRequest:
    return RawRequest("POST", "/x", {"authorization": authorization}, body)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_webhook_of_another_time_is_refused(seconds: int) -> None:
    body = inbound("Hello")
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(body, signed(body, at=time.time() + seconds)), account())


def test_every_change_of_the_token_is_noticed() -> None:
    body = inbound("Hello")
    good = signed(body)
    CHANNEL.verify(request(body, good), account())
    head, _, rest = good.partition(" ")
    odd = [f"{head} {rest[:-1]}", rest, f"{head} {rest}.x", f"{head} a.b.c", "Bearer", "", "ü"]
    # The last sign of the signature has two bits that mean nothing; every other one counts.
    flips = (rest[:n] + chr(ord(rest[n]) ^ 1) + rest[n + 1 :] for n in range(0, len(rest) - 1, 3))
    for token in (*odd, *(f"{head} {each}" for each in flips)):
        with pytest.raises(BadSignature):
            CHANNEL.verify(request(body, token), account())


def test_a_token_for_another_account_is_refused_and_the_old_secret_counts_in_a_change() -> None:
    body = inbound("Hello")
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(body, signed(body)), account(api_key=f"x{KEY}"))
    changing = account(signature_secret="new", previous_signature_secret=SIGNATURE_SECRET)
    CHANNEL.verify(request(body, signed(body)), changing)


@pytest.mark.parametrize(
    ("name", "code", "kind", "why"),
    [
        ("submitted", 0, ReceiptKind.ACCEPTED, ""),
        ("delivered", 0, ReceiptKind.DELIVERED, ""),
        ("undeliverable", 1260, ReceiptKind.FAILED, FailureCode.REFUSED),
        ("undeliverable", 1190, ReceiptKind.HARD_BOUNCE, FailureCode.UNKNOWN_ADDRESS),
        ("rejected", 1210, ReceiptKind.FAILED, FailureCode.BLOCKED),
        ("rejected", 1460, ReceiptKind.FAILED, FailureCode.OPTED_OUT),
    ],
)
def test_a_receipt_says_what_became_of_the_text(name: str, code: int, kind: str, why: str) -> None:
    [receipt] = CHANNEL.receipts("sms.status", status(name, code), account())
    assert (receipt.kind, receipt.code) == (kind, why)
    assert receipt.message_id == "<m.1@lark.example>"


def test_a_check_tells_the_balance() -> None:
    with FakeVonage() as vonage:
        health = CHANNEL.check(account(vonage.url))
        assert health.ok
        assert dict(health.facts) == {"Balance": "10.28 EUR"}
        assert not CHANNEL.check(account(vonage.url, api_secret="wrong")).ok
