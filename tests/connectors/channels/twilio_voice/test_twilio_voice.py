"""Twilio's voice: signatures, TwiML, news translated, and everything the API may answer."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as Tree

import pytest
from pydantic import SecretStr

from shopbell.calls.ports import (
    TOPIC,
    Ask,
    GoOn,
    HangUp,
    HeardKind,
    Next,
    Record,
    Ring,
    Say,
    Script,
    Step,
)
from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.channels.twilio_signatures import signature_of
from shopbell.connectors.channels.twilio_voice import CHANNEL
from shopbell.connectors.channels.twilio_voice.settings import TwilioVoiceSettings
from shopbell.connectors.channels.twilio_voice.twiml import Writer
from shopbell.kit.errors import BadSignature, Invalid, Permanent, Temporary, Unsupported
from shopbell.kit.ids import uuid7
from tests.connectors.channels.twilio_voice.fake import MP3, NUMBER, SID, TOKEN, FakeTwilio, parsed
from tests.support.channels import make_account

FIXTURES = Path(__file__).parent / "fixtures"
HOOK = "https://shop.example/hooks/twilio_voice/lark/orders"


def account_of(fake: FakeTwilio | None = None, **changes: object) -> Account:
    usual = fake.settings() if fake else {"account_sid": SID, "auth_token": TOKEN, "from": NUMBER}
    return make_account("twilio_voice", TwilioVoiceSettings.model_validate(usual | changes))


def posted(
    form: Mapping[str, str], query: str = "", token: str = TOKEN, **headers: str
) -> RawRequest:
    url = f"{HOOK}?{query}" if query else HOOK
    told = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "x-twilio-signature": signature_of(url, list(form.items()), token),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    path = url.removeprefix("https://shop.example")
    return RawRequest("POST", path, told, urlencode(form).encode(), dict(parse_qsl(query)))


def recorded(name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return found


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    running = FakeTwilio("https://shop.example/hooks/twilio_voice/lark/orders")
    yield running
    running.close()


def test_a_signed_call_is_let_in_and_every_changed_byte_is_refused() -> None:
    # given a call as Twilio posts it
    good = posted(recorded("incoming"))
    CHANNEL.verify(good, account_of())

    # when any byte of the signature or of the body is another, then nothing is let in
    signature = good.headers["x-twilio-signature"]
    for place in range(len(signature)):
        other = "A" if signature[place] != "A" else "B"
        changed = signature[:place] + other + signature[place + 1 :]
        with pytest.raises(BadSignature):
            CHANNEL.verify(posted(recorded("incoming"), x_twilio_signature=changed), account_of())
    for place in range(min(len(good.body), 200)):
        body = good.body[:place] + bytes([good.body[place] ^ 1]) + good.body[place + 1 :]
        with pytest.raises(BadSignature):
            CHANNEL.verify(RawRequest("POST", good.url, good.headers, body), account_of())


@pytest.mark.parametrize(
    "request_",
    [
        posted(recorded("incoming"), token="another account's token"),
        posted(recorded("incoming"), x_twilio_signature=""),
        posted(recorded("incoming"), x_twilio_signature="é"),
        posted(recorded("incoming"), x_twilio_signature=f"{'A' * 28}, {'B' * 28}"),
    ],
)
def test_a_wrong_missing_or_doubled_signature_is_refused(request_: RawRequest) -> None:
    with pytest.raises(BadSignature):
        CHANNEL.verify(request_, account_of())


def test_a_step_cannot_be_changed_in_the_address_and_the_earlier_token_counts_meanwhile() -> None:
    good = posted(recorded("incoming"), "step=promised&at=2026-03-04T15%3A30%3A00%2B00%3A00")
    CHANNEL.verify(good, account_of(auth_token="new", earlier_auth_token=TOKEN))
    later = good.url.replace("15%3A30", "09%3A30")
    with pytest.raises(BadSignature):
        CHANNEL.verify(RawRequest("POST", later, good.headers, good.body), account_of())


@pytest.mark.parametrize(
    ("fixture", "query", "name"),
    [
        ("incoming", "", "ringing:CA0000000000000000000000000000a001"),
        ("ended", "", "ended:CA0000000000000000000000000000a001:"),
        ("dialled", "step=dialled", "dialled:CA0000000000000000000000000000a001"),
        ("chosen", "step=chosen", ""),
        ("recording", "news=recording",
         "recording:CA0000000000000000000000000000a001:RE0000000000000000000000000000b001"),
        ("taken", "step=taken&call=CA0000000000000000000000000000a001&agent=7",
         "taken:CA0000000000000000000000000000a001:7"),
    ],
)  # fmt: skip
def test_requests_are_filed_under_their_call_and_step(fixture: str, query: str, name: str) -> None:
    found = CHANNEL.identify(posted(recorded(fixture), query), account_of())
    assert [each.provider_id for each in found] == ([name] if name else [])
    assert {each.topic for each in found} <= {TOPIC}
    for each in found:
        [heard] = CHANNEL.heard(each.provider_id, posted(recorded(fixture)).body, account_of())
        assert heard.provider_id == "CA0000000000000000000000000000a001"


def test_what_is_no_call_or_no_step_of_ours_is_refused_and_nothing_is_stored() -> None:
    with pytest.raises(Invalid, match="CallSid"):
        CHANNEL.identify(posted({"From": "+4915112340001"}), account_of())
    with pytest.raises(Invalid, match="no such step"):
        CHANNEL.identify(posted(recorded("incoming"), "step=dance"), account_of())
    with pytest.raises(Invalid, match="no call of ours"):
        CHANNEL.heard("bridged:CA1:not-an-id", b"", account_of())
    with pytest.raises(Invalid, match="cannot be read"):
        CHANNEL.heard("promised:CA1:soon:1", b"", account_of())


@pytest.mark.parametrize(
    ("shown", "number"),
    [("+4915112340001", "+4915112340001"), ("anonymous", ""), ("", ""), ("+266696687", ""),
     ("Restricted", ""), ("sip:mia@pbx.example", "")],
)  # fmt: skip
def test_a_withheld_number_is_no_number(shown: str, number: str) -> None:
    body = urlencode({**recorded("incoming"), "From": shown}).encode()
    [heard] = CHANNEL.heard("ringing:CA1", body, account_of())
    assert (heard.kind, heard.number) == (HeardKind.RINGING, number)


def test_a_script_is_written_as_twilio_reads_it() -> None:
    script: Script = [
        Say('Tom & "Jerry" <b>', "de"),
        Ask((Say("Press 1.", "fr"),), Next(Step.CHOSEN, (("again", "1"),))),
        Ring((("+4930555001", Next(Step.SCREEN, (("call", "CA1"), ("agent", "7")))),),
             Next(Step.DIALLED), 20, NUMBER),
        Record(Next(Step.RECORDED), 60),
        GoOn(Next(Step.GOODBYE)),
        HangUp(),
    ]  # fmt: skip
    text = Writer(HOOK, transcribe=True).write(script)
    verbs = parsed(text, may_dial=True)
    assert [verb.tag for verb in verbs] == [
        "Say", "Gather", "Dial", "Record", "Redirect", "Hangup",
    ]  # fmt: skip
    assert (verbs[0].text, verbs[0].get("language")) == ('Tom & "Jerry" <b>', "de-DE")
    assert verbs[2][0].get("url") == f"{HOOK}?step=screen&call=CA1&agent=7"
    assert verbs[3].get("recordingStatusCallback") == f"{HOOK}?news=recording"
    assert Tree.fromstring(Writer(HOOK).write([])).tag == "Response"


def test_a_call_is_placed_with_the_right_login_only(fake: FakeTwilio) -> None:
    call = uuid7()
    sid = CHANNEL.place(account_of(fake), call=call, agent="+493055500777")
    assert fake.queued[0][0] == sid
    assert fake.queued[0][1]["Url"].endswith(f"?step=bridge&call={call}")
    with pytest.raises(Permanent, match="does not accept the key"):
        CHANNEL.place(account_of(fake, auth_token="wrong"), call=call, agent="+493055500777")
    with pytest.raises(Permanent, match="21210"):
        CHANNEL.place(account_of(fake, **{"from": "+4930999"}), call=call, agent="+493055500777")
    fake.trouble = [429]
    with pytest.raises(Temporary) as busy:
        CHANNEL.place(account_of(fake), call=call, agent="+493055500777")
    assert busy.value.untouched
    fake.drops_answer = True
    with pytest.raises(Temporary) as doubt:
        CHANNEL.place(account_of(fake), call=call, agent="+493055500777")
    assert not doubt.value.untouched


def test_a_recording_is_asked_for_by_its_id_only(fake: FakeTwilio) -> None:
    fake.recordings["RE1"] = MP3
    assert CHANNEL.recording(account_of(fake), "RE1") == MP3
    for other in ("../Calls", "RE1.mp3?x=", "http://169.254.169.254/"):
        with pytest.raises(Permanent):
            CHANNEL.recording(account_of(fake), other)


def test_calls_that_were_missed_while_nobody_listened_are_found(fake: FakeTwilio) -> None:
    usual = {"CallSid": "CA1", "From": "+4915112340001", "To": NUMBER, "Direction": "inbound",
             "CallStatus": "completed", "StartTime": "Wed, 04 Mar 2026 15:00:00 +0000"}  # fmt: skip
    early = {**usual, "CallSid": "CA2", "StartTime": "Wed, 04 Mar 2026 09:00:00 +0000"}
    ours = {**usual, "CallSid": "CA3", "Direction": "outbound-api"}
    still = {**usual, "CallSid": "CA4", "CallStatus": "in-progress"}
    fake.calls = {each["CallSid"]: each for each in (usual, early, ours, still)}
    found = CHANNEL.missed(account_of(fake), datetime(2026, 3, 4, 12, tzinfo=UTC))
    assert list(found.bodies) == ["ended:CA1:"]
    [heard] = CHANNEL.heard("ended:CA1:", found.bodies["ended:CA1:"], account_of())
    assert (heard.kind, heard.number) == (HeardKind.ENDED, "+4915112340001")
    assert CHANNEL.look(account_of(fake), "CA4") is None
    looked = CHANNEL.look(account_of(fake), "CA1")
    assert looked is not None
    assert looked.kind == HeardKind.ENDED


def test_trying_it_says_what_is_not_set_up_yet(fake: FakeTwilio) -> None:
    assert CHANNEL.check(account_of(fake)).ok
    fake.webhook = "https://elsewhere.example/"
    found = CHANNEL.check(account_of(fake))
    assert (found.ok, found.summary) == (False, "Calls to this number do not come here.")
    assert not CHANNEL.check(account_of(fake, auth_token="wrong")).ok
    assert "no number" in CHANNEL.check(account_of(fake, **{"from": "+4930999"})).summary


def test_nothing_is_written_by_phone() -> None:
    assert not CHANNEL.capabilities.can_send({})
    with pytest.raises(Unsupported):
        CHANNEL.open(account_of())


def test_secrets_are_secret_and_the_alias_is_twilios_word() -> None:
    settings = TwilioVoiceSettings.model_validate(
        {"account_sid": SID, "auth_token": TOKEN, "from": NUMBER}
    )
    assert isinstance(settings.auth_token, SecretStr)
    assert TOKEN not in repr(settings)
    assert settings.from_ == NUMBER
    assert base64.b64decode(signature_of(HOOK, [], TOKEN))
