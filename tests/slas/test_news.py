"""News that a person promised: counted down round the clock, kept by the next answer."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from shopbell.conversations.actions import (
    Reply,
    merge_conversations,
    send_reply,
    set_status,
    undo_reply,
)
from shopbell.conversations.models import Entry
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.slas.news import promise_news, take_news_back
from tests.api.callers import Caller, make_key
from tests.conversations.ground import write
from tests.slas.test_promises import MONDAY, Desk
from tests.slas.test_promises import desk as desk
from tests.support.shop import add_smtp


def test_news_promised_are_due_at_that_time_though_we_wait_for_the_customer(desk: Desk) -> None:
    # given a question that was answered with "you hear from us by tomorrow evening"
    row = desk.asks()
    at = MONDAY + timedelta(hours=34)  # 19:00, when nobody works
    desk.does(promise_news, conversation=row, at=at, by=desk.ada)
    desk.wait(minutes=1)
    desk.answers(row, then="pending")
    assert desk.due(row) == ("news", timedelta(hours=34))

    # when nobody thinks of it
    desk.wait(hours=33, minutes=50)
    assert desk.told() == ["sla.warned news"]
    desk.wait(minutes=20)

    # then it is told, once, and stays at the top until the answer comes
    assert desk.told() == ["sla.warned news", "sla.breached news"]
    desk.answers(row)
    assert desk.clocks(row)["news"] == "missed"
    assert desk.due(row) == ("", None)


def test_the_next_answer_keeps_it_and_undoing_that_answer_owes_it_again(desk: Desk) -> None:
    with store_scope(desk.store.pk):
        entry = write(add_smtp(desk.store, 1), external_key="t-1")
    desk.settle()
    row = desk.look(entry)
    desk.does(promise_news, conversation=row, at=MONDAY + timedelta(hours=5), by=desk.ada)
    desk.wait(minutes=30)
    with store_scope(desk.store.pk):
        sent = send_reply(store=desk.store, conversation=row, author=desk.ada, reply=Reply("Soon."))
    while PUMPS["events"].run():
        pass
    assert desk.clocks(row)["news"] == "met"
    desk.does(undo_reply, entry=sent, by=desk.ada)
    assert desk.clocks(row)["news"] == "running"


def test_a_new_time_replaces_the_old_one_and_it_can_be_taken_back(desk: Desk) -> None:
    row = desk.asks()
    desk.does(promise_news, conversation=row, at=MONDAY + timedelta(minutes=30), by=desk.ada)
    desk.wait(minutes=1)
    desk.does(promise_news, conversation=row, at=MONDAY + timedelta(minutes=40), by=desk.ada)
    assert desk.due(row) == ("news", timedelta(minutes=40))
    desk.does(take_news_back, conversation=row, by=desk.ada)
    assert desk.due(row) == ("first", timedelta(hours=1))
    with store_scope(desk.store.pk):
        said = list(Entry.objects.filter(kind="activity").values_list("text", flat=True))
    assert said == ["News promised", "News promised", "No news promised any more"]


def test_it_goes_along_when_conversations_are_merged_and_ends_with_the_conversation(
    desk: Desk,
) -> None:
    first = desk.asks()
    with store_scope(desk.store.pk):
        other = write(add_smtp(desk.store, 1), "By mail", external_key="t-1")
    desk.settle()
    second = desk.look(other)
    desk.does(promise_news, conversation=first, at=MONDAY + timedelta(minutes=20), by=desk.ada)
    desk.does(merge_conversations, conversation=first, into=second, by=desk.ada)
    assert desk.due(second) == ("news", timedelta(minutes=20))
    desk.does(set_status, conversation=desk.look(second), status="resolved", by=desk.ada)
    assert desk.clocks(second)["news"] == "dropped"
    desk.does(set_status, conversation=desk.look(second), status="open", by=desk.ada)
    assert desk.clocks(second)["news"] == "dropped"


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_a_time_that_makes_no_sense_is_refused(desk: Desk, hours: int) -> None:
    row = desk.asks()
    with store_scope(desk.store.pk), pytest.raises(Invalid, match="within a year"):
        promise_news(conversation=row, at=clock.now() + timedelta(hours=hours), by=desk.ada)


def test_nothing_is_promised_in_a_conversation_that_is_over(desk: Desk) -> None:
    row = desk.asks()
    desk.does(set_status, conversation=row, status="resolved", by=desk.ada)
    with store_scope(desk.store.pk), pytest.raises(Conflict, match="over"):
        promise_news(conversation=row, at=clock.now() + timedelta(hours=1), by=desk.ada)


def test_an_agent_notes_it_in_the_menu_and_a_program_by_the_api(desk: Desk) -> None:
    # given
    row = desk.asks()
    client = Client()
    client.force_login(desk.ada)
    page = f"/s/{desk.store.slug}/inbox/{row.number}/"

    # when it is noted in the store's zone, then what it shows
    assert "You said you would write by" in client.get(page).content.decode()
    told = {"by": "typed", "at": (MONDAY + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")}
    assert client.post(f"{page}news/", told, headers={"HX-Request": "true"}).status_code == 204
    zone = ZoneInfo(desk.store.timezone)
    at = (MONDAY + timedelta(minutes=30)).replace(tzinfo=zone)
    assert desk.due(row) == ("news", at - MONDAY)
    assert "News promised due" in client.get(page).content.decode()
    for wrong in ({"by": "typed"}, {"by": "soon"}, {"by": "typed", "at": "whenever"}):
        assert client.post(f"{page}news/", wrong, headers={"HX-Request": "true"}).status_code == 422
    assert client.post(f"{page}news/back/", headers={"HX-Request": "true"}).status_code == 204
    assert desk.due(row)[0] == "first"

    # and by the API
    desk.wait(minutes=1)
    caller = Caller(desk.store, make_key(desk.store, "conversations:write"))
    at = MONDAY + timedelta(minutes=40)
    answer = caller.ask("POST", f"/conversations/{row.number}/news", {"by": at.isoformat()})
    assert (answer.status, answer.json["due_for"]) == (200, "news")
    answer = caller.ask("POST", f"/conversations/{row.number}/news", {"by": None})
    assert answer.json["due_for"] != "news"
