"""Instagram and Messenger: what comes in is genuine, and is understood."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shopbell.connections.ports import RawRequest
from shopbell.connectors.channels.instagram import CHANNEL as INSTAGRAM
from shopbell.connectors.channels.messenger import CHANNEL as MESSENGER
from shopbell.kit.errors import BadSignature, ConnectorError, Invalid
from shopbell.messaging.ports import RemoteFile, WrittenKind
from tests.connectors.channels.meta.fake import APP_SECRET

CHANNELS = Path(__file__).resolve().parents[1]
MIA = "6900000000000011"
STRANGE: tuple[Any, ...] = (None, 5, True, "x\ud800\0", [], {}, [None], 1e400)


def fixture(platform: str, name: str) -> bytes:
    return (CHANNELS / platform / "fixtures" / f"{name}.json").read_bytes()


def post(body: bytes, headers: dict[str, str]) -> RawRequest:
    return RawRequest("POST", "/hooks/x/lark/main", headers, body)


def test_a_genuine_webhook_is_accepted_with_both_secrets(meta: Any, channel: Any) -> None:
    body = meta.write(MIA, "Grüße 🫖")
    channel.verify(post(body, meta.sign(body)), meta.account())
    changed = {"app_secret": "a newer secret", "previous_app_secret": APP_SECRET}
    channel.verify(post(body, meta.sign(body)), meta.account(**changed))


def test_every_tampering_is_refused(meta: Any, channel: Any) -> None:
    body = meta.write(MIA, "Where is it?")
    good = meta.sign(body)["x-hub-signature-256"]
    header = "x-hub-signature-256"
    flipped = [good[:at] + ("0" if good[at] != "0" else "1") + good[at + 1 :] for at in range(71)]
    for signature in [*flipped, "", "é", good + "0", f"{good}, {good}", good[7:], good.upper()]:
        with pytest.raises(BadSignature):
            channel.verify(post(body, {header: signature}), meta.account())
    for at in range(len(body)):
        other = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(BadSignature):
            channel.verify(post(other, {header: good}), meta.account())
    again = json.dumps(json.loads(body), indent=1).encode()
    for content, headers, settings in [
        (again, {header: good}, {}),
        (body, {}, {}),
        (body, {header: good}, {"app_secret": "another"}),
    ]:
        with pytest.raises(BadSignature):
            channel.verify(post(content, headers), meta.account(**settings))


def test_the_address_is_confirmed_only_to_who_knows_our_words(meta: Any, channel: Any) -> None:
    def ask(**query: str) -> str | None:
        named = {f"hub.{name}": value for name, value in query.items()}
        request = RawRequest("GET", "/hooks/x/lark/main", {}, b"", named)
        answer: str | None = channel.challenge(request, meta.account())
        return answer

    right = {"mode": "subscribe", "verify_token": "lark and larder", "challenge": "1158201444"}
    assert ask(**right) == "1158201444"
    assert ask(**{**right, "verify_token": "lark"}) is None
    assert ask(**{**right, "mode": "unsubscribe"}) is None
    assert ask(mode="subscribe", challenge="1") is None
    assert ask() is None


def test_it_is_filed_once_under_its_bytes(meta: Any, channel: Any) -> None:
    body = meta.write(MIA, "Hello")
    first, second = (channel.identify(post(body, {}), meta.account())[0] for _ in range(2))
    assert first == second
    assert first.topic == meta.about
    for nonsense in (b"", b"[]", b"{", b'{"object":"user","entry":[]}', b'{"object":"page"}'):
        with pytest.raises(Invalid):
            channel.identify(post(nonsense, {}), meta.account())


def test_direct_messages_on_instagram(instagram: Any) -> None:
    found = INSTAGRAM.written("instagram", fixture("instagram", "direct"), instagram.account())
    first, mention, picture, unknown, deleted, sign, edit, choice = found

    assert (first.provider_id, first.sender, first.text) == (
        "aWdfZAG1_first",
        MIA,
        "Is this cup dishwasher safe?",
    )
    assert first.at == datetime(2026, 11, 21, 9, 59, 59, 512000, tzinfo=UTC)
    assert first.opens_window
    assert first.data["story"]["kind"] == "reply"
    assert mention.data["story"] == {"kind": "mention", "url": "https://cdn.example/mention.jpg"}
    assert picture.files == (RemoteFile("https://cdn.example/broken.jpg", "", "image/jpeg"),)
    assert unknown.data["unsupported"]
    assert (deleted.kind, deleted.about) == (WrittenKind.DELETION, "aWdfZAG1_picture")
    assert (sign.kind, sign.text, sign.about) == (WrittenKind.REACTION, "❤", "aWdfZAG1_ours")
    assert (edit.kind, edit.text) == (WrittenKind.EDIT, "Is this bowl dishwasher safe?")
    assert (choice.text, choice.choice) == ("Where is it?", "where")
    assert not any(each.opens_window for each in (deleted, sign, edit))
    assert len({each.provider_id for each in found}) == len(found)


def test_receipts_on_instagram(instagram: Any) -> None:
    body = fixture("instagram", "direct")
    read, echo = INSTAGRAM.receipts("instagram", body, instagram.account())
    assert (read.kind, read.provider_id) == ("read", "aWdfZAG1_ours")
    assert (echo.kind, echo.provider_id) == ("accepted", "aWdfZAG1_elsewhere")


def test_comments_on_instagram_are_public_and_ours_are_left_out(instagram: Any) -> None:
    body = fixture("instagram", "comments")
    first, second = INSTAGRAM.written("instagram", body, instagram.account())
    assert (first.kind, first.provider_id, first.thread) == (
        WrittenKind.COMMENT,
        "17900000000000001",
        "17900000000000001",
    )
    assert (first.username, first.opens_window) == ("mia.sommer", False)
    assert first.data["post"]["id"] == "18100000000000001"
    assert first.data["post"]["text"] == "Winter tea"
    assert first.at == datetime(2026, 11, 21, 10, 1, 40, tzinfo=UTC)
    assert (second.thread, second.sender) == ("17900000000000001", "6900000000000022")


def test_messages_and_comments_on_a_page(messenger: Any) -> None:
    body = fixture("messenger", "page")
    message, started, added, edited, removed = MESSENGER.written("page", body, messenger.account())

    assert message.text == "We are here\nhttps://lark.example/tea"
    assert message.answers == "m_ours"
    assert message.data["location"]["latitude"] == 52.5
    assert message.files == (RemoteFile("https://cdn.example/bill.pdf"),)
    assert (started.text, started.choice) == ("Get started", "START")
    assert started.data["referral"]["ref"] == "qr-box"
    assert (added.kind, added.thread, added.name) == (
        WrittenKind.COMMENT,
        "90010_501",
        "Mia Sommer",
    )
    assert added.link == "https://facebook.example/90010"
    assert added.at == datetime(2026, 11, 21, 10, 3, 29, tzinfo=UTC)
    assert (edited.kind, edited.about) == (WrittenKind.EDIT, "90010_501")
    assert (removed.kind, removed.about) == (WrittenKind.DELETION, "90010_501")
    found = MESSENGER.receipts("page", body, messenger.account())
    receipts = [each for each in found if each.until is None]
    assert [(each.kind, each.provider_id) for each in receipts] == [
        ("delivered", "m_ours"),
        ("delivered", "m_ours_too"),
        ("accepted", "m_doubted"),
    ]
    assert receipts[2].message_id == "<doubt@lark.example>"


def test_messenger_tells_a_moment_until_which_all_was_delivered_or_read(messenger: Any) -> None:
    for name, kind in (("delivery", "delivered"), ("read", "read")):
        body = messenger.event(MIA, {name: {"watermark": 1763712300123}})
        [receipt] = MESSENGER.receipts("page", body, messenger.account())
        assert (receipt.kind, receipt.recipient, receipt.provider_id) == (kind, MIA, "")
        assert receipt.until == datetime(2025, 11, 21, 8, 5, 0, 123000, tzinfo=UTC)
    for strange in STRANGE:
        body = messenger.event(MIA, {"read": {"watermark": strange}})
        assert MESSENGER.receipts("page", body, messenger.account()) == []


def test_another_account_of_the_same_app_is_left_alone(meta: Any, channel: Any) -> None:
    body = meta.write(MIA, "Hello")
    name = "ig_user_id" if meta.about == "instagram" else "page_id"
    other = meta.account(**{name: "555550000055555"})
    assert channel.written(meta.about, body, other) == []
    assert channel.receipts(meta.about, body, other) == []


@pytest.mark.parametrize(
    ("platform", "name"),
    [("instagram", "direct"), ("instagram", "comments"), ("messenger", "page")],
)
def test_any_one_field_may_be_missing_or_strange(
    platform: str, name: str, instagram: Any, messenger: Any
) -> None:
    channel: Any = INSTAGRAM if platform == "instagram" else MESSENGER
    account = instagram.account() if platform == "instagram" else messenger.account()
    whole = json.loads(fixture(platform, name))
    for path in _paths(whole):
        for value in STRANGE:
            body = json.dumps(_changed(whole, path, value)).encode()
            try:
                for one in channel.written(platform, body, account):
                    assert one.provider_id
                    assert one.sender
                    (one.text + one.provider_id).encode()
                channel.receipts(platform, body, account)
            except Invalid:
                assert path[0] in ("object", "entry")


def test_a_file_is_fetched_without_the_token(meta: Any, channel: Any) -> None:
    meta.media["cup.jpg"] = b"\xff\xd8\xff a cup"
    file = RemoteFile(f"{meta.url}/media/cup.jpg?oh=1")
    assert channel.fetch(file, meta.account()) == b"\xff\xd8\xff a cup"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "file:///etc/passwd", "", "x"]
)
def test_no_other_private_address_is_fetched(meta: Any, channel: Any, url: str) -> None:
    with pytest.raises(ConnectorError):
        channel.fetch(RemoteFile(url), meta.account())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, each in value.items() if isinstance(value, dict) else ():
        found += _paths(each, (*path, key))
    return found


def _changed(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(whole))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy
