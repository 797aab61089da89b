"""A visitor who has left gets the answer by mail, once, and may answer from there."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import F

from shopbell.conversations.actions import leave_address, mark_read, note_presence, receive
from shopbell.conversations.continuation import run_continuations
from shopbell.conversations.models import Conversation, Entry, Thread
from shopbell.conversations.ports import Incoming
from shopbell.conversations.visitors import chat_inbox, new_visitor
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from tests.conversations.post import add_mailbox, deliver, mail, work
from tests.support.smtp_sink import SinkMessage, SmtpSink
from tests.widget.ground import ChatShop, make_chat_shop

pytestmark = pytest.mark.django_db
MARA = "mara@mail.example"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


class Desk:
    """A store with a chat and a mailbox, and one visitor."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.shop: ChatShop = make_chat_shop("lark", policies={"desk": {"undo_seconds": 0}})
        self.inbox = add_mailbox(self.shop.store, smtp=sink.port)
        self.visitor = new_visitor(self.shop.store)

    def writes(self, text: str = "Is it in stock?", locale: str = "en") -> Entry:
        with store_scope(self.shop.store.pk):
            return receive(
                incoming=Incoming(
                    medium="chat",
                    person=Person(source="widget", browser=self.visitor.id, locale=locale),
                    text=text,
                    inbox=chat_inbox(),
                    external_key=self.visitor.id,
                    client_id=uuid.uuid4(),
                )
            )

    def leaves(self, email: str = MARA) -> None:
        with store_scope(self.shop.store.pk):
            leave_address(store=self.shop.store, thread=self.thread, email=email)

    @property
    def thread(self) -> Thread:
        with store_scope(self.shop.store.pk):
            return Thread.objects.select_related("conversation").get(medium="chat")

    def after(self, **span: float) -> list[SinkMessage]:
        """Let time pass for the chat; returns all mails that have left by then."""
        work()
        passed = timedelta(**span)
        with store_scope(self.shop.store.pk):
            rows = Thread.objects.filter(medium="chat")
            rows.update(mail_due_at=F("mail_due_at") - passed, here_at=F("here_at") - passed)
        run_continuations()
        work()
        return list(self.sink.messages)


@pytest.fixture
def desk(committed_db: None, sink: SmtpSink) -> Desk:
    return Desk(sink)


def test_unseen_answers_go_by_mail_together_and_once(desk: Desk) -> None:
    desk.writes()
    desk.leaves()
    desk.shop.answer("**Yes**, three of them.", desk.thread)
    desk.shop.answer("Shall I keep one?", desk.thread)
    assert desk.after(seconds=60) == []
    [sent] = desk.after(seconds=130)
    assert MARA in str(sent.parsed["To"])
    assert sent.subject.startswith("Your chat with Lark")
    assert "+" in str(sent.parsed["Reply-To"])
    body = sent.body()
    assert body.index("three of them") < body.index("Shall I keep one?")
    assert "> Is it in stock?" in body
    assert "<strong>Yes</strong>" in sent.body("html")
    assert len(desk.after(hours=5)) == 1


def test_the_answer_from_the_mail_program_comes_into_the_same_conversation(desk: Desk) -> None:
    desk.writes()
    desk.leaves()
    desk.shop.answer("Yes.", desk.thread)
    [sent] = desk.after(seconds=130)
    reply_to = str(sent.parsed["Reply-To"])
    deliver(desk.inbox, mail("Keep one for me", sender=MARA, to=reply_to))
    work()
    with store_scope(desk.shop.store.pk):
        [conversation] = Conversation.objects.all()
        last = conversation.entries.filter(kind="incoming").latest("created_at")
        assert last.thread is not None
        assert (last.text.strip(), last.thread.medium) == ("Keep one for me", "email")
        assert conversation.status == "open"
    deliver(desk.inbox, mail("Show me", sender="eve@mail.example", to=reply_to))
    work()
    with store_scope(desk.shop.store.pk):
        assert Conversation.objects.count() == 2


def test_who_has_read_it_gets_no_mail(desk: Desk) -> None:
    desk.writes()
    desk.leaves()
    answer = desk.shop.answer("Yes.", desk.thread)
    work()
    with store_scope(desk.shop.store.pk):
        mark_read(thread=desk.thread, entry_id=answer.pk)
        assert Thread.objects.get(medium="chat").mail_due_at is None
    assert desk.after(hours=1) == []
    # what comes later, and is not read, does
    desk.shop.answer("And a lid.", desk.thread)
    [sent] = desk.after(hours=1)
    assert "And a lid." in sent.body()
    assert "Yes." not in sent.body()


def test_who_is_still_there_gets_no_mail_until_they_leave(desk: Desk) -> None:
    desk.writes()
    desk.leaves()
    desk.shop.answer("Yes.", desk.thread)
    work()
    with store_scope(desk.shop.store.pk):
        Thread.objects.filter(medium="chat").update(mail_due_at=clock.now())
        note_presence(threads=[desk.thread.pk])
    assert desk.after() == []
    assert len(desk.after(seconds=60)) == 1


def test_without_an_address_nothing_leaves_and_with_one_it_does_later(desk: Desk) -> None:
    desk.writes()
    desk.shop.answer("Yes.", desk.thread)
    assert desk.after(hours=1) == []
    desk.leaves()
    assert len(desk.after(hours=1)) == 1


def test_the_mail_speaks_the_visitors_language(desk: Desk) -> None:
    desk.writes("Ist das da?", locale="de-AT")
    desk.leaves()
    desk.shop.answer("Ja.", desk.thread)
    [sent] = desk.after(seconds=130)
    assert sent.subject.startswith("Ihr Chat mit Lark")
    assert "Sie schrieben:" in sent.body()


def test_two_sweeps_at_once_send_one_mail(desk: Desk) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    desk.writes()
    desk.leaves()
    desk.shop.answer("Yes.", desk.thread)
    work()
    with store_scope(desk.shop.store.pk):
        Thread.objects.filter(medium="chat").update(mail_due_at=clock.now())

    def sweep(_number: int) -> int:
        try:
            return run_continuations()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(sweep, range(6)))
    work()
    assert desk.sink.count == 1
