"""Tracking webhooks: who may send them, and what they mean for an address."""

import base64
import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.channels.anymail import CHANNEL
from shopbell.connectors.channels.anymail.providers import TRAITS, Provider
from shopbell.connectors.channels.anymail.receipts import to_receipt
from shopbell.connectors.channels.anymail.session import METADATA_KEY
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.kit.errors import BadSignature, Invalid, ShopbellError, Unsupported
from shopbell.messaging.ports import FailureCode, ReceiptKind
from tests.support.channels import make_account
from tests.support.site import site

OURS = "<0190@lark.example>"


def account_of(provider: Provider = Provider.POSTMARK, **changes: Any) -> Account:
    values: dict[str, Any] = {
        "provider": provider,
        "api_key": SecretStr("key"),
        "webhook_auth": SecretStr("lark:secret"),
        "options": {name: "eu-west-1" for name in TRAITS[provider].needs},
    }
    return make_account("anymail", AnymailSettings(**{**values, **changes}))


def request(body: Any, login: str = "lark:secret", **headers: str) -> RawRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    secret = {"authorization": "Basic " + base64.b64encode(login.encode()).decode()}
    return RawRequest(
        "POST",
        "http://127.0.0.1/hooks/anymail/lark/orders",
        {"content-type": "application/json", **(secret if login else {}), **headers},
        raw,
    )


DELIVERED = {
    "RecordType": "Delivery",
    "MessageID": "p1",
    "Recipient": "mia@mail.example",
    "DeliveredAt": "2026-11-21T10:00:00Z",
    "Details": "250 Ok",
    "Metadata": {METADATA_KEY: OURS},
}


def test_a_delivery_becomes_a_receipt_that_names_our_message() -> None:
    # given
    account, incoming = account_of(), request(DELIVERED)
    # when
    CHANNEL.verify(incoming, account)
    [entry] = CHANNEL.identify(incoming, account)
    [receipt] = CHANNEL.receipts(entry.topic, incoming.body, account)
    # then
    assert receipt.kind == ReceiptKind.DELIVERED
    assert (receipt.message_id, receipt.provider_id) == (OURS, "p1")
    assert receipt.recipient == "mia@mail.example"
    assert receipt.at == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_the_same_delivery_twice_is_filed_under_the_same_id() -> None:
    account = account_of()
    first, second = (CHANNEL.identify(request(DELIVERED), account) for _ in range(2))
    other = CHANNEL.identify(request({**DELIVERED, "MessageID": "p2"}), account)
    assert first == second
    assert first != other


@pytest.mark.parametrize("login", ["", "lark:wrong", "lark", ":"])
def test_a_wrong_password_is_refused(login: str) -> None:
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(DELIVERED, login=login), account_of())


def test_two_passwords_are_good_while_they_change() -> None:
    account = account_of(webhook_auth=SecretStr("old:one lark:secret"))
    CHANNEL.verify(request(DELIVERED), account)
    CHANNEL.verify(request(DELIVERED, login="old:one"), account)


@pytest.mark.parametrize("provider", [one for one in Provider if TRAITS[one].view])
def test_without_any_secret_nothing_is_believed(provider: Provider) -> None:
    account = account_of(provider, webhook_auth=SecretStr(""), webhook_secret=SecretStr(""))
    with pytest.raises(BadSignature):
        CHANNEL.verify(request({}), account)


def test_a_provider_without_webhooks_says_so() -> None:
    with pytest.raises(Unsupported):
        CHANNEL.verify(request({}), account_of(Provider.SCALEWAY))


def test_a_webhook_for_coming_mail_is_told_apart() -> None:
    with pytest.raises(Invalid, match="not a tracking webhook"):
        CHANNEL.receipts("postmark.tracking", b'{"RecordType": "Inbound"}', account_of())


def test_broken_json_is_refused_at_the_door() -> None:
    with pytest.raises(Invalid):
        CHANNEL.identify(request(b'{"RecordType": '), account_of())


HOSTILE = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"[null]",
    b"[[]]",
    b'"x"',
    b"7",
    b'{"event-data": 7}',
    b'{"signature": []}',
    b'{"data": null, "type": "x"}',
    b'{"msys": 1}',
    b'[{"event": {}}]',
    b"--x\r\n\r\n",
    b"mandrill_events=[",
    b'{"a": NaN}',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"Type": "Notification", "Message": "[]"}',
]


def survive(provider: Provider, body: bytes) -> None:
    """Every door answers with an error of ours, or not at all."""
    account = account_of(provider, webhook_secret=SecretStr("AAAA"))
    for step in (
        lambda: CHANNEL.verify(request(body), account),
        lambda: CHANNEL.identify(request(body), account),
        lambda: CHANNEL.receipts("", body, account),
        lambda: CHANNEL.receipts("", body, account_of(provider)),
    ):
        with contextlib.suppress(ShopbellError):
            step()


@pytest.mark.parametrize("provider", [one for one in Provider if TRAITS[one].view])
def test_hostile_bodies_are_refused_in_our_own_words(provider: Provider) -> None:
    for body in HOSTILE:
        survive(provider, body)


@given(provider=st.sampled_from([one for one in Provider if TRAITS[one].view]), body=st.binary())
def test_any_bytes_are_survived(provider: Provider, body: bytes) -> None:
    survive(provider, body)


def bounce(provider: Provider, raw: Mapping[str, Any], **changes: Any) -> tuple[str, str]:
    values: dict[str, Any] = {"event_type": "bounced", "reject_reason": "bounced"}
    event = AnymailTrackingEvent(esp_event=raw, **{**values, **changes})
    receipt = to_receipt(event, provider)
    assert receipt is not None
    return receipt.kind, receipt.code


HARD = (ReceiptKind.HARD_BOUNCE, FailureCode.UNKNOWN_ADDRESS)


@pytest.mark.parametrize(
    ("provider", "raw"),
    [
        (Provider.POSTMARK, {"Type": "HardBounce"}),
        (Provider.MAILGUN, {"event-data": {"severity": "permanent"}}),
        (Provider.SENDGRID, {"event": "bounce", "type": "bounce"}),
        (Provider.BREVO, {"event": "hard_bounce"}),
        (Provider.SES, {"bounce": {"bounceType": "Permanent"}}),
        (Provider.MAILJET, {"hard_bounce": True}),
        (Provider.MANDRILL, {"event": "hard_bounce"}),
        (Provider.RESEND, {"data": {"bounce": {"type": "Permanent"}}}),
        (Provider.SPARKPOST, {"msys": {"message_event": {"bounce_class": "10"}}}),
        (Provider.MAILERSEND, {"type": "activity.hard_bounced"}),
        (Provider.MAILTRAP, {"event": "bounce"}),
        (Provider.UNISENDER_GO, {"delivery_info": {"delivery_status": "err_user_unknown"}}),
    ],
)
def test_a_hard_bounce_is_what_the_provider_calls_one(provider: Provider, raw: Any) -> None:
    assert bounce(provider, raw) == HARD


@pytest.mark.parametrize(
    ("provider", "raw"),
    [
        (Provider.POSTMARK, {"Type": "SoftBounce"}),
        (Provider.MAILGUN, {"event-data": {"severity": "temporary"}}),
        (Provider.SENDGRID, {"event": "bounce", "type": "blocked"}),
        (Provider.BREVO, {"event": "soft_bounce"}),
        (Provider.SES, {"bounce": {"bounceType": "Transient"}}),
        (Provider.MAILJET, {"hard_bounce": False}),
        (Provider.MANDRILL, {"event": "soft_bounce"}),
        (Provider.RESEND, {"data": {"bounce": {"type": "Transient"}}}),
        (Provider.SPARKPOST, {"msys": {"message_event": {"bounce_class": "22"}}}),
        (Provider.MAILERSEND, {"type": "activity.soft_bounced"}),
        (Provider.POSTAL, {"bounce": {}}),
        (Provider.UNISENDER_GO, {"delivery_info": {"delivery_status": "err_mailbox_full"}}),
    ],
)
def test_anything_else_is_soft(provider: Provider, raw: Any) -> None:
    assert bounce(provider, raw)[0] == ReceiptKind.SOFT_BOUNCE


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("552 5.2.2 Mailbox full", FailureCode.MAILBOX_FULL),
        ("550 5.7.515 Access denied", FailureCode.AUTHENTICATION),
        ("554 5.7.1 Blocked by a list", FailureCode.BLOCKED),
    ],
)
def test_a_bounce_that_is_not_about_the_address_is_soft_whatever_the_provider_says(
    said: str, code: str
) -> None:
    kind = bounce(Provider.POSTMARK, {"Type": "HardBounce"}, mta_response=said)
    assert kind == (ReceiptKind.SOFT_BOUNCE, code)


def test_the_words_of_the_other_server_can_make_it_hard() -> None:
    assert bounce(Provider.POSTAL, {}, mta_response="550 5.1.1 No such user") == HARD


def test_a_mail_the_provider_held_back_is_failed_not_bounced() -> None:
    kind = bounce(Provider.SPARKPOST, {}, event_type="rejected", reject_reason="spam")
    assert kind == (ReceiptKind.FAILED, FailureCode.COMPLAINT)


@pytest.mark.parametrize("event_type", ["autoresponded", "subscribed", "inbound", "unknown"])
def test_news_about_nothing_gives_no_receipt(event_type: str) -> None:
    assert to_receipt(AnymailTrackingEvent(event_type=event_type), Provider.BREVO) is None


def test_a_subscription_of_amazon_is_confirmed_at_the_topics_own_region() -> None:
    # given
    body = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "m1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:bounces",
        "Token": "t0",
        "SubscribeURL": "http://169.254.169.254/evil",
    }
    headers = {"x-amz-sns-message-type": body["Type"], "x-amz-sns-message-id": "m1"}
    with site((200, {}, b"<ok/>")) as sns:
        options = {"region": "eu-west-1", "api_url": sns.url}
        account = account_of(Provider.SES, options=options)
        incoming = request(body, **headers)
        # when
        CHANNEL.verify(incoming, account)
        assert CHANNEL.receipts("ses.tracking", incoming.body, account) == []
    # then
    [(_, path, _, _)] = sns.seen
    assert "Action=ConfirmSubscription" in path
    assert "Token=t0" in path


def test_a_subscription_of_somebody_else_is_refused() -> None:
    body = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:evil.example/:1:x"}
    with pytest.raises(Invalid):
        CHANNEL.receipts("ses.tracking", json.dumps(body).encode(), account_of(Provider.SES))
