"""Sending through Twilio: what its answers mean, and which number somebody hears from."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

from shopbell.connections.ports import Account
from shopbell.connectors.channels.twilio_sms import CHANNEL
from shopbell.connectors.channels.twilio_sms.senders import choose
from shopbell.connectors.channels.twilio_sms.settings import TwilioSmsSettings
from shopbell.messaging.ports import FailureCode, Outcome, OutcomeKind, OutgoingFile
from tests.connectors.channels.twilio_sms.fake import NUMBER, SID, TOKEN, FakeTwilio
from tests.support.channels import make_account, make_message

MIA = "+491701234567"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


def account_at(twilio: FakeTwilio, **changes: Any) -> Account:
    settings = TwilioSmsSettings.model_validate(twilio.settings(**changes))
    return make_account("twilio_sms", settings, address=CHANNEL.address(settings))


def send(twilio: FakeTwilio, to: str = MIA, **changes: Any) -> Outcome:
    account = account_at(twilio, **changes.pop("settings", {}))
    [outcome] = CHANNEL.open(account).send([make_message(to, text="On its way.", **changes)])
    return outcome


def test_a_text_leaves_from_our_number_and_names_itself_for_the_receipt(twilio: FakeTwilio) -> None:
    # when
    outcome = send(twilio, message_id="<m.1.ab.cd@lark.example>")
    # then
    [text] = twilio.sent
    assert outcome == Outcome(OutcomeKind.ACCEPTED, provider_id=text.sid)
    assert (text.sender, text.to, text.body) == (NUMBER, MIA, "On its way.")
    callback = urlsplit(text.callback)
    assert f"https://{callback.netloc}{callback.path}" == account_at(twilio).webhook_url
    assert parse_qs(callback.query) == {"m": ["<m.1.ab.cd@lark.example>"]}


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+49170", FailureCode.UNKNOWN_ADDRESS),
        ("+493012345678", FailureCode.UNKNOWN_ADDRESS),
        ("+8613812345678", FailureCode.BLOCKED),
        ("+491709999999", FailureCode.OPTED_OUT),
    ],
)
def test_a_refused_number_is_refused_for_its_own_reason(
    twilio: FakeTwilio, to: str, code: str
) -> None:
    # given
    twilio.landlines.add("+493012345678")
    twilio.closed_countries.add("+86")
    twilio.opted_out.add((NUMBER, "+491709999999"))
    # when
    outcome = send(twilio, to)
    # then
    assert (outcome.kind, outcome.code) == (OutcomeKind.PERMANENT, code)
    assert "(Twilio 2" in outcome.detail


def test_a_text_that_is_too_long_is_refused_as_such(twilio: FakeTwilio) -> None:
    [outcome] = CHANNEL.open(account_at(twilio)).send([make_message(MIA, text="x" * 1601)])
    assert (outcome.kind, outcome.code) == (OutcomeKind.PERMANENT, FailureCode.TOO_LARGE)


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "wait"),
    [
        (429, {"code": 20429}, {"retry-after": "30"}, OutcomeKind.TEMPORARY, 30.0),
        (429, b"<html>slow down</html>", {}, OutcomeKind.TEMPORARY, 5.0),
        (503, {"code": 20503}, {}, OutcomeKind.TEMPORARY, None),
        (500, {"code": 20500}, {}, OutcomeKind.IN_DOUBT, None),
        (502, b"<html>bad gateway</html>", {}, OutcomeKind.IN_DOUBT, None),
        (200, b"<html>maintenance</html>", {}, OutcomeKind.IN_DOUBT, None),
        (201, b"[]", {}, OutcomeKind.IN_DOUBT, None),
        (401, {"code": 20003}, {}, OutcomeKind.NOT_TRIED, 300.0),
        (400, {"code": 21606}, {}, OutcomeKind.NOT_TRIED, 300.0),
        (400, {"code": 63016}, {}, OutcomeKind.PERMANENT, None),
    ],
)
def test_what_an_answer_means_depends_on_whether_twilio_may_have_taken_it(
    twilio: FakeTwilio, status: int, body: Any, headers: dict[str, str], kind: str, wait: Any
) -> None:
    twilio.fail(status, body, headers)
    outcome = send(twilio)
    assert (outcome.kind, outcome.retry_after) == (kind, wait)


@pytest.mark.parametrize("after_taking", [True, False])
def test_a_line_cut_after_the_request_left_is_a_doubt(
    twilio: FakeTwilio, after_taking: bool
) -> None:
    twilio.hang_up(after_taking=after_taking)
    assert send(twilio).kind is OutcomeKind.IN_DOUBT
    assert len(twilio.sent) == after_taking


def test_a_twilio_that_is_not_there_was_not_tried() -> None:
    with FakeTwilio() as gone:
        account = account_at(gone)
    [outcome] = CHANNEL.open(account).send([make_message(MIA)])
    assert outcome.kind is OutcomeKind.NOT_TRIED


def test_a_wrong_key_stops_the_account_and_no_message(twilio: FakeTwilio) -> None:
    outcome = send(twilio, settings={"auth_token": "wrong"})
    assert outcome.kind is OutcomeKind.NOT_TRIED
    assert twilio.sent == []


def test_a_text_goes_without_receipts_when_twilio_cannot_reach_us(twilio: FakeTwilio) -> None:
    # given
    settings = TwilioSmsSettings.model_validate(twilio.settings())
    account = make_account("twilio_sms", settings, webhook_url="shop.local/hooks")
    # when
    outcomes = CHANNEL.open(account).send([make_message(MIA), make_message("+491701234568")])
    # then
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2
    assert [text.callback for text in twilio.sent] == ["", ""]


def test_the_rate_is_kept_to_by_twilio_and_the_rest_waits(twilio: FakeTwilio) -> None:
    twilio.per_second = 2
    messages = [make_message(f"+49170123450{n}") for n in range(4)]
    outcomes = CHANNEL.open(account_at(twilio)).send(messages)
    kinds = [outcome.kind for outcome in outcomes]
    assert kinds == [OutcomeKind.ACCEPTED] * 2 + [OutcomeKind.TEMPORARY] * 2


def test_pictures_go_where_numbers_take_them_and_nowhere_else(twilio: FakeTwilio) -> None:
    # given
    picture = OutgoingFile("jar.png", "image/png", 5, "aa/bb")
    # when
    there = send(twilio, "+14155550101", files=(picture,))
    elsewhere = send(twilio, MIA, files=(picture,))
    # then
    assert there.kind is OutcomeKind.ACCEPTED
    assert twilio.sent[0].media[0].startswith("http://localhost:8000/f/")
    assert (elsewhere.kind, elsewhere.code) == (OutcomeKind.PERMANENT, FailureCode.BAD_CONTENT)


POOL = [f"+1500555{n:04}" for n in range(5)]


def test_everybody_hears_from_one_number_of_a_pool(twilio: FakeTwilio) -> None:
    twilio.numbers |= {number: {"sms": True} for number in POOL}
    people = [f"+4917000000{n:02}" for n in range(20)]
    for _ in range(2):
        for person in people:
            send(
                twilio, person, from_address=POOL[0], settings={"from": POOL}
            )  # as the outbox does
    heard = {person: {t.sender for t in twilio.sent if t.to == person} for person in people}
    assert all(len(senders) == 1 for senders in heard.values())
    assert len({*map(tuple, heard.values())}) > 2


def test_somebody_keeps_the_number_they_know(twilio: FakeTwilio) -> None:
    twilio.numbers |= {number: {"sms": True} for number in POOL}
    other = next(number for number in POOL[1:] if number != choose(POOL, MIA))
    send(twilio, from_address=other, settings={"from": POOL})
    assert twilio.sent[0].sender == other


def test_one_number_more_moves_few_people() -> None:
    people = [f"+4917{n:08}" for n in range(1000)]
    moved = sum(choose(POOL, one) != choose([*POOL, "+15005559999"], one) for one in people)
    assert moved < 250


def test_a_name_and_a_service_are_named_as_twilio_wants_it(twilio: FakeTwilio) -> None:
    twilio.names.add("Lark Tea")
    assert send(twilio, settings={"from": "Lark Tea"}).kind is OutcomeKind.ACCEPTED
    service = "MG" + "a" * 32
    assert send(twilio, settings={"from": service}).kind is OutcomeKind.ACCEPTED
    assert [text.sender for text in twilio.sent] == ["Lark Tea", NUMBER]


@pytest.mark.parametrize(
    "sender",
    ["", "0170 1234567", "A name that is too long", "+", "MGshort!", "+1,Lark", "12345678901"],
)
def test_a_sender_that_twilio_would_refuse_is_refused_here(sender: str) -> None:
    with pytest.raises(ValidationError):
        TwilioSmsSettings.model_validate({"account_sid": SID, "auth_token": "x", "from": sender})


def test_several_numbers_can_be_given_as_lines_or_as_a_list() -> None:
    for given in ("+15005550006\n+15005550007", ["+15005550006", "+15005550007"]):
        settings = TwilioSmsSettings.model_validate(
            {"account_sid": SID, "auth_token": "x", "from": given}
        )
        assert settings.from_ == ("+15005550006", "+15005550007")


def test_a_check_tells_balance_abilities_and_where_answers_go(twilio: FakeTwilio) -> None:
    # given
    account = account_at(twilio)
    # when
    away = CHANNEL.check(account)
    twilio.sms_url = account.webhook_url
    home = CHANNEL.check(account)
    # then
    assert away.ok
    assert "do not come here yet" in away.hint
    assert home.ok
    assert not home.hint
    assert dict(home.facts)["Balance"] == "12.4000 USD"
    assert dict(home.facts)[NUMBER] == "Can send texts and pictures; answers come here"


def test_a_check_says_what_is_wrong(twilio: FakeTwilio) -> None:
    assert not CHANNEL.check(account_at(twilio, auth_token="wrong")).ok
    foreign = CHANNEL.check(account_at(twilio, **{"from": "+15005550009"}))
    assert not foreign.ok
    assert "There is no number +15005550009" in foreign.hint
    twilio.account_status = "suspended"
    assert CHANNEL.check(account_at(twilio)).summary == "The account is suspended."


def test_both_tokens_are_good_while_they_change() -> None:
    settings = TwilioSmsSettings.model_validate(
        {"account_sid": SID, "auth_token": "new", "from": NUMBER, "previous_auth_token": TOKEN}
    )
    assert settings.tokens == ["new", TOKEN]
    assert isinstance(settings.auth_token, SecretStr)
