"""What Twilio posts to us: who may, what it means, which files are fetched, what was missed."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.channels.twilio_signatures import params_of, signature_of
from shopbell.connectors.channels.twilio_sms import CHANNEL
from shopbell.connectors.channels.twilio_sms.settings import TwilioSmsSettings
from shopbell.kit.errors import BadSignature, Invalid, Permanent
from shopbell.messaging.ports import FailureCode, ReceiptKind, RemoteFile
from tests.connectors.channels.twilio_sms.fake import NUMBER, SID, TOKEN, FakeTwilio, Text
from tests.connectors.shops.ground import flipped
from tests.support.channels import make_account
from tests.support.site import Answer, site

MIA = "+491701234567"
PATH = "/hooks/twilio_sms/lark/orders"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


def account_at(base: str = "https://api.twilio.com", **changes: Any) -> Account:
    values = {"account_sid": SID, "auth_token": TOKEN, "from": NUMBER, "api_base": base}
    return make_account("twilio_sms", TwilioSmsSettings.model_validate({**values, **changes}))


ACCOUNT = account_at()
TEXT = {
    "MessageSid": "SM" + "a" * 32, "SmsStatus": "received", "AccountSid": SID, "From": MIA,
    "To": NUMBER, "Body": "Where is my tea? 🫖", "NumMedia": "0", "ProfileName": "",
}  # fmt: skip


def request(
    form: dict[str, str] | bytes,
    *,
    query: str = "",
    token: str = TOKEN,
    signed_url: str = "",
    signature: str | None = None,
    **query_values: str,
) -> RawRequest:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    url = signed_url or ACCOUNT.webhook_url + (f"?{query}" if query else "")
    params = [] if "bodySHA256" in query else params_of(body)
    made = signature_of(url, params, token) if signature is None else signature
    headers = {"x-twilio-signature": made} if made else {}
    target = f"{PATH}?{query}" if query else PATH
    return RawRequest("POST", target, headers, body, query_values)


def test_a_genuine_text_is_believed_and_filed_under_twilios_id() -> None:
    CHANNEL.verify(request(TEXT), ACCOUNT)
    [entry] = CHANNEL.identify(request(TEXT), ACCOUNT)
    assert entry.provider_id == TEXT["MessageSid"]
    kind, body = CHANNEL.answer(request(TEXT), ACCOUNT)
    assert kind.startswith("text/xml")
    assert "<Response></Response>" in body


def test_every_change_of_a_signed_text_is_noticed() -> None:
    good = request(TEXT)
    signature = good.headers["x-twilio-signature"]
    for body in flipped(good.body):
        with pytest.raises(BadSignature):
            CHANNEL.verify(request(body, signature=signature), ACCOUNT)
    for changed in flipped(signature.encode()):
        with pytest.raises(BadSignature):
            CHANNEL.verify(request(TEXT, signature=changed.decode("latin-1")), ACCOUNT)


@pytest.mark.parametrize(
    "forged",
    [
        {"signature": ""},
        {"token": "another token"},
        {"signed_url": "https://other.example/hooks/twilio_sms/lark/orders"},
        {"query": "m=x", "signed_url": ACCOUNT.webhook_url},
    ],
)
def test_a_wrong_token_address_or_no_signature_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(TEXT, **forged), ACCOUNT)


def test_the_old_token_is_good_until_it_is_taken_away() -> None:
    rotating = account_at(auth_token="new", previous_auth_token=TOKEN)
    CHANNEL.verify(request(TEXT), rotating)
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(TEXT), account_at(auth_token="new"))


def test_twilio_may_sign_the_address_with_its_usual_port() -> None:
    CHANNEL.verify(
        request(TEXT, signed_url="https://shop.example:443/hooks/twilio_sms/lark/orders"), ACCOUNT
    )


def test_a_json_body_is_checked_by_its_hash() -> None:
    body = b'{"property": "value"}'
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    CHANNEL.verify(request(body, query=query), ACCOUNT)
    with pytest.raises(BadSignature):
        CHANNEL.verify(request(body + b" ", query=query), ACCOUNT)


def test_a_form_without_an_id_is_refused_at_the_door() -> None:
    with pytest.raises(Invalid):
        CHANNEL.identify(request({"From": MIA}), ACCOUNT)


def test_a_text_with_pictures_names_them_and_fetches_nothing() -> None:
    media = (
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM{'a' * 32}/Media/ME{'b' * 32}"
    )
    form = {**TEXT, "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "image/jpeg"}
    [said] = CHANNEL.written("sms.message", urlencode(form).encode(), ACCOUNT)
    assert (said.sender, said.text) == (MIA, "Where is my tea? 🫖")
    assert said.files == (RemoteFile(media, content_type="image/jpeg"),)
    assert said.data == {"number": NUMBER}
    assert CHANNEL.receipts("sms.message", urlencode(form).encode(), ACCOUNT) == []


def test_a_word_that_twilio_answered_itself_is_marked() -> None:
    form = {**TEXT, "Body": "STOP", "OptOutType": "STOP"}
    [said] = CHANNEL.written("sms.message", urlencode(form).encode(), ACCOUNT)
    assert said.data["keyword"] == "stop"


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        ("queued", "", ReceiptKind.ACCEPTED, ""),
        ("sent", "", ReceiptKind.ACCEPTED, ""),
        ("delivered", "", ReceiptKind.DELIVERED, ""),
        ("undelivered", "30003", ReceiptKind.FAILED, FailureCode.REFUSED),
        ("undelivered", "30004", ReceiptKind.FAILED, FailureCode.BLOCKED),
        ("undelivered", "30005", ReceiptKind.HARD_BOUNCE, FailureCode.UNKNOWN_ADDRESS),
        ("undelivered", "30006", ReceiptKind.HARD_BOUNCE, FailureCode.UNKNOWN_ADDRESS),
        ("undelivered", "30007", ReceiptKind.FAILED, FailureCode.BLOCKED),
        ("undelivered", "30008", ReceiptKind.FAILED, FailureCode.REFUSED),
        ("failed", "21610", ReceiptKind.FAILED, FailureCode.OPTED_OUT),
        ("failed", "99999", ReceiptKind.FAILED, FailureCode.REFUSED),
        ("failed", "no number", ReceiptKind.FAILED, FailureCode.REFUSED),
    ],
)
def test_a_receipt_says_what_became_of_the_text(
    status: str, error: str, kind: str, code: str
) -> None:
    # given
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": error, "To": MIA}
    incoming = request(form, query="m=%3Cm.1%40lark%3E", m="<m.1@lark>")
    # when
    CHANNEL.verify(incoming, ACCOUNT)
    [entry] = CHANNEL.identify(incoming, ACCOUNT)
    [receipt] = CHANNEL.receipts(entry.topic, incoming.body, ACCOUNT)
    # then
    assert entry.provider_id == f"SM1:{status}"
    assert (receipt.kind, receipt.code) == (kind, code)
    assert (receipt.message_id, receipt.provider_id) == ("<m.1@lark>", "SM1")
    assert CHANNEL.written(entry.topic, incoming.body, ACCOUNT) == []


@given(st.dictionaries(st.sampled_from([*TEXT, "MediaUrl0", "ErrorCode", "DateSent"]), st.text()))
def test_odd_forms_are_understood_or_refused_and_break_nothing(form: dict[str, str]) -> None:
    body = urlencode(form, errors="surrogatepass").encode()
    try:
        CHANNEL.identify(request(body), ACCOUNT)
        CHANNEL.written("sms.message", body, ACCOUNT)
    except Invalid:
        pass
    CHANNEL.receipts("sms.message", body, ACCOUNT)


def test_a_picture_is_fetched_with_our_key_from_the_api_alone(twilio: FakeTwilio) -> None:
    text = twilio.text(MIA, "", media=1, deliver=False)
    url = twilio.inbound_form(text)["MediaUrl0"]
    content = CHANNEL.fetch(RemoteFile(url), account_at(twilio.url))
    assert content.startswith(b"\x89PNG")


HERE = f"/2010-04-01/Accounts/{SID}/Messages/MM{'a' * 32}/Media/ME{'b' * 32}"


@pytest.mark.parametrize(
    "url",
    [
        f"http://169.254.169.254{HERE}",
        f"https://evil.example{HERE}",
        f"https://api.twilio.com.evil.example{HERE}",
        f"https://api.twilio.com@evil.example{HERE}",
        f"https://evil.example#api.twilio.com{HERE}",
        f"https://api.twilio.com:8443{HERE}",
        f"http://api.twilio.com{HERE}",
        f"https://api.twilio.com{HERE}?x=1",
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}.json",
        f"https://api.twilio.com{HERE}/../../../../Balance.json",
        "https://api.twilio.com:x/",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_none_of_twilios_is_not_fetched(twilio: FakeTwilio, url: str) -> None:
    with pytest.raises(Permanent) as caught:
        CHANNEL.fetch(RemoteFile(url), account_at(twilio.url))
    assert caught.value.code == "refused_address"
    assert twilio.requests == []


@pytest.mark.parametrize("place", ["http://127.0.0.1:1/x", "https://evil.example/x", "/x", ""])
def test_a_file_that_lies_in_a_strange_place_is_not_followed(place: str) -> None:
    with site((307, {"location": place}, b"")) as running, pytest.raises(Permanent) as caught:
        CHANNEL.fetch(RemoteFile(f"{running.url}{HERE}"), account_at(running.url))
    assert caught.value.code == "refused_address"
    assert len(running.seen) == 1


def test_a_file_that_is_too_large_or_gone_is_refused() -> None:
    answers: list[Answer] = [(200, {}, b"x" * (10 * 1024 * 1024 + 1)), (404, {}, b"")]
    for answer in answers:
        with site(answer) as running, pytest.raises(Permanent):
            CHANNEL.fetch(RemoteFile(f"{running.url}{HERE}"), account_at(running.url))


def aged(text: Text, minutes: int) -> Text:
    text.at = datetime.now(UTC) - timedelta(minutes=minutes)
    return text


def test_what_was_missed_is_found_under_the_ids_the_webhooks_would_have_had(
    twilio: FakeTwilio,
) -> None:
    # given
    account, since = account_at(twilio.url), datetime.now(UTC) - timedelta(minutes=30)
    old = aged(twilio.text(MIA, "an hour ago", deliver=False), 60)
    twilio.page = 2
    texts = [twilio.text(MIA, f"text {n}", deliver=False) for n in range(5)]
    picture = twilio.text(MIA, "look", media=2, deliver=False)
    ended = Text("SM" + "9" * 32, "outbound-api", NUMBER, MIA, "hi", "undelivered", texts[0].at)
    ended.error = 30005
    waiting = Text("SM" + "8" * 32, "outbound-api", NUMBER, MIA, "hi", "queued", texts[0].at)
    twilio.texts += [ended, waiting]
    # when
    found = CHANNEL.missed(account, since)
    # then
    wanted = {text.sid for text in (*texts, picture)} | {f"{ended.sid}:undelivered"}
    assert set(found.bodies) == wanted
    assert old.sid not in found.bodies
    [said] = CHANNEL.written(found.topic, found.bodies[picture.sid], account)
    assert (said.sender, said.text, len(said.files)) == (MIA, "look", 2)
    assert abs(said.at - picture.at) < timedelta(seconds=2)
    assert CHANNEL.fetch(said.files[0], account).startswith(b"\x89PNG")
    [receipt] = CHANNEL.receipts(found.topic, found.bodies[f"{ended.sid}:undelivered"], account)
    assert receipt.kind is ReceiptKind.HARD_BOUNCE


def test_a_webhook_and_asking_give_the_same_id(twilio: FakeTwilio) -> None:
    text = twilio.text(MIA, "hello", deliver=False)
    [entry] = CHANNEL.identify(request(twilio.inbound_form(text)), ACCOUNT)
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert set(CHANNEL.missed(account_at(twilio.url), since).bodies) == {entry.provider_id}
