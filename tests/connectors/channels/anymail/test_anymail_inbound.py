"""Mail by webhook: who may hand it in, and that it goes the road of all mail."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection, store_requests
from shopbell.connections.ports import RawRequest
from shopbell.connectors.channels.anymail import CHANNEL
from shopbell.connectors.channels.anymail.providers import Provider
from shopbell.conversations.models import Entry
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import BadSignature, Invalid
from tests.connectors.channels.anymail.test_anymail_webhooks import DELIVERED, account_of
from tests.conversations.post import mail, work
from tests.support.shop import make_store

RAW = mail("Where is it?", message_id="<q1@mail.example>").decode()
POSTMARK = {
    "FromFull": {"Email": "mara@mail.example"},
    "OriginalRecipient": "hello+tok@lark.example",
    "RawEmail": RAW,
}
PARTS = {
    "FromName": "Mara", "From": "mara@mail.example",
    "FromFull": {"Email": "mara@mail.example", "Name": "Mara"},
    "ToFull": [{"Email": "hello@lark.example", "Name": ""}], "Subject": "A question",
    "Headers": [{"Name": "Message-ID", "Value": "<q2@mail.example>"}],
    "TextBody": "Where is it?", "OriginalRecipient": "hello@lark.example",
    "Attachments": [{"Name": "a.txt", "ContentType": "text/plain", "Content": "aGk="}],
}  # fmt: skip


def form(**fields: str) -> bytes:
    """Return a multipart form as providers send it."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name.replace("_", "-")}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + "--x--\r\n").encode()


def mailgun(key: str = "sign", **fields: str) -> bytes:
    """Return a signed form of Mailgun."""
    now = str(int(clock.now().timestamp()))
    mark = hmac.new(key.encode(), f"{now}t".encode(), hashlib.sha256).hexdigest()
    return form(timestamp=now, token="t", signature=mark, **fields)


def request(body: bytes, login: str = "lark:secret") -> RawRequest:
    kind = "application/json" if body.startswith(b"{") else "multipart/form-data; boundary=x"
    headers = {"content-type": kind}
    if login:
        headers["authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    return RawRequest("POST", "http://127.0.0.1/hooks/anymail/lark/orders", headers, body)


CASES: list[tuple[Provider, bytes]] = [
    (Provider.POSTMARK, json.dumps(POSTMARK).encode()),
    (Provider.MAILGUN, mailgun(body_mime=RAW, recipient="hello+tok@lark.example")),
    (
        Provider.SENDGRID,
        form(email=RAW, envelope='{"to":["hello+tok@lark.example"],"from":"a@b.c"}'),
    ),
]


@pytest.mark.parametrize(("provider", "body"), CASES)
def test_mail_is_told_from_receipts_checked_and_raw_again(provider: Provider, body: bytes) -> None:
    account = account_of(provider, webhook_secret=SecretStr("sign" if "gun" in provider else ""))
    CHANNEL.verify(request(body), account)
    [filed] = CHANNEL.identify(request(body), account)
    assert filed.topic == f"{provider}.inbound"
    raw = CHANNEL.mail(filed.topic, body, account)
    assert raw is not None
    assert raw.startswith(b"Delivered-To: hello+tok@lark.example\r\n")
    assert b"Message-ID: <q1@mail.example>" in raw
    for login in ("", "lark:wrong"):
        with pytest.raises(BadSignature):
            CHANNEL.verify(request(body, login), account)


def test_without_a_password_nobody_hands_mail_in_and_a_wrong_signature_is_refused() -> None:
    account = account_of(Provider.POSTMARK, webhook_auth=SecretStr(""))
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(CASES[0][1], ""), account)
    account = account_of(Provider.MAILGUN, webhook_secret=SecretStr("sign"))
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(mailgun("other", body_mime=RAW)), account)


def test_receipts_stay_receipts_and_nonsense_is_no_mail() -> None:
    account = account_of(Provider.POSTMARK)
    body = json.dumps(DELIVERED).encode()
    [filed] = CHANNEL.identify(request(body), account)
    assert filed.topic == "postmark.tracking"
    assert CHANNEL.mail(filed.topic, body, account) is None
    for bad in (b'{"FromFull": 1}', b'{"FromFull": {}, "Attachments": 3}'):
        with pytest.raises(Invalid, match="no mail"):
            CHANNEL.mail("postmark.inbound", bad, account)


@pytest.mark.usefixtures("committed_db")
def test_it_becomes_a_conversation_once_with_its_files() -> None:
    store: Store = make_store()
    settings: dict[str, Any] = {"provider": "postmark", "api_key": "k", "webhook_auth": "a:b"}
    with store_scope(store.pk):
        inbox = save_connection(
            store=store, family="channel", connector="anymail", slug="orders",
            address="hello@lark.example", settings=settings,
        )  # fmt: skip
        bodies = {str(n): json.dumps(each).encode() for n, each in enumerate([POSTMARK, PARTS])}
        store_requests(
            connection=inbox, topic="postmark.inbound", bodies=bodies | {"again": bodies["0"]}
        )
    work()
    with store_scope(store.pk):
        first, second = Entry.objects.filter(kind="incoming").order_by("message_id")
        assert (first.text, first.sender_address) == ("Where is it?", "mara@mail.example")
        assert [each.name for each in second.attachments.all()] == ["a.txt"]
