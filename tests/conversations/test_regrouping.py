"""Merged, split, moved, and put back: with numbers, status, owner and what was said since."""

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connections

from shopbell.accounts.models import Store, User
from shopbell.automations.actions import add_to_conversation, save_checklist
from shopbell.automations.models import CaseChecklist
from shopbell.connections.models import Connection
from shopbell.conversations.actions import (
    Reply,
    add_note,
    assign,
    link_conversations,
    mark_seen,
    merge_conversations,
    move_thread,
    save_draft,
    send_reply,
    set_status,
    set_tags,
    snooze,
    split_conversation,
    undo_regrouping,
    unlink_conversations,
)
from shopbell.conversations.models import Conversation, Draft, Entry, Regrouping, Thread
from shopbell.conversations.queries import Filters, conversation_page, matching
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.conversations.ground import add_widget, agent, conversation_of, write
from tests.support.shop import add_smtp, make_store, settle


@pytest.fixture
def store(db: None) -> Iterator[Store]:
    store = make_store()
    with store_scope(store.pk):
        yield store


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


@pytest.fixture
def mail(store: Store) -> Connection:
    return add_smtp(store, 1)


@pytest.fixture
def pair(store: Store, ada: User, mail: Connection) -> tuple[Entry, Entry]:
    """Return the chat and the mail of one customer, in two conversations."""
    by_chat = write(add_widget(store), "In the chat")
    by_mail = write(
        mail, "By mail", external_key="m1", sender_address="mara@shop.example", subject="Cups"
    )
    return by_chat, by_mail


def merge(pair: tuple[Entry, Entry], ada: User) -> Regrouping:
    """Merge the mail into the chat."""
    merge_conversations(
        conversation=conversation_of(pair[1]),
        into=Conversation.objects.get(number=1),
        by=ada,
    )
    return last()


def last() -> Regrouping:
    return Regrouping.objects.order_by("-created_at", "-id")[0]


def case(number: int) -> Conversation:
    return Conversation.objects.select_related("owner", "merged_into").get(number=number)


def words(number: int) -> list[str]:
    rows = Entry.objects.filter(conversation__number=number).exclude(kind="activity")
    return list(rows.order_by("created_at", "id").values_list("text", flat=True))


def found(text: str) -> list[int]:
    rows = matching(Filters(status="", words=text))
    return sorted(rows.values_list("number", flat=True))


def test_an_undone_merge_leaves_all_as_it_was(store: Store, ada: User, pair) -> None:  # type: ignore[no-untyped-def]
    # given a snoozed mail of somebody's, with a tag and a note, and a resolved chat
    until = clock.now() + timedelta(days=2)
    gone = conversation_of(pair[1])
    assign(conversation=gone, by=ada, owner=ada)
    set_tags(conversation=gone, tags=["cups"], by=ada)
    add_note(conversation=gone, author=ada, text="Careful")
    snooze(conversation=gone, until=until, by=ada)
    set_status(conversation=case(1), status="resolved", by=ada)
    was = [case(number) for number in (1, 2)]
    # when it is merged and that is undone
    done = merge(pair, ada)
    assert (case(2).merged_into, words(1)) == (case(1), ["In the chat", "By mail", "Careful"])
    back = undo_regrouping(regrouping=done, by=ada)
    # then both are what they were
    assert back.number == 2
    for before in was:
        row = case(before.number)
        for name in (
            "status", "owner", "tags", "snoozed_until", "resolved_at", "merged_into", "preview",
            "message_count", "last_message_at", "waiting_since", "medium", "last_kind",
        ):  # fmt: skip
            assert getattr(row, name) == getattr(before, name), (row.number, name)
    assert (words(1), words(2)) == (["In the chat"], ["By mail", "Careful"])
    assert Thread.objects.get(external_key="m1").conversation_id == back.pk
    assert (found("mail"), found("chat")) == ([2], [1])


def test_what_was_said_since_follows_its_thread(
    store: Store, ada: User, mail: Connection, pair: tuple[Entry, Entry]
) -> None:
    done = merge(pair, ada)
    send_reply(store=store, conversation=case(1), author=ada, reply=Reply("To the mail"))
    asked = write(mail, "Thanks, and my order?", external_key="m1", email="mara@shop.example")
    add_note(conversation=case(1), author=ada, text="A note of the survivor")
    undo_regrouping(regrouping=done, by=ada)
    assert words(2) == ["By mail", "To the mail", "Thanks, and my order?"]
    assert words(1) == ["In the chat", "A note of the survivor"]
    row = case(2)
    assert (row.status, row.waiting_since, row.message_count) == ("open", asked.created_at, 3)
    # and later ones land where the thread is now
    assert write(mail, "Hello?", external_key="m1").conversation_id == row.pk


def test_what_was_answered_since_stands_as_the_answer_left_it(
    store: Store, ada: User, pair: tuple[Entry, Entry]
) -> None:
    done = merge(pair, ada)
    send_reply(store=store, conversation=case(1), author=ada, reply=Reply("Done", then="resolved"))
    undo_regrouping(regrouping=done, by=ada)
    assert (case(2).status, case(2).waiting_since) == ("resolved", None)


def test_what_was_opened_only_by_the_merge_is_closed_again(
    store: Store, ada: User, pair: tuple[Entry, Entry]
) -> None:
    set_status(conversation=case(1), status="resolved", by=ada)
    ended = case(1).resolved_at
    done = merge(pair, ada)
    assert case(1).status == "open"
    undo_regrouping(regrouping=done, by=ada)
    assert (case(1).status, case(1).resolved_at, case(2).status) == ("resolved", ended, "open")


def test_undo_says_what_stands_in_its_way(
    store: Store, ada: User, mail: Connection, pair: tuple[Entry, Entry]
) -> None:
    write(mail, "A third", external_key="m3", fresh=True)
    first = merge(pair, ada)
    # given that the survivor was merged itself
    merge_conversations(conversation=case(1), into=case(3), by=ada)
    second = last()
    with pytest.raises(Conflict, match="#1 was merged into #3 since") as refused:
        undo_regrouping(regrouping=first, by=ada)
    assert refused.value.remedy == "Undo that first."
    undo_regrouping(regrouping=second, by=ada)
    assert words(1) == ["In the chat", "By mail"]
    # given that its thread was split off
    split_conversation(thread=Thread.objects.get(external_key="m1"), by=ada)
    third = last()
    with pytest.raises(Conflict, match="moved on to #4 since"):
        undo_regrouping(regrouping=first, by=ada)
    undo_regrouping(regrouping=third, by=ada)
    undo_regrouping(regrouping=first, by=ada)
    assert (words(1), words(2), words(3)) == (["In the chat"], ["By mail"], ["A third"])
    with pytest.raises(Conflict, match=f"undone already by {ada}"):
        undo_regrouping(regrouping=first, by=ada)


def test_an_undone_split_brings_back_all_that_was_written_in_it(
    store: Store, ada: User, mail: Connection, pair: tuple[Entry, Entry]
) -> None:
    merge(pair, ada)
    mark_seen(conversation=case(1), user=ada)
    fresh = split_conversation(thread=Thread.objects.get(external_key="m1"), by=ada)
    done = last()
    # what was read stays read
    page = conversation_page(Filters(), viewer=ada)
    assert page.unread == frozenset()
    write(mail, "More", external_key="m1")
    add_note(conversation=fresh, author=ada, text="A note")
    undo_regrouping(regrouping=done, by=ada)
    assert words(1) == ["In the chat", "By mail", "More", "A note"]
    assert case(fresh.number).merged_into == case(1)
    assert (case(1).message_count, case(1).preview) == (3, "More")


def test_a_thread_is_moved_and_moved_back(
    store: Store, ada: User, mail: Connection, pair: tuple[Entry, Entry]
) -> None:
    write(mail, "A third", external_key="m3", fresh=True)
    merge(pair, ada)
    set_status(conversation=case(3), status="resolved", by=ada)
    thread = Thread.objects.get(external_key="m1")
    move_thread(thread=thread, into=case(3), by=ada)
    assert (words(1), words(3)) == (["In the chat"], ["By mail", "A third"])
    assert (case(3).status, case(3).message_count, case(1).message_count) == ("open", 2, 1)
    assert found("mail") == [3]
    undo_regrouping(regrouping=last(), by=ada)
    assert (words(1), words(3)) == (["In the chat", "By mail"], ["A third"])
    assert (case(3).status, case(1).message_count, found("mail")) == ("resolved", 2, [1])
    with pytest.raises(Invalid, match="only one thread"):
        move_thread(thread=Thread.objects.get(external_key="m3"), into=case(1), by=ada)
    with pytest.raises(Invalid, match="already"):
        move_thread(thread=thread, into=case(1), by=ada)
    write(mail, "Somebody else", email="tom@shop.example", external_key="m4")
    with pytest.raises(Invalid, match="different customers"):
        move_thread(thread=thread, into=case(4), by=ada)


def test_a_draft_goes_along_and_comes_back(
    store: Store, ada: User, pair: tuple[Entry, Entry]
) -> None:
    save_draft(conversation=case(2), user=ada, text="Dear Mara", is_note=False)
    done = merge(pair, ada)
    assert Draft.objects.get().conversation == case(1)
    undo_regrouping(regrouping=done, by=ada)
    assert Draft.objects.get().conversation == case(2)


def test_links_are_known_on_both_sides(store: Store, ada: User, mail: Connection) -> None:
    for number in range(3):
        write(mail, "Hello", email=f"p{number}@shop.example", external_key=f"m{number}")
    link_conversations(one=case(3), other=case(1), by=ada)
    link_conversations(one=case(1), other=case(3), by=ada)
    link_conversations(one=case(2), other=case(1), by=ada)
    assert [case(number).linked for number in (1, 2, 3)] == [[2, 3], [1], [1]]
    unlink_conversations(one=case(1), number=3, by=ada)
    unlink_conversations(one=case(1), number=99, by=ada)
    assert [case(number).linked for number in (1, 2, 3)] == [[2], [1], []]
    with pytest.raises(Invalid, match="with itself"):
        link_conversations(one=case(1), other=case(1), by=ada)


def test_checklists_come_back_with_their_conversation(committed_db: None) -> None:
    store = make_store()
    with store_scope(store.pk):
        ada = agent(store)
        mail = add_smtp(store, 1)
        pair = (write(add_widget(store)), write(mail, "By mail", external_key="m1"))
        steps = save_checklist(name="Damage", steps=["Photos"])
        add_to_conversation(checklist=steps, conversation=case(2), by=ada)
    with store_scope(store.pk):
        done = merge(pair, ada)
    settle()
    with store_scope(store.pk):
        assert CaseChecklist.objects.get().conversation == case(1)
        undo_regrouping(regrouping=done, by=ada)
    settle()
    with store_scope(store.pk):
        assert CaseChecklist.objects.get().conversation == case(2)


def test_two_people_undo_a_merge_at_once(committed_db: None) -> None:
    store = make_store()
    with store_scope(store.pk):
        ada = agent(store)
        mail = add_smtp(store, 1)
        pair = (write(add_widget(store), "In the chat"), write(mail, "Hi", external_key="m1"))
    with store_scope(store.pk):
        done = merge(pair, ada)
    told: list[str] = []

    def press() -> None:
        try:
            with store_scope(store.pk):
                undo_regrouping(regrouping=done, by=ada)
            told.append("done")
        except Conflict as error:
            told.append(error.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [f"This was undone already by {ada}.", "done"]
    with store_scope(store.pk):
        assert (words(1), words(2)) == (["In the chat"], ["Hi"])


def test_a_merge_of_long_ago_is_undone_too(
    store: Store, ada: User, pair: tuple[Entry, Entry]
) -> None:
    done = merge(pair, ada)
    with time_machine.travel(clock.now() + timedelta(days=90), tick=False):
        undo_regrouping(regrouping=done, by=ada)
    assert case(2).merged_into is None
    assert Regrouping.objects.filter(pk=uuid.UUID(int=0)).first() is None
