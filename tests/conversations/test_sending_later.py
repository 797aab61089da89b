"""Answers that wait for their time, and drafts that colleagues see."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions import (
    Reply,
    save_draft,
    send_reply,
    send_scheduled,
    set_status,
    take_over_draft,
    take_scheduled_back,
    upload_file,
)
from shopbell.conversations.later import offers, time_of
from shopbell.conversations.models import Conversation, Draft, Entry
from shopbell.conversations.queries import drafts_of, pending_files
from shopbell.conversations.scheduled import run_scheduled
from shopbell.conversations.visitors import Visitor, shown_to, thread_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.messaging.models import Message
from tests.conversations.ground import add_widget, agent, conversation_of, write
from tests.support.shop import add_smtp, make_store, settle
from tests.support.smtp_sink import SmtpSink

HOUR = timedelta(hours=1)


@pytest.fixture
def store(db: None) -> Iterator[Store]:
    store = make_store()
    with store_scope(store.pk):
        yield store


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


def schedule(store: Store, entry: Entry, text: str = "Tomorrow.", **fields: object) -> Entry:
    row = Conversation.objects.get(pk=entry.conversation_id)
    wanted = {"at": clock.now() + HOUR, **fields}
    return send_reply(
        store=store,
        conversation=row,
        author=agent(store),
        reply=Reply(text, **wanted),  # type: ignore[arg-type]
    )


def later(**span: float) -> "time_machine.travel":
    return time_machine.travel(clock.now() + timedelta(**span), tick=True)


def kinds(entry: Entry) -> list[str]:
    rows = Entry.objects.filter(conversation_id=entry.conversation_id).exclude(kind="activity")
    return list(rows.order_by("created_at", "id").values_list("kind", flat=True))


def test_it_waits_unseen_and_is_a_reply_when_its_time_has_come(store: Store) -> None:
    # given an answer in the chat for in an hour
    entry = write(add_widget(store), visitor="v1")
    waiting = schedule(store, entry)
    thread = thread_of(Visitor(store.pk, "v1"))
    assert thread is not None
    assert kinds(entry) == ["incoming", "scheduled"]
    assert len(shown_to(thread)) == 1
    conversation = conversation_of(entry)
    assert (conversation.status, conversation.message_count) == ("snoozed", 1)
    assert conversation.waiting_since == entry.created_at
    # before its time nothing happens
    assert send_scheduled(store=store, entry_id=waiting.pk) is None
    # when its time comes, the visitor has it and the conversation waits for them
    with later(hours=2):
        sent = send_scheduled(store=store, entry_id=waiting.pk)
        assert send_scheduled(store=store, entry_id=waiting.pk) is None
    assert sent is not None
    assert kinds(entry) == ["incoming", "reply"]
    assert [each.text for each in shown_to(thread)] == [entry.text, "Tomorrow."]
    conversation = conversation_of(entry)
    assert (conversation.status, conversation.waiting_since) == ("pending", None)


def test_the_gate_is_asked_when_it_leaves(store: Store) -> None:
    entry = write(add_widget(store))
    waiting = schedule(store, entry, then="resolved")
    store.sends_paused = True
    store.save()
    with later(hours=2):
        sent = send_scheduled(store=store, entry_id=waiting.pk)
    assert sent is not None
    assert sent.outgoing is not None
    assert (sent.outgoing.state, sent.outgoing.reason) == ("held", "store_paused")
    assert conversation_of(entry).status == "resolved"


def test_when_the_customer_writes_meanwhile_it_is_held(store: Store, ada: User) -> None:
    chat = add_widget(store)
    entry = write(chat)
    waiting = schedule(store, entry)
    write(chat, "An automatic answer", nature="auto_reply")
    assert Entry.objects.get(pk=waiting.pk).due_at is not None
    write(chat, "Never mind, I found it")
    waiting = Entry.objects.get(pk=waiting.pk)
    assert waiting.due_at is None
    assert waiting.data["held"] == "The customer wrote meanwhile."
    assert conversation_of(entry).status == "open"
    with later(hours=2):
        assert send_scheduled(store=store, entry_id=waiting.pk) is None
    # and whoever has read it may send it
    sent = send_scheduled(store=store, entry_id=waiting.pk, now=True)
    assert sent is not None
    assert "held" not in sent.data


def test_spam_gets_no_answer_by_itself(store: Store, ada: User) -> None:
    entry = write(add_widget(store))
    waiting = schedule(store, entry)
    set_status(conversation=entry.conversation, status="spam", by=ada)
    with later(hours=2):
        assert send_scheduled(store=store, entry_id=waiting.pk) is None
    waiting.refresh_from_db()
    assert "spam" in waiting.data["held"]


def test_taken_back_its_text_and_files_are_there_again(store: Store, ada: User) -> None:
    entry = write(add_smtp(store, 1))
    file = upload_file(conversation=entry.conversation, by=ada, name="a.pdf", content=b"%PDF-1")
    waiting = schedule(store, entry, files=(file.pk,), cc=("tom@x.example",))
    back = take_scheduled_back(entry_id=waiting.pk, by=ada)
    assert (back.text, back.copies) == ("Tomorrow.", ["tom@x.example"])
    assert pending_files(conversation_of(entry), ada) == [file]
    assert conversation_of(entry).status == "open"
    assert kinds(entry) == ["incoming"]
    with pytest.raises(Conflict, match="not waiting any more"):
        take_scheduled_back(entry_id=waiting.pk, by=ada)


def test_only_a_time_to_come_within_a_year_is_taken(store: Store) -> None:
    entry = write(add_widget(store))
    for at in (clock.now() - HOUR, clock.now() + timedelta(days=400)):
        with pytest.raises(Invalid):
            schedule(store, entry, at=at)
    assert kinds(entry) == ["incoming"]


def test_the_worker_sends_it_by_mail_with_its_file_once(committed_db: None) -> None:
    store = make_store()
    with SmtpSink() as sink:
        mail = add_smtp(store, sink.port)
        with store_scope(store.pk):
            entry, ada = write(mail, subject="Label"), agent(store)
            file = upload_file(
                conversation=entry.conversation, by=ada, name="a.pdf", content=b"%PDF-1"
            )
            waiting = schedule(store, entry, files=(file.pk,))
            Entry.objects.filter(pk=waiting.pk).update(due_at=clock.now() - HOUR)
        assert run_scheduled() == 1
        assert run_scheduled() == 0
        settle()
        [sent] = sink.wait_for(1)
    assert [part.get_filename() for part in sent.parsed.iter_attachments()] == ["a.pdf"]
    with store_scope(store.pk):
        assert Message.objects.get().state == "sent"


@time_machine.travel("2026-11-24 15:00:00+00:00", tick=False)  # a Tuesday, 16:00 in Berlin
def test_offers_make_sense_where_the_store_and_the_customer_are() -> None:
    zone = "Europe/Berlin"
    keys = [key for key, _ in offers(zone, "America/Denver")]
    assert keys == ["hours", "evening", "tomorrow", "monday", "theirs"]
    assert "theirs" not in dict(offers(zone, "Europe/Vienna"))
    wanted = {
        "hours": "2026-11-24T18:00:00+01:00",
        "evening": "2026-11-24T18:00:00+01:00",
        "tomorrow": "2026-11-25T09:00:00+01:00",
        "monday": "2026-11-30T09:00:00+01:00",
    }
    for key, at in wanted.items():
        assert time_of(key, zone).isoformat() == at
    there = time_of("theirs", zone, theirs="America/Denver")
    assert there.isoformat() == "2026-11-24T09:00:00-07:00"
    typed = time_of("typed", zone, typed=datetime(2026, 12, 1, 8, 30))
    assert typed.isoformat() == "2026-12-01T08:30:00+01:00"
    with pytest.raises(Invalid, match="Say when"):
        time_of("typed", zone)
    with time_machine.travel("2026-11-24 17:00:00+00:00", tick=False):
        assert "evening" not in dict(offers(zone))


def test_a_draft_is_seen_by_colleagues_and_can_be_taken_over(store: Store, ada: User) -> None:
    row = conversation_of(write(add_smtp(store, 1)))
    liv = User.objects.create(email="liv@lark.example", name="Liv")
    file = upload_file(conversation=row, by=ada, name="a.pdf", content=b"%PDF-1")
    save_draft(conversation=row, user=ada, text="Dear Mara", cc=["tom@x.example"])
    save_draft(conversation=row, user=liv, text="Hello")
    own, [theirs] = drafts_of(row, liv)
    assert own is not None
    assert (own.text, theirs.text) == ("Hello", "Dear Mara")
    mine = take_over_draft(draft=theirs, by=liv)
    assert (mine.text, mine.cc) == ("Hello\n\nDear Mara", ["tom@x.example"])
    assert list(Draft.objects.values_list("user__name", flat=True)) == ["Liv"]
    assert pending_files(row, liv) == [file]
    with pytest.raises(Conflict, match="draft is gone"):
        take_over_draft(draft=theirs, by=liv)
