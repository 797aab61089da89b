"""What customers do on WhatsApp and what became of our messages, from Meta's webhooks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import RawRequest
from shopbell.connectors.channels.whatsapp_cloud import CHANNEL
from shopbell.connectors.channels.whatsapp_cloud.webhooks import SIGNATURE_HEADER, sign
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid, Permanent
from shopbell.messaging.ports import FailureCode, ReceiptKind, RemoteFile, Written, WrittenKind
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.connectors.channels.whatsapp_cloud.ground import MIA, VERIFY, account, recorded


def read(name: str) -> Written:
    [written] = CHANNEL.written("whatsapp.messages", recorded(name), account())
    return written


def test_a_text_has_its_writer_and_metas_own_time() -> None:
    found = read("text")
    assert found.kind is WrittenKind.MESSAGE
    assert (found.sender, found.name) == (MIA, "Mia Moss")
    assert found.text == "Is the blue cup still there?"
    assert found.at == datetime.fromtimestamp(1795341601, UTC) or found.at <= clock.now()
    assert found.opens_window


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("image", RemoteFile("700000", "image.jpg", "image/jpeg"), "It came like this"),
        ("voice", RemoteFile("700001", "audio.ogg", "audio/ogg"), ""),
        ("document", RemoteFile("700002", "invoice.pdf", "application/pdf"), ""),
    ],
)
def test_files_come_with_their_words(name: str, file: RemoteFile, text: str) -> None:
    found = read(name)
    assert found.files == (file,)
    assert found.text == text


def test_a_place_a_contact_and_an_order_can_be_shown() -> None:
    place = {"latitude": 52.52, "longitude": 13.405, "name": "Corner shop",
             "address": "Lane 1, Berlin"}  # fmt: skip
    assert read("location").data == {"location": place}
    contact = read("contacts")
    assert contact.text == "Ann Reed, +44 7700 900124, ann@mail.example"
    assert contact.data["contacts"][0]["phones"] == ["+44 7700 900124"]
    assert read("order").text == "Please\n2 × CUP-B"


@pytest.mark.parametrize(
    ("name", "text", "choice"),
    [
        ("button", "Track it", "track"),
        ("button_reply", "Yes, please", "yes"),
        ("list_reply", "It is late", "late"),
    ],
)
def test_a_pressed_button_names_the_choice_and_what_it_answers(
    name: str, text: str, choice: str
) -> None:
    found = read(name)
    assert (found.text, found.choice, found.answers) == (text, choice, "wamid.OURS1")


def test_a_reaction_is_put_on_and_taken_away() -> None:
    on, off = read("reaction"), read("reaction_taken_back")
    assert (on.kind, on.about, on.text) == (WrittenKind.REACTION, "wamid.OURS1", "👍")
    assert (off.kind, off.about, off.text) == (WrittenKind.REACTION, "wamid.OURS1", "")
    assert not on.opens_window


def test_a_quote_an_edit_and_a_deletion_name_what_they_are_about() -> None:
    assert read("reply").answers == "wamid.OURS1"
    edit, revoke = read("edit"), read("revoke")
    assert (edit.kind, edit.about) == (WrittenKind.EDIT, "wamid.THEIRS1")
    assert edit.text == "The green cup"
    assert (revoke.kind, revoke.about) == (WrittenKind.DELETION, "wamid.THEIRS1")


def test_what_meta_does_not_hand_on_is_said_to_be_there() -> None:
    found = read("unsupported")
    assert "poll creation" in found.text
    assert found.data["unsupported"] == "poll creation"


def test_where_somebody_came_from_is_kept() -> None:
    assert read("referral").data["referral"]["headline"] == "Lark & Larder"


def test_who_hides_the_number_is_known_by_metas_id() -> None:
    found = read("user_name_only")
    assert (found.sender, found.username) == ("DE.13491208655302741918", "miamoss")


def test_a_new_number_is_told_and_opens_no_window() -> None:
    found = read("number_changed")
    assert "491709999999" in found.text
    assert not found.opens_window


@pytest.mark.parametrize("name", ["request_welcome", "other_number", "template_status", "statuses"])
def test_what_is_no_message_to_this_number_is_left_out(name: str) -> None:
    assert CHANNEL.written("whatsapp.messages", recorded(name), account()) == []


def test_a_time_to_come_is_now() -> None:
    body = recorded("text").replace(b"1795341601", b"4795341601")
    [found] = CHANNEL.written("whatsapp.messages", body, account())
    assert abs(found.at - clock.now()) < timedelta(seconds=5)


@pytest.mark.parametrize("change", [{"id": ""}, {"from": None}, {"timestamp": "soon"}])
def test_a_message_without_id_sender_or_time_is_for_a_person(change: dict[str, Any]) -> None:
    webhook = json.loads(recorded("text"))
    webhook["entry"][0]["changes"][0]["value"]["messages"][0].update(change)
    with pytest.raises(Invalid):
        CHANNEL.written("whatsapp.messages", json.dumps(webhook).encode(), account())


def test_statuses_become_receipts_that_name_our_message() -> None:
    found = CHANNEL.receipts("whatsapp.messages", recorded("statuses"), account())
    kinds = [receipt.kind for receipt in found]
    assert kinds == [
        ReceiptKind.ACCEPTED,
        ReceiptKind.DELIVERED,
        ReceiptKind.READ,
        ReceiptKind.FAILED,
    ]
    assert found[0].message_id == "<m.1.1@lark.example>"
    assert found[3].code == FailureCode.CAPPED
    assert "ecosystem" in found[3].detail


@pytest.mark.parametrize(
    ("code", "kinds", "reason"),
    [
        (131026, [ReceiptKind.SOFT_BOUNCE], ""),  # counts, and blocks only after several
        (131047, [ReceiptKind.FAILED], FailureCode.WINDOW_CLOSED),
        (131050, [ReceiptKind.FAILED, ReceiptKind.UNSUBSCRIBED], FailureCode.OPTED_OUT),
        (132015, [ReceiptKind.FAILED], FailureCode.TEMPLATE),
        (999999, [ReceiptKind.FAILED], FailureCode.REFUSED),
    ],
)
def test_a_later_failure_says_why(code: int, kinds: list[ReceiptKind], reason: str) -> None:
    body = recorded("statuses").replace(b"131049", str(code).encode())
    found = CHANNEL.receipts("whatsapp.messages", body, account())[3:]
    assert [receipt.kind for receipt in found] == kinds
    assert found[0].code == reason
    assert len({receipt.event_id for receipt in found}) == len(found)


def test_the_earlier_secret_is_good_while_it_is_changed() -> None:
    body = recorded("text")
    request = RawRequest("POST", "/hooks", {SIGNATURE_HEADER: sign(body, "the one before")}, body)
    CHANNEL.verify(request, account(earlier_app_secret=SecretStr("the one before")))
    with pytest.raises(BadSignature):
        CHANNEL.verify(request, account())


def test_metas_question_is_answered_only_with_our_word() -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}

    def answer(**changes: str) -> str | None:
        query = {**asked, **{key.replace("_", ".", 1): text for key, text in changes.items()}}
        return CHANNEL.challenge(RawRequest("GET", "/hooks", {}, b"", query), account())

    assert answer() == "1158201444"
    assert answer(hub_mode="unsubscribe") is None
    assert answer(hub_verify_token="something else") is None
    assert answer(hub_challenge="") is None


def test_a_file_is_fetched_by_its_id_and_the_key_goes_nowhere_else() -> None:
    with MetaFake() as meta:
        identity = meta.add_media("image/jpeg", b"\xff\xd8 a picture")
        assert CHANNEL.fetch(RemoteFile(identity), account(meta.url)) == b"\xff\xd8 a picture"
        with pytest.raises(Permanent):
            CHANNEL.fetch(RemoteFile("../100200300400600"), account(meta.url))
        with pytest.raises(Permanent):
            CHANNEL.fetch(RemoteFile("123"), account(meta.url))
        meta.url, real = "http://127.0.0.2:1", meta.url  # an answer that names another host
        with pytest.raises(Permanent, match="keys are not taken"):
            CHANNEL.fetch(RemoteFile(identity), account(real))
