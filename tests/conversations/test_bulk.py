"""One thing done with many: each once, whatever happens to the worker, with reasons and undo."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections

from shopbell.accounts.models import Staff, Store, User
from shopbell.conversations.actions import (
    merge_conversations,
    set_status,
    set_tags,
    start_bulk,
    undo_bulk,
)
from shopbell.conversations.bulk.progress import Progress, left_items, progress_of
from shopbell.conversations.bulk.verbs import VERBS, Given, Verb, add_verb
from shopbell.conversations.bulk.working import run_bulk, work_off
from shopbell.conversations.models import BulkAction, BulkItem, Conversation, Entry, EntryKind
from shopbell.conversations.rulebook import Case
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.ids import uuid7
from tests.conversations.ground import add_widget, agent, write
from tests.support.shop import make_store


@pytest.fixture
def store(committed_db: None) -> Store:
    return make_store()


@pytest.fixture
def ada(store: Store) -> User:
    return agent(store)


@pytest.fixture
def noted() -> Iterator[list[int]]:
    """Add a verb that notes with which conversation it was done; 13 ends the worker."""
    seen: list[int] = []

    def run(case: Case, given: Given) -> str:
        if case.conversation.number == given.get("deadly"):
            raise SystemExit
        seen.append(case.conversation.number)
        return ""

    add_verb(Verb("noted", lambda given, by: "Noted", run, undoes_all=False))
    yield seen
    VERBS.pop("noted")


def many(store: Store, count: int) -> list[Conversation]:
    """Put conversations into a store, numbered from 1."""
    now = clock.now()
    with store_scope(store.pk):
        rows = [
            Conversation(
                id=uuid7(), number=number, medium="chat", subject=f"Case {number}",
                last_message_at=now, waiting_since=now, created_at=now,
            )
            for number in range(1, count + 1)
        ]  # fmt: skip
        Conversation.objects.bulk_create(rows)
        return rows


def begin(store: Store, verb: str, by: User | None, *numbers: int, **given: Any) -> BulkAction:
    with store_scope(store.pk):
        rows = Conversation.objects.all()
        rows = rows.filter(number__in=numbers) if numbers else rows
        return start_bulk(rows=rows, verb=verb, given=given, by=by)


def undo(store: Store, action: BulkAction, by: User | None) -> Progress:
    with store_scope(store.pk):
        undo_bulk(action=action, by=by)
    return look(store, action)


def look(store: Store, action: BulkAction) -> Progress:
    with store_scope(store.pk):
        row = BulkAction.objects.select_related("by", "undone_by").get(pk=action.pk)
        return progress_of([row])[0]


def conversation(store: Store, number: int) -> Conversation:
    with store_scope(store.pk):
        return Conversation.objects.select_related("owner").get(number=number)


def ask_for_a_reason(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(policies={"desk": {"needs_reason": True}})


def lines(store: Store, number: int) -> list[str]:
    with store_scope(store.pk):
        rows = Entry.objects.filter(conversation__number=number, kind=EntryKind.ACTIVITY)
        return list(rows.order_by("id").values_list("text", flat=True))


def test_what_refuses_stays_with_its_reason_and_the_rest_goes_on(store: Store, ada: User) -> None:
    many(store, 4)
    with store_scope(store.pk):
        set_status(conversation=conversation(store, 4), status="resolved", by=ada)
    ask_for_a_reason(store)
    with store_scope(store.pk):
        set_status(conversation=conversation(store, 1), status="spam", by=ada)
    found = look(store, begin(store, "open", ada, 1, 2, 4))
    assert found.says == "Opened again: 2 conversations. 1 was so already."
    found = look(store, begin(store, "resolve", ada))
    assert found.says == (
        "Resolved: 0 conversations. 4 left as they were: "
        "Cannot be resolved yet. Missing: contact reason."
    )
    with store_scope(store.pk):
        items = left_items(found.action)
    assert [item.conversation.number for item in items] == [1, 2, 3, 4]
    assert conversation(store, 3).status == "open"


def test_many_are_worked_off_by_the_worker_each_once(store: Store, ada: User) -> None:
    many(store, 45)
    action = begin(store, "resolve", ada)
    assert (look(store, action).through, look(store, action).is_at_work) == (0, True)
    assert run_bulk() == 45
    found = look(store, action)
    assert (found.says, found.counts) == ("Resolved: 45 conversations.", {"done": 45})
    assert run_bulk() == 0
    assert {len(lines(store, number)) for number in (1, 20, 21, 45)} == {1}


def test_a_worker_killed_between_items_leaves_nothing_half_and_nothing_twice(
    store: Store, ada: User, noted: list[int]
) -> None:
    # given a worker that ends in the middle of the second batch
    rows = many(store, 45)
    action = begin(store, "noted", ada, deadly=31)
    with pytest.raises(SystemExit):
        run_bulk()
    found = look(store, action)
    assert found.counts == {"done": 20, "waiting": 25}
    # when another one takes over, the batch is begun again, and what ends a worker each time is
    # tried alone and then left
    for _ in range(6):
        with store_scope(store.pk):
            BulkAction.objects.update(lease_until=None)
        try:
            while run_bulk():
                pass
        except SystemExit:
            continue
    found = look(store, action)
    assert found.says.startswith("Noted: 44 conversations. 1 left as it was: The worker ended")
    with store_scope(store.pk):
        assert [each.conversation_id for each in left_items(action)] == [rows[30].pk]
    assert noted.count(1) == noted.count(20) == 1  # what was committed is never done again


def test_two_workers_at_one_action_do_each_once(store: Store, ada: User, noted: list[int]) -> None:
    many(store, 60)
    action = begin(store, "noted", ada)

    def work() -> None:
        try:
            for _ in range(4):
                with store_scope(store.pk):
                    work_off(action.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(noted) == list(range(1, 61))
    assert look(store, action).counts == {"done": 60}


def test_undo_puts_back_only_what_is_still_as_it_was_left(store: Store, ada: User) -> None:
    before = many(store, 4)
    action = begin(store, "resolve", ada)
    tagged = begin(store, "tag", ada, 1, 2, tag="Late")
    # given one that was reopened meanwhile, and one that was merged away
    with store_scope(store.pk):
        set_status(conversation=before[1], status="open", by=None)
        merge_conversations(conversation=before[3], into=before[2], by=ada)
        set_tags(conversation=before[1], tags=["late", "vip"], by=ada)
    found = undo(store, action, ada)
    assert found.says == "Undone: 2 conversations. 2 left as they are, for 2 reasons."
    assert set(found.reasons) == {"Changed since: status.", "Merged into #3 meanwhile."}
    row = conversation(store, 1)
    assert (row.status, row.resolved_at, row.waiting_since) == (
        "open",
        None,
        before[0].waiting_since,
    )
    undo(store, tagged, ada)
    assert (conversation(store, 1).tags, conversation(store, 2).tags) == ([], ["vip"])


def test_owner_priority_and_snooze_are_undone_in_many_too(store: Store, ada: User) -> None:
    many(store, 30)
    until = clock.now() + timedelta(hours=3)
    actions = [
        begin(store, "owner", ada, owner=str(ada.pk)),
        begin(store, "priority", ada, priority="3"),
        begin(store, "snooze", ada, until=until.isoformat()),
    ]
    while run_bulk():
        pass
    row = conversation(store, 30)
    assert (row.owner, row.priority, row.status, row.snoozed_until) == (ada, 3, "snoozed", until)
    for action in actions:
        undo(store, action, ada)
    assert look(store, actions[0]).is_at_work
    while run_bulk():
        pass
    row = conversation(store, 30)
    assert (row.owner, row.priority, row.status, row.snoozed_until) == (None, 1, "open", None)
    assert look(store, actions[2]).says == "Undone: 30 conversations."


def test_what_is_at_work_is_stopped_and_put_back(store: Store, ada: User) -> None:
    many(store, 30)
    action = begin(store, "resolve", ada)
    with store_scope(store.pk):
        work_off(action.pk)
    found = undo(store, action, ada)
    assert found.says == "Undone: 20 conversations. 10 were not begun."
    assert {conversation(store, number).status for number in (1, 20, 30)} == {"open"}


def test_two_people_undo_at_once_and_it_is_undone_once(store: Store, ada: User) -> None:
    many(store, 3)
    action = begin(store, "resolve", ada)
    told: list[str] = []

    def press() -> None:
        try:
            undo(store, action, ada)
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
    assert lines(store, 1) == ["Resolved", "Put back: open"]


def test_after_a_quarter_of_an_hour_it_is_too_late_to_undo(store: Store, ada: User) -> None:
    many(store, 1)
    with time_machine.travel(clock.now() - timedelta(minutes=16), tick=False):
        action = begin(store, "resolve", ada)
    with pytest.raises(Conflict, match="15 minutes"):
        undo(store, action, ada)
    assert conversation(store, 1).status == "resolved"


def test_who_lost_their_role_meanwhile_does_no_more(store: Store, ada: User) -> None:
    many(store, 30)
    action = begin(store, "resolve", ada)
    with store_scope(store.pk):
        Staff.objects.filter(user=ada).update(role="light")
    run_bulk()
    found = look(store, action)
    assert found.counts == {"refused": 30}
    assert f"{ada} may not do this any more." in found.says


def test_another_stores_conversations_are_not_touched(store: Store, ada: User) -> None:
    other = make_store("wren")
    many(store, 2)
    many(other, 3)
    action = begin(store, "resolve", ada, 1, 2, 3)
    assert action.total == 2
    assert conversation(other, 1).status == "open"
    with store_scope(other.pk):
        assert not BulkItem.objects.exists()
        with pytest.raises(Invalid, match="None of these"):
            start_bulk(
                rows=Conversation.objects.filter(number=99), verb="resolve", given={}, by=None
            )


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("burn", {}), ("tag", {"tag": " "}), ("owner", {"owner": "999999"}),
        ("team", {"team": "x"}),
        ("priority", {"priority": "9"}), ("snooze", {"until": "2020-01-01T00:00:00+00:00"}),
        ("take", {}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_anything_is(
    store: Store, verb: str, given: dict[str, str]
) -> None:
    many(store, 1)
    with pytest.raises(Invalid):
        begin(store, verb, None, **given)
    with store_scope(store.pk):
        assert not BulkAction.objects.exists()


def test_the_customer_who_wrote_meanwhile_keeps_waiting_after_the_undo(
    store: Store, ada: User
) -> None:
    chat = add_widget(store)
    with store_scope(store.pk):
        entry = write(chat)
    action = begin(store, "pending", ada)
    with store_scope(store.pk):
        write(chat, "Still there?")
    found = undo(store, action, ada)
    assert found.says.startswith("Undone: 0 conversations. 1 left as it is")
    row = conversation(store, 1)
    assert (row.status, row.waiting_since) == ("open", entry.created_at)
