"""Telegram: the bot says what it should, hears what customers do, and keeps what all promise."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shopbell.connections.ports import RawRequest, Settings
from shopbell.connectors.channels.telegram import CHANNEL
from shopbell.connectors.channels.telegram.channel import SECRET_HEADER
from shopbell.kit.errors import Permanent
from shopbell.kit.media import keep_file
from shopbell.messaging.ports import Option, Outcome, OutgoingFile, OutgoingMessage, WrittenKind
from tests.connectors.channels.message_contract import Hook, MessageContract
from tests.connectors.channels.telegram.fake import SECRET, FakeTelegram
from tests.support.channels import make_message

MIA = "5551234567"


class TestContract(MessageContract):
    key = "telegram"
    address = MIA
    signature_headers = (SECRET_HEADER,)
    messages_in_a_hook = 1
    signs_bodies = False
    has_receipts = False

    def settings(self, url: str = "http://127.0.0.1:9") -> Settings:
        values = {"bot_token": "123456:AAbot-of-lark-and-larder", "secret_token": SECRET}
        values |= {"username": "lark_larder_bot", "api_base": url}
        return CHANNEL.settings_model.model_validate({**values, "timeout": 1})

    def signed(self, body: bytes | None = None, secret: str | None = None) -> Hook:
        with FakeTelegram() as fake:
            return Hook(body or fake.write(MIA, "Hello"), {SECRET_HEADER: secret or SECRET})

    @contextmanager
    def provider(self) -> Iterator[FakeTelegram]:
        with FakeTelegram() as fake:
            fake.write(MIA, "/start")
            yield fake


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def put(tmp_path: Path, settings: Any) -> Callable[..., OutgoingFile]:
    settings.MEDIA_ROOT = str(tmp_path)

    def make(name: str, content_type: str, content: bytes) -> OutgoingFile:
        key = keep_file(content)
        return OutgoingFile(name=name, content_type=content_type, size=len(content), key=key)

    return make


def talk(text: str = "It left today.", to: str = MIA, **changes: Any) -> OutgoingMessage:
    return make_message(to, text=text, html="", subject="", **changes)


def send(fake: FakeTelegram, *messages: OutgoingMessage, **settings: Any) -> list[Outcome]:
    return CHANNEL.open(fake.account(**settings)).send(messages)


def read(fake: FakeTelegram, body: bytes) -> Any:
    [found] = CHANNEL.written("telegram.message", body, fake.account())
    return found


def test_an_answer_quotes_the_message_and_has_buttons(telegram: FakeTelegram) -> None:
    asked = read(telegram, telegram.write(MIA, "Where is it?"))
    options = (Option("where", "Where is it?"), Option("x" * 65, "Never fits"))
    [outcome] = send(telegram, talk(options=options, answers=asked.provider_id))
    said = telegram.sent[0]
    assert outcome.provider_id == f"{MIA}:{said['message_id']}"
    assert said["reply_parameters"]["message_id"] == int(asked.provider_id.rpartition(":")[2])
    assert said["reply_markup"]["inline_keyboard"] == [
        [{"text": "Where is it?", "callback_data": "where"}]
    ]


def test_a_pressed_button_is_heard_and_telegram_is_told_so(telegram: FakeTelegram) -> None:
    telegram.write(MIA, "Hello")
    send(telegram, talk(options=(Option("where", "Where is it?"),)))
    body = telegram.press(MIA, telegram.sent[0], "where")
    pressed = read(telegram, body)
    assert (pressed.text, pressed.choice, pressed.sender) == ("Where is it?", "where", MIA)
    assert pressed.answers == f"{MIA}:{telegram.sent[0]['message_id']}"
    kind, said = CHANNEL.answer(RawRequest("POST", "/", {}, body), telegram.account())
    assert kind == "application/json"
    assert json.loads(said)["method"] == "answerCallbackQuery"
    other = RawRequest("POST", "/", {}, telegram.write(MIA, "Hi"))
    assert CHANNEL.answer(other, telegram.account())[1] == "{}"


def test_a_picture_carries_a_short_text_as_its_caption(
    telegram: FakeTelegram, put: Callable[..., OutgoingFile]
) -> None:
    telegram.write(MIA, "Show me")
    picture = put("cup.png", "image/png", b"\x89PNG a cup")
    bill = put("bill.pdf", "application/pdf", b"%PDF-1.7")
    send(telegram, talk("Here it is", files=(picture, bill)), talk("L" * 1500, files=(picture,)))
    assert telegram.calls == ["sendPhoto", "sendDocument", "sendMessage", "sendPhoto"]
    assert telegram.uploads[0] == b"\x89PNG a cup"
    assert [each.get("caption") for each in telegram.sent] == ["Here it is", "", None, ""]


def test_what_a_customer_can_send(telegram: FakeTelegram) -> None:
    telegram.files["voice-1"] = b"OggS a voice"
    voice = read(telegram, telegram.write(MIA, voice={"file_id": "voice-1", "file_size": 12}))
    assert (voice.files[0].name, voice.files[0].content_type) == ("voice.ogg", "audio/ogg")
    assert CHANNEL.fetch(voice.files[0], telegram.account()) == b"OggS a voice"

    sizes = [{"file_id": "small"}, {"file_id": "large", "file_size": 90_000}]
    photo = read(telegram, telegram.write(MIA, photo=sizes, caption="It came like this"))
    assert (photo.text, photo.files[0].ref) == ("It came like this", "large")

    spot = {"latitude": 52.5, "longitude": 13.4}
    place = {"location": spot, "title": "Larder", "address": "Lane 1"}
    venue = read(telegram, telegram.write(MIA, venue=place, location=spot))
    assert venue.data["location"] == {
        "latitude": 52.5,
        "longitude": 13.4,
        "name": "Larder",
        "address": "Lane 1",
    }
    contact = {"phone_number": "+4915112345678", "first_name": "Jon"}
    card = read(telegram, telegram.write(MIA, contact=contact))
    assert card.data["contacts"] == [{"name": "Jon", "phone": "+4915112345678"}]
    poll = read(telegram, telegram.write(MIA, poll={"id": "1"}))
    assert "poll" in poll.data["unsupported"]
    with pytest.raises(Permanent):
        CHANNEL.fetch(photo.files[0], telegram.account())


def test_edits_and_signs_are_about_the_message(telegram: FakeTelegram) -> None:
    first = read(telegram, telegram.write(MIA, "I want a refnud"))
    number = int(first.provider_id.rpartition(":")[2])
    edit = read(telegram, telegram.edit(MIA, number, "I want a refund"))
    sign = read(telegram, telegram.react(MIA, number, "🙏"))
    away = read(telegram, telegram.react(MIA, number, ""))
    assert (edit.kind, edit.about, edit.text) == (
        WrittenKind.EDIT,
        first.provider_id,
        "I want a refund",
    )
    assert (sign.kind, sign.about, sign.text) == (WrittenKind.REACTION, first.provider_id, "🙏")
    assert away.text == ""
    assert first.name == "Mia Sommer"
    assert first.username == "mia_s"


def test_a_link_brings_its_payload_apart_from_the_words(telegram: FakeTelegram) -> None:
    started = read(telegram, telegram.write(MIA, "/start abc_DEF-123"))
    assert (started.text, started.data["referral"]["ref"]) == ("/start", "abc_DEF-123")


def test_groups_are_left_alone(telegram: FakeTelegram) -> None:
    body = telegram.write(MIA, "Hello", chat={"id": -100, "type": "supergroup"})
    assert CHANNEL.written("telegram.message", body, telegram.account()) == []


def test_refusals_are_told_apart(telegram: FakeTelegram) -> None:
    telegram.write(MIA, "Hello")
    telegram.write("77", "Hello")
    telegram.blocked.add("77")
    good, blocked, nobody, long = send(
        telegram, talk(), talk(to="77"), talk(to="88"), talk("x" * 4097)
    )
    assert good.kind == "accepted"
    assert (blocked.kind, blocked.code) == ("permanent", "blocked")
    assert (nobody.kind, nobody.code) == ("permanent", "unknown_address")
    assert (long.kind, long.code) == ("permanent", "too_large")


def test_too_many_to_one_chat_wait_as_long_as_telegram_says(telegram: FakeTelegram) -> None:
    telegram.counts_pace = True
    telegram.write(MIA, "Hello")
    first, second = send(telegram, talk(), talk())
    assert (first.kind, second.kind, second.retry_after) == ("accepted", "temporary", 1.0)


@pytest.mark.parametrize("token", ["123456:another-bots-token", "000000:no-token-at-all"])
def test_a_wrong_token_is_tried_once_and_waits(telegram: FakeTelegram, token: str) -> None:
    telegram.write(MIA, "Hello")
    outcomes = send(telegram, talk(), talk(), bot_token=token)
    assert [outcome.kind for outcome in outcomes] == ["not_tried"] * 2
    assert outcomes[0].retry_after == 300
    assert len(telegram.calls) == 1
    assert token not in outcomes[0].detail


def test_the_check_tells_telegram_where_we_are(telegram: FakeTelegram) -> None:
    health = CHANNEL.check(telegram.account())
    assert health.ok
    assert telegram.webhook["url"] == "https://shop.example/hooks/telegram/lark/orders"
    assert telegram.webhook["secret_token"] == SECRET
    assert "message_reaction" in telegram.webhook["allowed_updates"]
    assert not health.hint
    assert "lark_larder_bot" in CHANNEL.check(telegram.account(username="")).hint
    refused = CHANNEL.check(telegram.account(bot_token="123456:another"))
    assert not refused.ok
    assert "BotFather" in refused.hint
    assert "another" not in refused.summary


def test_a_secret_that_telegram_cannot_send_is_refused() -> None:
    with pytest.raises(ValueError, match="letters"):
        CHANNEL.settings_model.model_validate(
            {"bot_token": "123456:AAAA", "secret_token": "with spaces and ümlauts"}
        )
