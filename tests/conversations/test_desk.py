"""The desk's rules: one conversation for one matter, answers that leave, nothing twice."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions import (
    Reply,
    add_note,
    assign,
    merge_conversations,
    send_reply,
    set_status,
    set_tags,
    snooze,
    split_conversation,
    undo_reply,
    wake_snoozed,
)
from shopbell.conversations.models import Conversation, Entry, EntryKind, Thread
from shopbell.events.models import Event
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.messaging.models import Message
from tests.conversations.ground import add_widget, agent, conversation_of, write
from tests.support.shop import add_smtp, make_store, settle
from tests.support.smtp_sink import SmtpSink


@pytest.fixture
def store(db: None) -> Iterator[Store]:
    store = make_store()
    with store_scope(store.pk):
        yield store


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.entries.order_by("created_at", "id").values_list("kind", flat=True))


def test_the_first_words_open_a_conversation_and_the_next_go_into_it(store: Store) -> None:
    chat = add_widget(store)
    first = write(chat, "Hello, is this in stock?")
    second = write(chat, "The blue one")
    conversation = conversation_of(first)
    assert second.conversation_id == first.conversation_id
    assert (conversation.number, conversation.status, conversation.message_count) == (1, "open", 2)
    assert conversation.subject == "Hello, is this in stock?"
    assert conversation.preview == "The blue one"
    assert conversation.waiting_since == first.created_at
    names = list(Event.objects.order_by("id").values_list("name", flat=True))
    assert names.count("conversation.started") == 1
    assert names.count("conversation.customer_wrote") == 2


def test_the_same_message_sent_again_is_the_same_message(store: Store) -> None:
    chat = add_widget(store)
    mark = uuid.uuid4()
    assert write(chat, client_id=mark).pk == write(chat, client_id=mark).pk
    mail = add_smtp(store, 1)
    once = write(mail, message_id="<a@x.example>")
    assert write(mail, message_id="<a@x.example>").pk == once.pk
    assert Entry.objects.filter(kind="incoming").count() == 2


def test_two_customers_have_two_conversations_with_numbers_of_their_own(store: Store) -> None:
    chat = add_widget(store)
    write(chat)
    write(chat, email="tom@shop.example")
    assert list(Conversation.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_an_answer_in_the_chat_is_there_at_once_and_passed_the_gate(
    store: Store, ada: User
) -> None:
    entry = write(add_widget(store))
    reply = send_reply(
        store=store, conversation=entry.conversation, author=ada, reply=Reply("It is on its way.")
    )
    assert reply.outgoing is not None
    message = Message.objects.get(pk=reply.outgoing.pk)
    assert (message.kind, message.state, message.medium) == ("reply", "sent", "chat")
    conversation = conversation_of(entry)
    assert conversation.status == "pending"
    assert conversation.waiting_since is None
    assert conversation.owner == ada
    assert kinds(conversation) == ["incoming", "reply", "activity"]


def test_an_answer_to_a_paused_store_is_held_and_says_why(store: Store, ada: User) -> None:
    entry = write(add_widget(store))
    store.sends_paused = True
    store.save()
    reply = send_reply(
        store=store, conversation=entry.conversation, author=ada, reply=Reply("Hello")
    )
    assert reply.outgoing is not None
    assert (reply.outgoing.state, reply.outgoing.reason) == ("held", "store_paused")


def test_a_mail_answer_leaves_after_the_undo_and_keeps_the_thread(committed_db: None) -> None:
    store = make_store(policies={"desk": {"undo_seconds": 0}})
    with SmtpSink() as sink:
        mail = add_smtp(store, sink.port)
        with store_scope(store.pk):
            entry = write(mail, "Is it lost?", subject="Parcel", message_id="<q1@mail.example>")
            send_reply(
                store=store,
                conversation=entry.conversation,
                author=agent(store),
                reply=Reply("No, **it comes tomorrow**."),
            )
        settle()
        [mail_sent] = sink.wait_for(1)
    sent = mail_sent.parsed
    assert str(sent["To"]).endswith("<mara@shop.example>")
    assert mail_sent.subject == "Re: Parcel"
    assert sent["In-Reply-To"] == "<q1@mail.example>"
    assert "Auto-Submitted" not in sent
    assert "+" in str(sent["Reply-To"])
    assert "it comes tomorrow" in mail_sent.body()
    assert "> Is it lost?" in mail_sent.body()
    assert "<strong>it comes tomorrow</strong>" in mail_sent.body("html")


def test_within_its_seconds_an_answer_can_be_taken_back(store: Store, ada: User) -> None:
    mail = add_smtp(store, 1)
    entry = write(mail)
    reply = send_reply(
        store=store, conversation=entry.conversation, author=ada, reply=Reply("Oh no")
    )
    outgoing = reply.outgoing
    assert outgoing is not None
    assert outgoing.due_at > clock.now() + timedelta(seconds=10)
    assert undo_reply(entry=reply, by=ada) == "Oh no"
    conversation = conversation_of(entry)
    assert (conversation.status, conversation.preview) == ("open", entry.text)
    assert conversation.waiting_since is not None
    assert Message.objects.get(pk=outgoing.pk).state == "skipped"


def test_who_answers_what_was_overtaken_is_told_and_loses_nothing(store: Store, ada: User) -> None:
    chat = add_widget(store)
    first = write(chat)
    write(chat, "Forget it, it arrived!")
    with pytest.raises(Conflict, match="written meanwhile"):
        send_reply(
            store=store,
            conversation=first.conversation,
            author=ada,
            reply=Reply("Let me look", seen=first.pk),
        )
    assert not Entry.objects.filter(kind="reply").exists()


def test_the_agents_browser_may_send_the_same_answer_five_times(store: Store, ada: User) -> None:
    """R-15, from the inbox."""
    entry = write(add_widget(store))
    reply = Reply("Once", client_id=uuid.uuid4())
    ids = {
        send_reply(store=store, conversation=entry.conversation, author=ada, reply=reply).pk
        for _ in range(5)
    }
    assert len(ids) == 1
    assert Message.objects.filter(kind="reply").count() == 1


def test_an_empty_answer_and_an_empty_note_are_refused(store: Store, ada: User) -> None:
    conversation = write(add_widget(store)).conversation
    with pytest.raises(Invalid):
        send_reply(store=store, conversation=conversation, author=ada, reply=Reply("  \n"))
    with pytest.raises(Invalid):
        add_note(conversation=conversation, author=ada, text=" ")


def test_a_note_changes_nothing_a_customer_could_see(store: Store, ada: User) -> None:
    entry = write(add_widget(store))
    add_note(conversation=entry.conversation, author=ada, text="She is upset, be kind.")
    conversation = conversation_of(entry)
    assert (conversation.status, conversation.preview) == ("open", entry.text)
    assert conversation.waiting_since is not None
    assert not Message.objects.exists()


def test_writing_into_a_resolved_one_reopens_it_for_two_weeks(store: Store, ada: User) -> None:
    chat = add_widget(store)
    entry = write(chat)
    set_status(conversation=entry.conversation, status="resolved", by=ada)
    again = write(chat, "It happened again")
    assert again.conversation_id == entry.conversation_id
    assert conversation_of(entry).status == "open"
    set_status(conversation=entry.conversation, status="resolved", by=ada)
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        later = write(chat, "And again")
    assert later.conversation_id != entry.conversation_id
    assert conversation_of(later).number == 2


def test_a_store_may_want_a_new_one_each_time(store: Store, ada: User) -> None:
    store.policies = {"desk": {"follow_up": "new"}}
    store.save()
    chat = add_widget(store)
    entry = write(chat)
    set_status(conversation=entry.conversation, status="resolved", by=ada)
    assert write(chat).conversation_id != entry.conversation_id


def test_an_automatic_answer_wakes_nobody(store: Store, ada: User) -> None:
    mail = add_smtp(store, 1)
    entry = write(mail, external_key="t1")
    set_status(conversation=entry.conversation, status="resolved", by=ada)
    thread = Thread.objects.get()
    write(mail, "I am on holiday", thread=thread, nature="auto_reply")
    conversation = conversation_of(entry)
    assert conversation.status == "resolved"
    assert conversation.waiting_since is None
    assert conversation.message_count == 2


def test_a_snoozed_one_comes_back_at_its_time_or_with_the_customer(store: Store, ada: User) -> None:
    chat = add_widget(store)
    entry = write(chat)
    with pytest.raises(Invalid):
        snooze(conversation=entry.conversation, until=clock.now() - timedelta(hours=1), by=ada)
    snooze(conversation=entry.conversation, until=clock.now() + timedelta(hours=1), by=ada)
    assert wake_snoozed() == 0
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert wake_snoozed() == 1
    assert conversation_of(entry).status == "open"
    snooze(conversation=entry.conversation, until=None, by=ada)
    write(chat, "Any news?")
    assert conversation_of(entry).status == "open"


def test_merged_conversations_are_one_and_later_answers_land_there(store: Store, ada: User) -> None:
    chat, mail = add_widget(store), add_smtp(store, 1)
    by_chat, by_mail = write(chat, "In the chat"), write(mail, "By mail", external_key="m1")
    gone, kept = by_mail.conversation, by_chat.conversation
    merge_conversations(conversation=gone, into=kept, by=ada)
    assert write(mail, "More", external_key="m1").conversation_id == kept.pk
    assert Entry.objects.filter(conversation=kept, kind=EntryKind.INCOMING).count() == 3
    with pytest.raises(Invalid):
        merge_conversations(conversation=gone, into=kept, by=ada)
    thread = Thread.objects.get(external_key="m1")
    fresh = split_conversation(thread=thread, by=ada)
    assert write(mail, "Yet more", external_key="m1").conversation_id == fresh.pk
    assert Entry.objects.filter(conversation=kept, kind=EntryKind.INCOMING).count() == 1


def test_after_merging_splitting_and_undoing_the_list_shows_what_is_there(
    store: Store, ada: User
) -> None:
    chat, mail = add_widget(store), add_smtp(store, 1)
    # given a resolved chat, and a newer mail that waits
    old = write(chat, "In the chat")
    send_reply(
        store=store, conversation=old.conversation, author=ada, reply=Reply("Yes", then="resolved")
    )
    asked = write(mail, "By mail", external_key="m1", sender_address="mara@shop.example")
    # when they are merged, the older one is what the newer one was: open, waiting, by mail
    kept = merge_conversations(conversation=asked.conversation, into=old.conversation, by=ada)
    shown = conversation_of(old)
    assert kept == shown
    assert (shown.status, shown.preview, shown.medium) == ("open", "By mail", "email")
    assert (shown.last_kind, shown.message_count) == ("incoming", 3)
    assert shown.waiting_since == asked.created_at
    # when an answer by mail is taken back, a note beside it is not taken for the last words
    reply = send_reply(store=store, conversation=shown, author=ada, reply=Reply("Wait"))
    add_note(conversation=shown, author=ada, text="Careful")
    undo_reply(entry=reply, by=ada)
    shown = conversation_of(old)
    assert (shown.preview, shown.last_kind, shown.message_count) == ("By mail", "incoming", 3)
    assert shown.waiting_since == asked.created_at
    # when the mail is split off, each shows its own
    thread = Thread.objects.get(external_key="m1")
    fresh = split_conversation(thread=thread, by=ada)
    shown = conversation_of(old)
    assert (shown.preview, shown.last_kind, shown.message_count) == ("Yes", "reply", 2)
    assert shown.waiting_since is None
    fresh = Conversation.objects.get(pk=fresh.pk)
    assert (fresh.preview, fresh.last_kind, fresh.message_count) == ("By mail", "incoming", 1)
    assert fresh.waiting_since == asked.created_at
    assert fresh.first_reply_at is None


def test_conversations_of_two_customers_cannot_be_merged(store: Store, ada: User) -> None:
    chat = add_widget(store)
    one, other = write(chat), write(chat, email="tom@shop.example")
    with pytest.raises(Invalid, match="different customers"):
        merge_conversations(conversation=one.conversation, into=other.conversation, by=ada)


def test_who_has_it_and_its_tags_are_in_the_timeline(store: Store, ada: User) -> None:
    entry = write(add_widget(store))
    assign(conversation=entry.conversation, by=ada, owner=ada)
    set_tags(conversation=entry.conversation, tags=["Damage", "damage ", "vip"], by=ada)
    assert conversation_of(entry).tags == ["damage", "vip"]
    said = list(entry.conversation.entries.filter(kind="activity").values_list("text", flat=True))
    assert said == ["Taken", "Tag damage added, Tag vip added"]
    stranger = User.objects.create(email="stranger@else.example")
    with pytest.raises(Invalid):
        assign(conversation=entry.conversation, by=ada, owner=stranger)


def test_ten_pictures_at_once_are_one_conversation(committed_db: None) -> None:
    """R-21 in small: the same customer writes ten times from ten threads."""
    import threading

    store = make_store()
    chat = add_widget(store)
    start = threading.Barrier(10)

    def one(number: int) -> None:
        try:
            start.wait()
            with store_scope(store.pk):
                write(chat, f"Picture {number}", email="album@shop.example", visitor="album")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store_scope(store.pk):
        [conversation] = Conversation.objects.all()
        assert conversation.message_count == 10
        assert Thread.objects.count() == 1
    connection.close()


def test_the_worker_wakes_what_was_snoozed_in_every_store(committed_db: None) -> None:
    from shopbell.conversations.snoozes import run_snoozes

    entries = []
    for slug in ("lark", "wren"):
        store = make_store(slug)
        chat = add_widget(store)
        with store_scope(store.pk):
            entry = write(chat)
            snooze(conversation=entry.conversation, until=clock.now() + timedelta(hours=1), by=None)
            entries.append(entry)
    assert run_snoozes() == 0
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert run_snoozes() == 2
        assert run_snoozes() == 0
    for entry in entries:
        with store_scope(entry.store_id):
            assert conversation_of(entry).status == "open"
