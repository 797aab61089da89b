"""What is promised, since when, until when, and what stops or breaks it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shopbell.accounts.models import Store, User
from shopbell.automations.actions import Draft, save_rule, switch_rule
from shopbell.calendars.actions import save_calendar
from shopbell.calendars.notation import parse_hours
from shopbell.connections.models import Connection
from shopbell.conversations.actions import (
    Reply,
    assign,
    merge_conversations,
    send_reply,
    set_priority,
    set_status,
    snooze,
    undo_regrouping,
    undo_reply,
)
from shopbell.conversations.models import Conversation, Entry, Regrouping, Team
from shopbell.conversations.snoozes import run_snoozes
from shopbell.events.models import Event
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.slas.actions import add_presets, drop_policy, move_policy, save_policy
from shopbell.slas.models import Clock, Policy
from shopbell.slas.pumps import run_clocks
from shopbell.slas.queries import standings_of
from shopbell.slas.tasks import follow_all
from tests.conversations.ground import add_widget, agent, conversation_of, write
from tests.support.days import coming_monday
from tests.support.shop import add_smtp, make_store, settle

MONDAY = coming_monday(9)
MINUTE = timedelta(minutes=1)


class Desk:
    """A store on a Monday morning at nine, with hours from nine to five and a chat."""

    def __init__(self, travel: time_machine.Traveller) -> None:
        self.travel = travel
        self.store: Store = make_store()
        self.ada: User = agent(self.store)
        self.chat: Connection = add_widget(self.store)
        with store_scope(self.store.pk):
            save_calendar(name="Office", zone="UTC", week=parse_hours("Mon-Fri 9-17"))
            self.policy: Policy = save_policy(
                name="Chat", first_minutes=60, next_minutes=30, resolution_minutes=600
            )

    def wait(self, **span: float) -> None:
        """Let time pass, and what happens by itself happen."""
        self.travel.shift(timedelta(**span))
        self.settle()

    def settle(self) -> None:
        run_snoozes()
        settle()
        run_clocks()
        settle()

    def asks(self, text: str = "Where is it?", **fields: object) -> Conversation:
        with store_scope(self.store.pk):
            entry = write(self.chat, text, **fields)
        self.settle()
        return self.look(entry)

    def look(self, entry: Entry | Conversation) -> Conversation:
        key = entry.conversation_id if isinstance(entry, Entry) else entry.pk
        with store_scope(self.store.pk):
            return Conversation.objects.select_related("owner", "team").get(pk=key)

    def answers(self, row: Conversation, author: User | None = None, then: str = "") -> Entry:
        with store_scope(self.store.pk):
            reply = Reply("It is on its way.", then=then)
            found = send_reply(
                store=self.store, conversation=row, author=author or self.ada, reply=reply
            )
        self.settle()
        return found

    def does(self, verb: object, **values: object) -> None:
        with store_scope(self.store.pk):
            verb(**values)  # type: ignore[operator]
        self.settle()

    def due(self, row: Conversation) -> tuple[str, timedelta | None]:
        """Return what is due next, and how long after Monday nine."""
        found = self.look(row)
        return found.due_for, found.due_at - MONDAY if found.due_at else None

    def told(self) -> list[str]:
        with store_scope(self.store.pk):
            rows = Event.objects.filter(name__startswith="sla.").order_by("id")
            return [f"{row.name} {row.data['target']}" for row in rows]

    def clocks(self, row: Conversation) -> dict[str, str]:
        with store_scope(self.store.pk):
            return {
                each.target: each.outcome or ("frozen" if each.due_at is None else "running")
                for each in Clock.objects.filter(conversation=row).order_by("started_at")
            }


@pytest.fixture
def desk(committed_db: None) -> Iterator[Desk]:
    with time_machine.travel(MONDAY, tick=False) as travel:
        yield Desk(travel)


def test_the_first_answer_is_due_in_working_time(desk: Desk) -> None:
    desk.wait(hours=7, minutes=30)  # 16:30
    row = desk.asks()
    assert desk.due(row) == ("first", timedelta(hours=24, minutes=30))  # half past nine next day


def test_an_answer_keeps_the_promise_and_the_next_question_begins_the_next(desk: Desk) -> None:
    row = desk.asks()
    desk.wait(minutes=20)
    desk.answers(row)
    assert desk.clocks(row) == {"first": "met", "resolution": "frozen"}
    assert desk.due(row) == ("", None)
    desk.wait(minutes=10)
    desk.asks("And the other one?")
    assert desk.due(row) == ("next", timedelta(hours=1))
    desk.wait(minutes=5)
    desk.asks("Hello?")
    assert desk.due(row) == ("next", timedelta(hours=1))  # asking again starts nothing anew


def test_waiting_for_the_customer_freezes_the_clock_and_snoozing_too(desk: Desk) -> None:
    row = desk.asks()
    desk.wait(minutes=20)
    desk.does(set_status, conversation=row, status="pending", by=desk.ada)
    desk.wait(minutes=60)
    assert desk.due(row) == ("", None)
    with store_scope(desk.store.pk):
        [first, _] = standings_of(row)
    assert (first.state, first.left) == ("frozen", 40 * MINUTE)
    desk.does(set_status, conversation=row, status="open", by=desk.ada)
    assert desk.due(row) == ("first", timedelta(hours=2))
    desk.does(snooze, conversation=row, until=clock.now() + timedelta(hours=1), by=desk.ada)
    desk.wait(minutes=61)
    assert desk.look(row).status == "open"
    assert desk.due(row) == ("first", timedelta(hours=3, minutes=1))
    assert desk.told() == []


def test_it_warns_once_then_tells_once_that_a_promise_is_broken(desk: Desk) -> None:
    row = desk.asks()
    desk.wait(minutes=44)
    assert desk.told() == []
    desk.wait(minutes=1)
    desk.wait(minutes=5)
    assert desk.told() == ["sla.warned first"]
    desk.wait(minutes=10)
    desk.wait(minutes=10)
    assert desk.told() == ["sla.warned first", "sla.breached first"]
    assert desk.due(row) == ("first", timedelta(hours=1))  # it stays at the top of the list
    desk.answers(row)
    assert desk.clocks(row)["first"] == "missed"
    assert desk.told() == ["sla.warned first", "sla.breached first"]


def test_an_answer_too_late_is_broken_though_nobody_swept(desk: Desk) -> None:
    row = desk.asks()
    desk.travel.shift(timedelta(minutes=70))
    desk.answers(row)
    assert desk.clocks(row)["first"] == "missed"
    assert desk.told() == ["sla.breached first"]


def test_a_move_does_not_start_the_clock_again_but_another_promise_may_count(desk: Desk) -> None:
    with store_scope(desk.store.pk):
        team = Team.objects.create(name="Repairs")
        fast = save_policy(name="Repairs", first_minutes=30, teams=[team.pk])
        move_policy(policy=fast, up=True)
    row = desk.asks()
    desk.wait(minutes=10)
    desk.does(assign, conversation=row, by=desk.ada, owner=desk.ada)
    assert desk.due(row) == ("first", timedelta(hours=1))
    desk.does(assign, conversation=row, by=desk.ada, owner=desk.ada, team=team)
    assert desk.due(row) == ("first", timedelta(minutes=30))
    assert desk.clocks(row) == {"first": "running", "resolution": "dropped"}
    desk.does(assign, conversation=row, by=desk.ada)
    assert desk.due(row) == ("first", timedelta(hours=1))


def test_priority_chooses_another_promise(desk: Desk) -> None:
    with store_scope(desk.store.pk):
        urgent = save_policy(name="Urgent", first_minutes=15, priorities=[3])
        move_policy(policy=urgent, up=True)
    row = desk.asks()
    desk.does(set_priority, conversation=row, priority=3, by=desk.ada)
    assert desk.due(row) == ("first", timedelta(minutes=15))


def test_bounces_and_automatic_answers_neither_ask_nor_answer(desk: Desk) -> None:
    row = desk.asks()
    entry = desk.answers(row)
    with store_scope(desk.store.pk):
        Entry.objects.filter(pk=entry.pk).update(nature="automatic")
    desk.does(set_status, conversation=row, status="open", by=None)
    assert desk.due(row)[0] == "first"
    desk.answers(row)
    with store_scope(desk.store.pk):
        write(desk.chat, "I am away until Monday", nature="auto_reply")
    desk.settle()
    assert desk.due(row) == ("", None)


def test_taking_an_answer_back_is_as_if_it_had_never_been(desk: Desk) -> None:
    with store_scope(desk.store.pk):
        mail = add_smtp(desk.store, 1)
        entry = write(mail, external_key="t-1")
    desk.settle()
    row = desk.look(entry)
    desk.travel.shift(10 * MINUTE)
    with store_scope(desk.store.pk):
        sent = send_reply(store=desk.store, conversation=row, author=desk.ada, reply=Reply("Soon."))
    while PUMPS["events"].run():
        pass
    assert desk.clocks(row)["first"] == "met"
    desk.does(undo_reply, entry=sent, by=desk.ada)
    assert desk.due(row) == ("first", timedelta(hours=1))


def test_resolving_ends_all_and_reopening_starts_a_new_resolution(desk: Desk) -> None:
    row = desk.asks()
    desk.answers(row, then="resolved")
    assert desk.clocks(row) == {"first": "met", "resolution": "met"}
    desk.wait(hours=2)
    desk.asks("It is broken!")
    assert desk.due(row) == ("next", timedelta(hours=2, minutes=30))
    assert desk.clocks(row)["resolution"] == "running"


def test_after_merging_the_survivor_owes_what_both_were_owed(desk: Desk) -> None:
    first = desk.asks("By chat")
    with store_scope(desk.store.pk):
        mail = add_smtp(desk.store, 1)
    desk.wait(minutes=10)
    with store_scope(desk.store.pk):
        other = write(mail, "By mail", external_key="t-1")
    desk.settle()
    second = desk.look(other)
    desk.does(merge_conversations, conversation=first, into=second, by=desk.ada)
    assert desk.due(first) == ("", None)
    assert desk.due(second) == ("first", timedelta(hours=1))
    # and when that is undone, each is owed its own again
    with store_scope(desk.store.pk):
        done = Regrouping.objects.get()
    desk.does(undo_regrouping, regrouping=done, by=desk.ada)
    assert desk.due(first) == ("first", timedelta(hours=1))
    assert desk.due(second) == ("first", timedelta(hours=1, minutes=10))


def test_what_is_changed_counts_for_what_runs(desk: Desk) -> None:
    row = desk.asks()
    with store_scope(desk.store.pk):
        save_policy(name="Chat", first_minutes=120, policy=desk.policy)
    follow_all(desk.store.pk)
    assert desk.due(row) == ("first", timedelta(hours=2))
    with store_scope(desk.store.pk):
        drop_policy(policy=desk.policy)
    follow_all(desk.store.pk)
    assert desk.due(row) == ("", None)
    assert set(desk.clocks(row).values()) == {"dropped"}


def test_the_usual_promises_are_made_once(desk: Desk) -> None:
    with store_scope(desk.store.pk):
        made = {row.name: row.first_minutes for row in add_presets()}
        assert made["E-mail and forms"] == 240
        assert add_presets() == []
        assert Policy.objects.get(name="Chat").first_minutes == 60  # the own one stays


def test_a_rule_raises_the_priority_when_a_promise_is_about_to_be_broken(desk: Desk) -> None:
    with store_scope(desk.store.pk):
        team = Team.objects.create(name="Night watch")
        actions = [
            {"key": "set_priority", "values": {"priority": "3"}},
            {"key": "give_to_team", "values": {"team": str(team.pk)}},
        ]
        draft = Draft("Escalate", "sla_warned", 60, [], actions)
        switch_rule(rule=save_rule(draft=draft, by=None), on=True, by=None)
    row = desk.asks()
    desk.wait(minutes=46)
    found = desk.look(row)
    assert (found.priority, found.team) == (3, team)


def test_what_happens_at_once_in_many_conversations_moves_each_clock(desk: Desk) -> None:
    # given in one batch: two that go on, one that waits and is open again, one merged away
    with store_scope(desk.store.pk):
        rows = [
            conversation_of(write(desk.chat, visitor=f"v{n}", email=f"c{n}@shop.example"))
            for n in range(3)
        ]
        also = write(desk.chat, visitor="v9", email="c0@shop.example", fresh=True)
        rows.append(conversation_of(also))
        for status in ("pending", "open"):
            set_status(conversation=rows[1], status=status, by=desk.ada)
        set_status(conversation=rows[2], status="pending", by=desk.ada)
        merge_conversations(conversation=rows[3], into=rows[0], by=desk.ada)
    desk.settle()
    hour = ("first", timedelta(hours=1))
    assert [desk.due(row) for row in rows] == [hour, hour, ("", None), ("", None)]
    assert desk.clocks(rows[2]) == {"first": "frozen", "resolution": "frozen"}
    # when both answers and questions come in one batch
    desk.travel.shift(10 * MINUTE)
    with store_scope(desk.store.pk):
        for row in rows[:2]:
            send_reply(
                store=desk.store, conversation=row, author=desk.ada, reply=Reply("Soon.", then="")
            )
        desk.travel.shift(MINUTE)
        write(desk.chat, "And when?", visitor="v1", email="c1@shop.example")
    desk.settle()
    assert desk.clocks(rows[0])["first"] == "met"
    assert desk.due(rows[1])[0] == "next"


def test_clocks_cost_as_many_statements_for_many_as_for_a_few(desk: Desk) -> None:
    def questions(first: int, count: int) -> int:
        with store_scope(desk.store.pk):
            for n in range(first, first + count):
                write(desk.chat, visitor=f"v{n}", email=f"c{n}@shop.example")
        with CaptureQueriesContext(connection) as seen:
            settle()
        with store_scope(desk.store.pk):
            assert Clock.objects.filter(ended_at=None).count() == Conversation.objects.count() * 2
        return len(seen)

    questions(0, 1)
    assert questions(10, 15) <= questions(100, 3) + 2
