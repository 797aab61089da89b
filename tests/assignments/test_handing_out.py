"""Waiting customers go to people who are here and have room, and nobody offline keeps one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from shopbell.assignments.actions import drop_team, save_team
from shopbell.assignments.agents import set_available, set_capacity
from shopbell.assignments.models import Agent
from shopbell.conversations.actions import Reply, assign, send_reply, set_status
from shopbell.conversations.models import Conversation, Team
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.assignments.ground import MONDAY, Floor
from tests.support.shop import settle


@pytest.fixture
def floor(committed_db: None) -> Iterator[Floor]:
    with time_machine.travel(MONDAY, tick=False) as travel:
        yield Floor(travel)


def test_in_turn_everybody_gets_one_and_each_says_why(floor: Floor) -> None:
    floor.agent("Ada")
    floor.agent("Bob")
    floor.agent("Cleo", here=False)
    floor.everybody("round_robin")
    floor.ask("mara", "tom", "ida")
    assert floor.owners() == ["Ada", "Bob", "Ada"]
    assert floor.said(1) == ["Given to Ada: next in turn, of 2 with room, 0 of 10 before"]
    with store_scope(floor.store.pk):
        last = Event.objects.filter(name="conversation.assigned").order_by("-id")[0]
    assert last.data["reason"].startswith("next in turn")


def test_the_least_loaded_is_measured_by_what_each_takes(floor: Floor) -> None:
    floor.agent("Ada", 10)
    floor.agent("Bob", 4)
    floor.everybody("least_loaded")
    floor.ask("a", "b", "c", "d", "e", "f", "g")
    assert floor.owners().count("Ada") == 5
    assert floor.owners().count("Bob") == 2


def test_nobody_gets_more_than_they_take_and_who_waits_longest_comes_first(floor: Floor) -> None:
    floor.agent("Ada", 2)
    floor.everybody("round_robin")
    rows = floor.ask("a", "b", "c", "d")
    assert floor.owners() == ["Ada", "Ada", "-", "-"]
    # one is closed
    with store_scope(floor.store.pk):
        set_status(conversation=rows[0], status="resolved", by=None)
    settle()
    assert floor.owners() == ["Ada", "Ada", "Ada", "-"]
    # she takes more
    with store_scope(floor.store.pk):
        set_capacity(user=floor.people["Ada"], capacity=3)
    settle()
    assert floor.owners()[3] == "Ada"


def test_chats_have_a_limit_of_their_own_and_an_answered_one_goes_on_for_a_while(
    floor: Floor,
) -> None:
    floor.agent("Ada", 10, chat=1)
    floor.everybody("least_loaded")
    first, _ = floor.ask("a", "b")
    with store_scope(floor.store.pk):
        reply = Reply("One moment")
        send_reply(store=floor.store, conversation=first, author=floor.people["Ada"], reply=reply)
    settle()
    assert floor.owners() == ["Ada", "-"]
    floor.wait(here=("Ada",), minutes=16)
    assert floor.owners() == ["Ada", "Ada"]


def test_what_waits_is_handed_out_when_somebody_comes(floor: Floor) -> None:
    ada = floor.agent("Ada", here=False)
    floor.everybody("round_robin")
    floor.ask("a", "b")
    assert floor.owners() == ["-", "-"]
    with store_scope(floor.store.pk):
        set_available(user=ada, available=True)
    settle()
    assert floor.owners() == ["Ada", "Ada"]


def test_a_team_gets_what_comes_in_at_its_inbox_and_nobody_else_does(floor: Floor) -> None:
    floor.agent("Ada")
    floor.agent("Bob", 1)
    team = floor.gather("Repairs", "least_loaded", "Bob")
    floor.ask("a", "b")
    assert floor.owners() == ["Bob", "-"]
    assert "Given to the team Repairs: it came in at" in floor.said(1)[0]
    with store_scope(floor.store.pk):
        save_team(
            name="Repairs",
            members=[floor.people["Ada"], floor.people["Bob"]],
            mode="least_loaded",
            team=team,
        )
    settle()
    assert floor.owners() == ["Bob", "Ada"]


def test_who_closes_the_last_page_is_away_and_gives_back_after_the_grace(floor: Floor) -> None:
    floor.hours()
    floor.agent("Ada")
    floor.agent("Bob", here=False)
    floor.gather("All", "round_robin", "Ada", "Bob", grace=10)
    floor.ask("a")
    floor.wait(minutes=5)  # no page is open
    with store_scope(floor.store.pk):
        row = Agent.objects.get(user=floor.people["Ada"])
        assert (row.is_available, row.left) == (False, True)
    assert floor.owners() == ["Ada"]  # within the grace
    floor.wait(minutes=10)
    assert floor.owners() == ["-"]
    assert "Given back: Ada has been away for 10 min while the customer waits" in floor.said(1)
    with store_scope(floor.store.pk):
        set_available(user=floor.people["Bob"], available=True)
    settle()
    assert floor.owners() == ["Bob"]


def test_the_grace_counts_working_time_only(floor: Floor) -> None:
    floor.hours("Mon-Fri 9-10")
    floor.agent("Ada")
    floor.gather("All", "round_robin", "Ada", grace=30)
    assert floor.travel is not None
    floor.travel.shift(timedelta(minutes=50))
    with store_scope(floor.store.pk):
        set_available(user=floor.people["Ada"], available=True)
    floor.ask("a")
    floor.wait(minutes=20)  # ten minutes of work, then closed
    floor.travel.shift(timedelta(hours=2, minutes=40))
    assert floor.owners() == ["Ada"]
    floor.travel.shift(timedelta(hours=20, minutes=25))  # the next morning
    floor.wait(minutes=10)
    assert floor.owners() == ["-"]


def test_what_was_answered_stays_and_what_is_taken_by_hand_is_not_snatched_away(
    floor: Floor,
) -> None:
    ada = floor.agent("Ada", here=False)
    floor.gather("All", "round_robin", "Ada", grace=10)
    answered, taken = floor.ask("a", "b")
    floor.wait(minutes=20)
    with store_scope(floor.store.pk):
        for row in (answered, taken):
            assign(conversation=row, by=ada, owner=ada, team=Team.objects.get())
        send_reply(store=floor.store, conversation=answered, author=ada, reply=Reply("Hello"))
    settle()
    floor.wait(minutes=8)
    assert floor.owners() == ["Ada", "Ada"]
    floor.wait(minutes=5)
    assert floor.owners() == ["Ada", "-"]


def test_without_handing_out_nothing_is_given_nor_taken(floor: Floor) -> None:
    ada = floor.agent("Ada")
    [row] = floor.ask("a")
    with store_scope(floor.store.pk):
        assign(conversation=row, by=ada, owner=ada)
    floor.wait(hours=2)
    assert floor.owners() == ["Ada"]


def test_a_team_is_thrown_away_and_its_conversations_keep_their_owners(floor: Floor) -> None:
    floor.agent("Ada")
    team = floor.gather("All", "round_robin", "Ada")
    floor.ask("a")
    with store_scope(floor.store.pk):
        drop_team(team=team, by=None)
        row = Conversation.objects.get()
        assert (row.team_id, row.owner) == (None, floor.people["Ada"])
        with pytest.raises(Invalid):
            save_team(name=" ", members=[])
        save_team(name="All", members=[])
        with pytest.raises(Conflict):
            save_team(name="All", members=[])
