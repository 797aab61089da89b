"""Instagram and Messenger: messages leave as documented, and refusals mean what Meta says."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shopbell.connectors.channels.instagram import CHANNEL as INSTAGRAM
from shopbell.connectors.channels.messenger import CHANNEL as MESSENGER
from shopbell.connectors.channels.meta.sending import cut
from shopbell.kit import clock
from shopbell.kit.errors import Permanent, Temporary
from shopbell.kit.media import keep_file
from shopbell.messaging.ports import Option, Outcome, OutgoingFile, OutgoingMessage, Target
from tests.support.channels import make_message

MIA = "6900000000000011"


def talk(text: str = "It left today.", to: str = MIA, **changes: Any) -> OutgoingMessage:
    return make_message(to, text=text, html="", subject="", **changes)


def send(channel: Any, fake: Any, *messages: OutgoingMessage, **settings: Any) -> list[Outcome]:
    session = channel.open(fake.account(**settings))
    try:
        outcomes: list[Outcome] = session.send(messages)
    finally:
        session.close()
    return outcomes


@pytest.fixture
def put(tmp_path: Path, settings: Any) -> Callable[..., OutgoingFile]:
    settings.MEDIA_ROOT = str(tmp_path)

    def make(name: str, content_type: str, content: bytes) -> OutgoingFile:
        key = keep_file(content)
        return OutgoingFile(name=name, content_type=content_type, size=len(content), key=key)

    return make


def test_an_answer_leaves_within_the_window(meta: Any, channel: Any) -> None:
    meta.write(MIA, "Where is it?")
    [outcome] = send(channel, meta, talk())
    assert (outcome.kind, outcome.provider_id) == ("accepted", meta.sent[0].mid)
    assert (meta.sent[0].to, meta.sent[0].text, meta.sent[0].tag) == (MIA, "It left today.", "")


def test_after_a_day_only_a_person_may_write_and_after_a_week_nobody(
    meta: Any, channel: Any
) -> None:
    meta.write(MIA, "Where is it?", clock.now() - timedelta(days=2))
    first, second = send(channel, meta, talk(), talk("Sorry for the wait", late=True))
    assert (first.kind, first.code) == ("permanent", "window_closed")
    assert second.kind == "accepted"
    assert meta.sent[0].tag == "HUMAN_AGENT"

    meta.now = lambda: clock.now() + timedelta(days=6)
    [third] = send(channel, meta, talk(late=True))
    assert (third.kind, third.code) == ("permanent", "window_closed")


def test_nobody_can_be_written_to_who_never_wrote(meta: Any, channel: Any) -> None:
    [outcome] = send(channel, meta, talk())
    assert (outcome.kind, outcome.code) == ("permanent", "unknown_address")


def test_options_become_quick_replies(meta: Any, channel: Any) -> None:
    meta.write(MIA, "Hello")
    options = (Option("where", "Where is my parcel right now?"), Option("back", "Send it back"))
    send(channel, meta, talk(options=options))
    assert meta.sent[0].message["quick_replies"] == [
        {"content_type": "text", "title": "Where is my parcel…", "payload": "where"},
        {"content_type": "text", "title": "Send it back", "payload": "back"},
    ]


def test_files_are_brought_first_and_sent_after_the_text(
    meta: Any, channel: Any, put: Callable[..., OutgoingFile]
) -> None:
    meta.write(MIA, "Show me")
    picture = put('cup "blue".png', "image/png", b"\x89PNG a picture\r\n--x")
    bill = put("bill.pdf", "application/pdf", b"%PDF-1.7 a bill")
    [outcome] = send(channel, meta, talk("Here it is", files=(picture, bill)))
    assert outcome.kind == "accepted"
    assert list(meta.uploads.values()) == [b"\x89PNG a picture\r\n--x", b"%PDF-1.7 a bill"]
    assert [each.message.get("attachment", {}).get("type") for each in meta.sent] == [
        None,
        "image",
        "file",
    ]


def test_a_file_that_meta_does_not_take_stops_the_whole_message(
    instagram: Any, put: Callable[..., OutgoingFile]
) -> None:
    instagram.write(MIA, "Show me")
    table = put("table.csv", "text/csv", b"a,b")
    [outcome] = send(INSTAGRAM, instagram, talk(files=(table,)))
    assert (outcome.kind, outcome.code, instagram.sent) == ("permanent", "bad_content", [])
    assert "table.csv" in outcome.detail


def test_a_file_that_cannot_be_brought_just_now_is_no_doubt(
    meta: Any, channel: Any, put: Callable[..., OutgoingFile]
) -> None:
    meta.write(MIA, "Show me")
    meta.answers.append((500, {}, b"<html>busy</html>"))
    [outcome] = send(channel, meta, talk(files=(put("a.png", "image/png", b"\x89PNG"),)))
    assert (outcome.kind, meta.sent) == ("temporary", [])


def test_a_long_text_with_umlauts_is_cut_where_instagram_counts_bytes(instagram: Any) -> None:
    instagram.write(MIA, "Tell me all")
    words = "schöne Grüße aus Köln " * 45
    [outcome] = send(INSTAGRAM, instagram, talk(words[:990]))
    assert outcome.provider_id == instagram.sent[0].mid
    assert len(instagram.sent) == 2
    assert " ".join(each.text for each in instagram.sent) == words[:990].strip()


@pytest.mark.parametrize("most", [1, 7, 12, 1000, None])
def test_cutting_loses_no_word(most: int | None) -> None:
    text = "Grüße\naus dem 🫖 Laden, bis gleich"
    kept = cut(text, most if most != 1 else 4)
    assert "".join("".join(kept).split()) == "".join(text.split())
    assert all(kept)


def test_a_comment_is_answered_in_public(meta: Any, channel: Any) -> None:
    comment, _ = meta.comment(MIA, "Where is my parcel?")
    [outcome] = send(channel, meta, talk(target=Target.COMMENT, thread=comment))
    assert outcome.kind == "accepted"
    assert outcome.provider_id.startswith("1791")
    assert meta.comments[comment].replies == ["It left today."]
    assert meta.sent == []


def test_a_public_answer_that_is_too_long_is_refused_before_it_leaves(instagram: Any) -> None:
    comment, _ = instagram.comment(MIA, "Where is my parcel?")
    long = talk("a" * 301, target=Target.COMMENT, thread=comment)
    [outcome] = send(INSTAGRAM, instagram, long)
    assert (outcome.kind, outcome.code, instagram.calls) == ("permanent", "too_large", [])


def test_one_private_reply_to_a_comment_opens_no_window(meta: Any, channel: Any) -> None:
    comment, _ = meta.comment(MIA, "Where is my parcel?")
    private = talk("Which order is it?", target=Target.PRIVATE_REPLY, thread=comment)
    again = talk("Hello?", target=Target.PRIVATE_REPLY, thread=comment)
    first, second, third = send(channel, meta, private, again, talk("Are you there?"))
    assert (first.kind, meta.sent[0].to, meta.sent[0].comment) == ("accepted", MIA, comment)
    assert (second.kind, second.code) == ("permanent", "refused")
    assert (third.kind, third.code) == ("permanent", "window_closed")

    meta.write(MIA, "It is order 1001")
    [answer] = send(channel, meta, talk("Thank you, it arrives tomorrow."))
    assert answer.kind == "accepted"


def test_a_private_reply_after_seven_days_of_the_comment_is_too_late(
    meta: Any, channel: Any
) -> None:
    comment, _ = meta.comment(MIA, "Hello?", clock.now() - timedelta(days=7, minutes=1))
    [outcome] = send(channel, meta, talk(target=Target.PRIVATE_REPLY, thread=comment))
    assert (outcome.kind, outcome.code) == ("permanent", "window_closed")


def test_a_comment_is_hidden_and_shown_again(meta: Any, channel: Any) -> None:
    comment, _ = meta.comment(MIA, "Buy followers here")
    channel.hide(meta.account(), comment, True)
    assert meta.comments[comment].hidden
    channel.hide(meta.account(), comment, False)
    assert not meta.comments[comment].hidden
    with pytest.raises(Permanent):
        channel.hide(meta.account(), "1790999999", True)
    meta.answers.append((503, {"retry-after": "7"}, b"later"))
    with pytest.raises(Temporary) as caught:
        channel.hide(meta.account(), comment, True)
    assert caught.value.retry_after == 7


def test_a_wrong_token_waits_for_the_merchant_and_nothing_more_is_tried(
    meta: Any, channel: Any
) -> None:
    meta.write(MIA, "Hello")
    outcomes = send(channel, meta, talk(), talk(), talk(), access_token="another")
    assert {outcome.kind for outcome in outcomes} == {"not_tried"}
    assert outcomes[2].code == "authentication"
    assert outcomes[0].retry_after == 300
    assert len(meta.calls) == 1


def test_an_old_version_of_the_api_is_refused(meta: Any, channel: Any) -> None:
    meta.write(MIA, "Hello")
    [outcome] = send(channel, meta, talk(), api_version="v2.0")
    assert outcome.kind == "permanent"
    assert "v2.0" in outcome.detail


def test_who_blocked_the_account_is_told_apart(meta: Any, channel: Any) -> None:
    meta.write(MIA, "Leave me alone")
    meta.blocked.add(MIA)
    [outcome] = send(channel, meta, talk())
    assert (outcome.kind, outcome.code) == ("permanent", "blocked")


def test_when_the_allowance_is_used_up_the_rest_waits(meta: Any, channel: Any) -> None:
    meta.write(MIA, "Hello")
    meta.allowance = 2
    outcomes = send(channel, meta, *(talk(f"Line {number}") for number in range(5)))
    assert [outcome.kind for outcome in outcomes] == ["accepted"] * 2 + ["not_tried"] * 3
    assert len(meta.calls) == 2
    [refused] = send(channel, meta, talk())
    assert (refused.kind, refused.retry_after) == ("temporary", 60)


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "wait"),
    [
        (400, {}, b'{"error":{"code":613,"message":"slow down"}}', "temporary", 60),
        (400, {}, b'{"error":{"code":80006,"message":"slow"}}', "temporary", 60),
        (
            400,
            {"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":4}]}'},
            b'{"error":{"code":32,"message":"slow"}}',
            "temporary",
            240,
        ),
        (429, {"retry-after": "30"}, b"", "temporary", 30),
        (503, {"retry-after": "9"}, b"<html>", "temporary", 9),
        (500, {}, b'{"error":{"code":1200,"message":"try again"}}', "temporary", 60),
        (500, {}, b'{"error":{"code":2,"message":"retry"}}', "temporary", 60),
        (500, {}, b'{"error":{"code":1,"message":"unknown"}}', "in_doubt", None),
        (500, {}, b"<html>broken</html>", "in_doubt", None),
        (502, {}, b"", "in_doubt", None),
        (200, {}, b"<html>a proxy</html>", "in_doubt", None),
        (200, {}, b'{"error":{"code":190,"message":"ended"}}', "not_tried", 300),
        (400, {}, b'{"error":{"code":368,"message":"blocked for policy"}}', "not_tried", 3600),
        (403, {}, b'{"error":{"code":200,"message":"no permission"}}', "not_tried", 300),
        (403, {}, b'{"error":{"code":10,"message":"no permission"}}', "not_tried", 300),
        (400, {}, b'{"error":{"code":100,"message":"bad"}}', "permanent", None),
        (404, {}, b"", "permanent", None),
        (400, {}, b'{"error":{"code":"x","message":null,"error_subcode":[]}}', "permanent", None),
    ],
)
def test_each_refusal_means_what_meta_documents(
    instagram: Any, status: int, headers: dict[str, str], body: bytes, kind: str, wait: float | None
) -> None:
    instagram.write(MIA, "Hello")
    instagram.answers.append((status, headers, body))
    [outcome] = send(INSTAGRAM, instagram, talk())
    assert (outcome.kind, outcome.retry_after) == (kind, wait)
    assert outcome.detail


def test_a_lost_answer_is_a_doubt_and_a_closed_door_is_not(meta: Any, channel: Any) -> None:
    meta.write(MIA, "Hello")
    meta.hang_ups = 1
    [doubt] = send(channel, meta, talk())
    assert (doubt.kind, len(meta.sent)) == ("in_doubt", 1)
    [untried] = send(channel, meta, talk(), api_base="http://127.0.0.1:9")
    assert untried.kind == "not_tried"


def test_messengers_echo_settles_a_doubt(messenger: Any) -> None:
    messenger.write(MIA, "Hello")
    messenger.hang_ups = 1
    message = talk()
    send(MESSENGER, messenger, message)
    echo = messenger.event(
        messenger.own_id,
        {"message": {**messenger.sent[0].message, "mid": messenger.sent[0].mid, "is_echo": True}},
    )
    [receipt] = MESSENGER.receipts("page", echo, messenger.account())
    assert (receipt.kind, receipt.message_id) == ("accepted", message.message_id)
    assert receipt.provider_id == messenger.sent[0].mid
    assert MESSENGER.written("page", echo, messenger.account()) == []


def test_the_rest_of_a_cut_text_that_fails_does_not_repeat_the_beginning(instagram: Any) -> None:
    instagram.write(MIA, "Hello")
    instagram.answers += [None, (500, {}, b'{"error":{"code":2,"message":"retry"}}')]
    [outcome] = send(INSTAGRAM, instagram, talk("ü" * 800))
    assert outcome.kind == "accepted"
    assert "the rest did not" in outcome.detail


def test_the_check_says_whose_account_it_is_and_switches_webhooks_on(
    meta: Any, channel: Any
) -> None:
    health = channel.check(meta.account())
    assert health.ok
    assert "webhooks are switched on" in health.summary
    assert {"messages"} < meta.subscribed
    assert ("Allowance used", "12 %") in health.facts
    assert "switched on" not in channel.check(meta.account()).summary

    meta.token_ended = True
    trouble = channel.check(meta.account())
    assert not trouble.ok
    assert "expired" in trouble.summary
    assert trouble.hint
