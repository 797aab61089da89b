"""The composer says what may be written now, and what else there is when it may not."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from shopbell.connections.models import Connection
from shopbell.conversations.actions import Reply, send_reply, send_template
from shopbell.conversations.models import Conversation, Entry
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import ApprovedTemplate, Message
from shopbell.messaging.ports import WrittenKind
from tests.backoffice.market import text_of
from tests.conversations.inbox_ground import Inbox
from tests.support.talk import connect, settle_talk, write

BODY = "Hello {{1}}, your order {{2}} is ready."


@pytest.fixture
def phone(inbox: Inbox) -> Connection:
    line = connect(inbox.market.bench.store, "sandbox_whatsapp")
    with store_scope(line.store_id):
        ApprovedTemplate.objects.create(
            connection=line, name="ready", language="en", category="utility",
            status="approved", content={"body": BODY, "buttons": []},
        )  # fmt: skip
    return line


def asks(inbox: Inbox, line: Connection, hours_ago: float = 0, **fields: Any) -> str:
    """Let somebody write; returns the path of the conversation's page."""
    write(line, "Is it ready?", at=clock.now() - timedelta(hours=hours_ago), **fields)
    with store_scope(line.store_id):
        row = Conversation.objects.order_by("-created_at")[0]
    return f"/s/lark/inbox/{row.number}/"


def last_case() -> Conversation:
    return Conversation.objects.order_by("-created_at")[0]


def test_an_open_window_says_until_when(inbox: Inbox, phone: Connection) -> None:
    page = text_of(inbox.market.person(), asks(inbox, phone))
    assert "WhatsApp is open until" in page
    assert "then with an approved template only" in page


def test_a_closed_window_offers_the_approved_templates(inbox: Inbox, phone: Connection) -> None:
    path = asks(inbox, phone, hours_ago=30)
    page = text_of(inbox.market.person(), path)
    assert "WhatsApp is closed for free text" in page
    with store_scope(phone.store_id):
        thread, template = last_case().threads.get(), ApprovedTemplate.objects.get()
    offer = text_of(inbox.market.person(), f"{path}templates/?thread={thread.pk}")
    assert "ready (en)" in offer
    chosen = f"{path}templates/?thread={thread.pk}&template={template.pk}"
    assert 'name="body_1"' in text_of(inbox.market.person(), chosen)


def test_a_template_goes_where_free_text_does_not(inbox: Inbox, phone: Connection) -> None:
    asks(inbox, phone, hours_ago=30)
    store = inbox.market.bench.store
    with store_scope(store.pk):
        row, template = last_case(), ApprovedTemplate.objects.get()
        values = {"body_1": "Mia", "body_2": "#1001"}
        send_template(
            store=store, conversation=row, thread=row.threads.get(), template=template,
            values=values, author=inbox.ada,
        )  # fmt: skip
        send_reply(store=store, conversation=row, author=inbox.ada, reply=Reply("And now?"))
        Message.objects.update(due_at=clock.now())
    settle_talk()
    with store_scope(store.pk):
        sent, lost = Message.objects.filter(kind="reply").order_by("created_at")
    assert (sent.state, sent.text) == ("sent", "Hello Mia, your order #1001 is ready.")
    assert sent.data["approved"]["body"] == ["Mia", "#1001"]
    assert (lost.state, lost.reason) == ("skipped", "window_closed")
    assert "Choose an approved template." in lost.reason_text


def test_a_gap_that_nobody_filled_sends_nothing(inbox: Inbox, phone: Connection) -> None:
    asks(inbox, phone, hours_ago=30)
    store = inbox.market.bench.store
    with store_scope(store.pk):
        row, template = last_case(), ApprovedTemplate.objects.get()
        with pytest.raises(Invalid, match="stays empty"):
            send_template(
                store=store, conversation=row, thread=row.threads.get(), template=template,
                values={"body_1": "Mia", "body_2": " "}, author=inbox.ada,
            )  # fmt: skip
        assert not Entry.objects.filter(kind="reply", conversation=row).exists()


def test_an_answer_longer_than_the_channel_takes_is_refused_at_once(inbox: Inbox) -> None:
    store = inbox.market.bench.store
    asks(inbox, connect(store, "sandbox_instagram"), sender="17841")
    with store_scope(store.pk), pytest.raises(Invalid, match="takes 1,000 characters"):
        send_reply(
            store=store, conversation=last_case(), author=inbox.ada,
            reply=Reply("x" * 1001, client_id=uuid.uuid4()),
        )  # fmt: skip


def test_an_answer_below_a_comment_is_said_to_be_public(inbox: Inbox) -> None:
    line = connect(inbox.market.bench.store, "sandbox_instagram")
    path = asks(inbox, line, sender="17841", kind=WrittenKind.COMMENT, username="mia.k")
    page = text_of(inbox.market.person(), path)
    assert "Everybody can read this answer." in page
    assert "Public comment" in page


def test_addresses_from_outside_lead_to_the_web_or_nowhere(inbox: Inbox) -> None:
    line = connect(inbox.market.bench.store, "sandbox_instagram")
    story = {"url": "javascript:alert(1)", "kind": "reply"}
    path = asks(
        inbox, line, sender="17841", link="javascript:alert(2)",
        data={"story": story, "location": {"latitude": "x'", "longitude": 1}},
    )  # fmt: skip
    page = text_of(inbox.market.person(), path)
    assert "javascript:" not in page
    assert "A place on the map" not in page
    assert "Answers your story" in page


def test_buttons_below_an_answer_go_where_the_channel_has_them(
    inbox: Inbox, phone: Connection
) -> None:
    path = asks(inbox, phone)
    assert 'data-buttons="10"' in text_of(inbox.market.person(), path)
    form = {"mode": "reply", "text": "Where shall it go?", "client_id": str(uuid.uuid4())}
    person = inbox.market.person()
    titles = ["To my door", " ", "To a shop", "To my door"]
    assert person.post(f"{path}reply/", form | {"option": titles}).status_code in (204, 302)
    with store_scope(phone.store_id):
        sent = Message.objects.get(kind="reply")
    assert [each["title"] for each in sent.data["options"]] == ["To my door", "To a shop"]
    assert "To a shop" in text_of(person, path)


def test_a_mail_has_no_buttons(inbox: Inbox) -> None:
    inbox.write("Where is it?", by_mail=True)
    form = {"mode": "reply", "text": "Here", "client_id": str(uuid.uuid4()), "option": "Thanks"}
    answer = inbox.market.person().post("/s/lark/inbox/1/reply/", form)
    assert answer.status_code == 422
    assert "has no buttons" in answer.content.decode()
