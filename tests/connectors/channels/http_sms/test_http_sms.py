"""Any text gateway: the template is filled safely, answers and webhooks are read as told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from shopbell.connections.ports import Account, RawRequest, Settings
from shopbell.connectors.channels.http_sms import CHANNEL
from shopbell.connectors.channels.http_sms.session import made_request
from shopbell.connectors.channels.http_sms.settings import HttpSmsSettings
from shopbell.connectors.channels.http_sms.webhooks import HEADER
from shopbell.connectors.channels.sms_numbers import number_of
from shopbell.kit import clock
from shopbell.messaging.ports import FailureCode, OutcomeKind, ReceiptKind
from tests.connectors.channels.http_sms.fake import KEY, SECRET, FakeGateway
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.support.channels import make_account, make_message

MIA = "+491701234567"
HOSTILE = 'He said "hi", {to} & {key}\\ \n\r Injected: x; 50% ümläut 🫖'


class TestContract(MessageContract):
    key = "http_sms"
    address = MIA
    signature_headers = (HEADER,)
    messages_in_a_hook = 1
    signs_bodies = False

    @pytest.fixture(autouse=True)
    def _still(self) -> Iterator[None]:
        """Where no time is told, ours counts."""
        with clock.at(datetime(2026, 11, 22, 12, tzinfo=UTC)):
            yield

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        fake = FakeGateway()
        fake.url = url
        return HttpSmsSettings.model_validate(fake.settings(timeout=1))

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        text = json.dumps({"id": "in-1", "from": "491701234567", "text": "Hello"}).encode()
        return Hook(body or text, {HEADER: secret or SECRET})

    def status_hook(self) -> Hook:
        return Hook(b'{"id": "gw-1", "status": "DELIVERED"}', {HEADER: SECRET})

    def provider(self) -> FakeGateway:
        return FakeGateway()


def settings(**changes: Any) -> HttpSmsSettings:
    fake = FakeGateway()
    fake.url = "https://gw.example"
    return HttpSmsSettings.model_validate(fake.settings(**changes))


def account(**changes: Any) -> Account:
    return make_account("http_sms", settings(**changes))


def test_a_text_stays_a_text_in_json() -> None:
    with FakeGateway() as gateway:
        made = HttpSmsSettings.model_validate(gateway.settings())
        line = CHANNEL.open(make_account("http_sms", made))
        [outcome] = line.send([make_message(MIA, text=HOSTILE)])
    assert (outcome.kind, outcome.provider_id) == (OutcomeKind.ACCEPTED, "gw-1")
    [told] = gateway.sent
    assert (told["to"], told["text"], told["from"]) == (MIA, HOSTILE, "Lark Tea")


def test_a_text_stays_a_text_in_an_address_a_form_and_a_header() -> None:
    # given
    message = make_message(MIA, text=HOSTILE)
    made = settings(
        url="https://gw.example/send?to={to}&text={text}&user={key}",
        body_kind="form",
        body="to={to}&text={text}",
        headers=["X-Text: {text}"],
        number_format="0049170…",
    )
    # when
    base, path, headers, body = made_request(made, message)
    # then
    query = parse_qs(urlsplit(path).query)
    assert base == "https://gw.example"
    assert query == {"to": ["00491701234567"], "text": [HOSTILE], "user": [KEY]}
    assert parse_qs((body or b"").decode())["text"] == [HOSTILE]
    assert "\n" not in headers["X-Text"]
    assert "\r" not in headers["X-Text"]


def test_who_opted_out_at_the_gateway_is_not_merely_refused() -> None:
    with FakeGateway() as gateway:
        gateway.opted_out.add(MIA)
        made = HttpSmsSettings.model_validate(gateway.settings())
        [outcome] = CHANNEL.open(make_account("http_sms", made)).send([make_message(MIA)])
    assert (outcome.kind, outcome.code) == (OutcomeKind.PERMANENT, FailureCode.OPTED_OUT)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://{to}.example/"},
        {"url": "https://user:secret@gw.example/"},
        {"url": "https://gw.example/{nobody}"},
        {"url": "ftp://gw.example/"},
        {"body": "{nothing}"},
        {"headers": ["no colon"]},
        {"headers": ["Bad Name: x"]},
        {"id_pattern": "no group"},
        {"success_pattern": "("},
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**changes)


def test_a_pattern_that_never_ends_is_a_doubt_and_stops_nobody() -> None:
    with FakeGateway() as gateway:
        gateway.sent += [{}] * 10**6  # a long id
        made = HttpSmsSettings.model_validate(gateway.settings(success_pattern="(.|.)*(.|.)*X$"))
        [outcome] = CHANNEL.open(make_account("http_sms", made)).send([make_message(MIA)])
    assert outcome.kind is OutcomeKind.IN_DOUBT


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (b"id=7&from=%2B491701234567&text=Hallo+du", {}),
        (b'{"data": {"sms": {"id": 7, "who": "0049 170 1234567", "words": "Hallo du"}}}',
         {"field_id": "data.sms.id", "field_from": "data.sms.who", "field_text": "data.sms.words"}),
    ],
)  # fmt: skip
def test_a_text_is_read_from_the_fields_the_merchant_named(
    body: bytes, changes: dict[str, Any]
) -> None:
    [said] = CHANNEL.written("sms", body, account(**changes))
    assert (said.provider_id, said.sender, said.text) == ("7", MIA, "Hallo du")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("delivered", ReceiptKind.DELIVERED),
        ("Rejected", ReceiptKind.FAILED),
        ("x", ReceiptKind.ACCEPTED),
    ],
)
def test_a_receipt_means_what_the_merchant_said(status: str, kind: ReceiptKind) -> None:
    body = json.dumps({"id": "gw-1", "status": status, "at": 1795348800}).encode()
    [receipt] = CHANNEL.receipts("sms", body, account(field_time="at"))
    assert (receipt.kind, receipt.provider_id) == (kind, "gw-1")
    assert receipt.at == datetime.fromtimestamp(1795348800, UTC)


def test_the_secret_may_stand_at_the_end_of_the_address() -> None:
    incoming = RawRequest("POST", f"/x?secret={SECRET}", {}, b"a=b", {"secret": SECRET})
    CHANNEL.verify(incoming, account())


def test_numbers_are_told_in_one_form() -> None:
    said = ["491701234567", "0049 170/123-4567", "+49 (170) 1234567", "12345", "Lark"]
    assert [number_of(each) for each in said] == [MIA, MIA, MIA, "12345", "Lark"]
