"""Approved templates with a picture, a video or a document on top, as the agent sends them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shopbell.connections.actions import store_requests
from shopbell.connections.models import Connection
from shopbell.conversations.models import Attachment, Conversation
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import uuid7
from shopbell.messaging.approving import sync_templates
from shopbell.messaging.models import ApprovedTemplate, Message, Window
from tests.backoffice.market import text_of
from tests.connectors.channels.whatsapp_cloud.fake import MetaFake
from tests.connectors.channels.whatsapp_cloud.ground import MIA_PLAIN
from tests.conversations.inbox_ground import PIXEL, Inbox
from tests.messaging.test_turns import connect
from tests.support.talk import settle_talk

PDF = b"%PDF-1.4 how to wash it"


@pytest.fixture
def meta() -> Iterator[MetaFake]:
    with MetaFake() as fake:
        for name, kind in (("cup_ready", "IMAGE"), ("care", "DOCUMENT"), ("place", "LOCATION")):
            fake.add_template(
                name, "",
                components=[
                    {"type": "HEADER", "format": kind},
                    {"type": "BODY", "text": "Hello {{1}}, look."},
                ],
            )  # fmt: skip
        yield fake


@pytest.fixture
def line(inbox: Inbox, meta: MetaFake) -> Connection:
    """A number on which Mia wrote yesterday, with the templates of the account."""
    import json

    store = inbox.market.bench.store
    row = connect(store, meta)
    sync_templates(store, row)
    body = json.dumps(meta.message(MIA_PLAIN, "Is it ready?")).encode()
    with store_scope(store.pk):
        store_requests(connection=row, topic="whatsapp.messages", bodies={str(uuid7()): body})
    settle_talk()
    meta.windows.clear()
    with store_scope(store.pk):
        Window.objects.update(opened_at=clock.now() - timedelta(days=2))
    return row


def send(client: Client, line: Connection, name: str, **fields: Any) -> Any:
    """Press "Send template" with Mia's name in its gap."""
    with store_scope(line.store_id):
        case = Conversation.objects.get(threads__inbox=line)
        given = {
            "thread": str(case.threads.get().pk),
            "template": str(ApprovedTemplate.objects.get(name=name).pk),
            "body_1": "Mia",
            **fields,
        }
    return client.post(f"/s/lark/inbox/{case.number}/templates/send/", given)


def leave(line: Connection) -> Message:
    with store_scope(line.store_id):
        Message.objects.filter(kind="reply").update(due_at=clock.now())
    settle_talk()
    with store_scope(line.store_id):
        return Message.objects.get(kind="reply")


def picture(name: str = "cup.png", content: bytes = PIXEL) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_picker_asks_for_the_file_and_leaves_out_what_cannot_be_filled(
    inbox: Inbox, line: Connection
) -> None:
    person = inbox.market.person()
    with store_scope(line.store_id):
        case = Conversation.objects.get(threads__inbox=line)
        thread, template = case.threads.get(), ApprovedTemplate.objects.get(name="cup_ready")
    path = f"/s/lark/inbox/{case.number}/templates/?thread={thread.pk}"
    offer = text_of(person, path)
    assert "cup_ready (en, with a picture)" in offer
    assert "care (en, with a document)" in offer
    assert "place" not in offer
    chosen = text_of(person, f"{path}&template={template.pk}")
    assert 'type="file" name="top_file" accept="image/jpeg,image/png"' in chosen
    assert "header_file" not in chosen


def test_a_chosen_file_is_uploaded_and_stands_on_top(
    inbox: Inbox, line: Connection, meta: MetaFake
) -> None:
    answer = send(inbox.market.person(), line, "cup_ready", top_file=picture())
    assert answer.status_code in (204, 302), answer.content
    assert leave(line).state == "sent"
    [header, body] = meta.sent[-1].content["template"]["components"]
    [top] = header["parameters"]
    assert meta.media[top["image"]["id"]] == ("image/png", PIXEL)
    assert body["parameters"] == [{"type": "text", "text": "Mia"}]
    # and the inbox shows what went
    with store_scope(line.store_id):
        file = Attachment.objects.select_related("entry").get()
    assert (file.name, file.entry.text) == ("cup.png", "Hello Mia, look.")  # type: ignore[union-attr]


def test_a_public_address_does_too_and_a_document_keeps_its_name(
    inbox: Inbox, line: Connection, meta: MetaFake
) -> None:
    address = "https://cdn.lark.example/papers/care.pdf?v=2"
    send(inbox.market.person(), line, "care", top_address=address)
    message = leave(line)
    assert message.state == "sent"
    assert message.text.startswith(address)
    [top] = meta.sent[-1].content["template"]["components"][0]["parameters"]
    assert top == {"type": "document", "document": {"link": address, "filename": "care.pdf"}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "has a picture on top, and there is none"),
        ({"top_address": "http://lark.example/cup.png"}, "begins with https://"),
        ({"top_address": "https://localhost/cup.png"}, "needs a public address"),
        ({"top_file": ("paper.png", PDF)}, "“paper.png” is no picture"),
        ({"top_file": ("cup.png", PIXEL), "body_1": " "}, "stays empty"),
    ],
)
def test_what_meta_would_refuse_is_refused_here_and_nothing_is_kept(
    inbox: Inbox, line: Connection, meta: MetaFake, fields: dict[str, Any], words: str
) -> None:
    if "top_file" in fields:
        fields = {**fields, "top_file": picture(*fields["top_file"])}
    answer = send(inbox.market.person(), line, "cup_ready", **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with store_scope(line.store_id):
        assert not Attachment.objects.exists()
        assert not Message.objects.filter(kind="reply").exists()


def test_pressed_twice_it_goes_once(inbox: Inbox, line: Connection) -> None:
    key = str(uuid7())
    for _ in range(2):
        send(inbox.market.person(), line, "cup_ready", top_file=picture(), client_id=key)
    with store_scope(line.store_id):
        assert Attachment.objects.count() == 1
        assert Message.objects.filter(kind="reply").count() == 1
