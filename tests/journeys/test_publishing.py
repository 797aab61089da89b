"""A draft becomes a version: what changes, and where the people go who are under way."""

from typing import Any

import pytest

from shopbell.accounts.models import User
from shopbell.journeys import actions
from shopbell.journeys.drafting import change_draft, desk_of, replace_draft, start_draft
from shopbell.journeys.models import Draft, Journey
from shopbell.journeys.naming import names_now
from shopbell.journeys.publishing import Published, changes, publish_draft
from shopbell.journeys.sketch import step_of
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from tests.journeys.ground import Shop, pass_time, work
from tests.support.people import add_people, client_of

LIST = "/s/lark/journeys/"
FIRST: list[dict[str, Any]] = [
    {"id": "first", "do": "wait", "days": 2},
    {"id": "hello", "do": "send", "text": "welcome_order"},
    {"id": "second", "do": "wait", "days": 2},
    {"id": "again", "do": "send", "text": "welcome_choose"},
]
JOURNEY: dict[str, Any] = {
    "trigger": {"event": "consent.changed", "where": {"action": "granted", "topic": ""}},
    "steps": FIRST,
}


def edit(shop: Shop, *steps: dict[str, Any], key: str = "own") -> None:
    """Let the draft have these steps."""
    with store_scope(shop.store.pk):
        replace_draft(key=key, definition={**JOURNEY, "steps": list(steps)}, name="My own", by=None)


def publish(shop: Shop, *, move: bool = False, seen: int = 1, on: bool = False) -> Published:
    with store_scope(shop.store.pk):
        return publish_draft(key="own", seen=seen, over_file=True, move=move, on=on, by=None)


def two_under_way(shop: Shop) -> None:
    """Let Ada wait at the first step, and Ben at the second wait."""
    shop.own(JOURNEY)
    shop.subscribe("ben@example.com")
    work()
    pass_time(days=2)
    shop.subscribe("ada@example.com")
    work()
    assert {run.step for run in shop.runs()} == {"first", "second"}


def test_people_under_way_finish_the_old_way(shop: Shop) -> None:
    two_under_way(shop)
    # when the last message is another one, and who is under way is left alone
    edit(shop, *FIRST[:3], {"id": "again", "do": "send", "text": "win_back"})
    done = publish(shop)
    assert (done.version.number, done.moved) == (2, 0)
    # then both get what was planned when they came in, and who comes later the new message
    shop.subscribe("cem@example.com")
    work()
    for _ in range(3):
        pass_time(days=2)
    told = sorted(kind for kind, _, _ in shop.told())
    assert told == ["welcome_choose"] * 2 + ["welcome_order"] * 3 + ["win_back"]


def test_people_under_way_move_where_their_step_is_still_there(shop: Shop) -> None:
    two_under_way(shop)
    # when the second wait is taken out, and the message behind it is another one
    edit(shop, *FIRST[:2], {"id": "other", "do": "send", "text": "win_back"})
    done = publish(shop, move=True)
    # then Ada goes on in the new version, and Ben, whose step is gone, finishes in the old one
    assert done.moved == 1
    assert "Goes on in version 2 of the journey" in shop.said()
    pass_time(days=2)
    assert {run.state for run in shop.runs()} == {"done"}
    told = sorted(kind for kind, _, _ in shop.told())
    assert told == ["welcome_choose", "welcome_order", "welcome_order", "win_back"]


def test_a_step_that_became_another_one_moves_nobody(shop: Shop) -> None:
    two_under_way(shop)
    # given an id that a waiting step had, now on a message
    edit(shop, {"id": "first", "do": "send", "text": "win_back"}, *FIRST[1:])
    assert publish(shop, move=True).moved == 1  # Ben alone, who waits at the second one
    pass_time(days=2)
    assert "win_back" not in [kind for kind, _, _ in shop.told()]


def test_what_changes_is_said_in_words(shop: Shop) -> None:
    new = {
        **JOURNEY,
        "goal": {"event": "order.placed"},
        "again_after_days": 30,
        "steps": [
            FIRST[2],
            {"id": "first", "do": "wait", "days": 3},
            {"id": "chance", "do": "split", "ways": [
                {"name": "A", "share": 50, "steps": [FIRST[3]]}, {"name": "B", "share": 50}]},
        ],
    }  # fmt: skip
    with store_scope(shop.store.pk):
        found = {(each.verb, each.says, each.was) for each in changes(JOURNEY, new, names_now())}
    assert found == {
        (
            "How often",
            "Once for each person, again after 30 days at the earliest",
            "Once for each person",
        ),
        ("Goal", "They ordered", "nothing"),
        ("New", "People go different ways, by chance", ""),
        ("Taken out", "Welcome: how ordering works", ""),
        ("Changed", "Wait 3 days", "Wait 2 days"),
        ("Moved", "Welcome: what interests you", ""),
        ("Moved", "Wait 2 days", ""),
    }


def test_mistakes_stop_it_and_so_does_a_version_that_came_meanwhile(shop: Shop) -> None:
    shop.own(JOURNEY)
    edit(shop, {"do": "send"}, {"do": "if", "segment": "nobody"}, {"do": "send", "text": "gone"})
    with pytest.raises(Invalid):
        publish(shop)
    edit(shop, {"id": "x", "do": "if", "segment": "nobody"})
    with pytest.raises(Invalid, match="no segment"):
        publish(shop)
    edit(shop, FIRST[0])
    with store_scope(shop.store.pk):
        row = Journey.objects.get()
        actions.save_version(journey=row, definition={**JOURNEY, "per": "order"}, by=None)
    with pytest.raises(Conflict, match="meanwhile"):
        publish(shop)
    assert publish(shop, seen=2).version.number == 3
    with pytest.raises(Conflict, match="no draft"):
        publish(shop, seen=3)


def test_it_is_published_and_switched_on_by_one_page(shop: Shop) -> None:
    owner = client_of(add_people(shop.store).user("owner"))
    with store_scope(shop.store.pk):
        key = start_draft(name="Fresh", definition=JOURNEY, by=User.objects.first()).key
    page = owner.get(f"{LIST}{key}/publish/").content.decode()
    assert "Publish and switch on" in page
    assert owner.post(f"{LIST}{key}/publish/", {"seen": "0", "on": "yes"}).status_code == 302
    with store_scope(shop.store.pk):
        row = Journey.objects.get()
        assert (row.key, row.name, row.state) == ("fresh", "Fresh", "live")
        assert not Draft.objects.exists()
    # and the next change says who is under way, and what differs
    shop.subscribe("ada@example.com")
    work()
    with store_scope(shop.store.pk):
        change_draft(key=key, by=None, change=lambda draft: draft.definition["steps"].pop(0))
    page = owner.get(f"{LIST}{key}/publish/").content.decode()
    assert "1 person is under way" in page
    assert "1 of them stands at a step that is gone" in page
    assert "Wait 2 days" in page
    assert owner.post(f"{LIST}{key}/publish/", {"seen": "0"}).status_code == 422
    # when it is thrown away instead
    assert owner.post(f"{LIST}{key}/discard/")["Location"] == f"{LIST}{key}/"
    with store_scope(shop.store.pk):
        assert step_of(desk_of(key).sketch, "first") is not None


def test_one_that_comes_from_a_file_says_so(shop: Shop) -> None:
    owner = client_of(add_people(shop.store).user("owner"))
    with store_scope(shop.store.pk):
        actions.keep_journey(key="filed", name="Filed", definition=JOURNEY, by=None)
        change_draft(key="filed", by=None, change=lambda draft: draft.definition["steps"].pop())
    assert "comes from a file" in owner.get(f"{LIST}filed/edit/").content.decode()
    assert owner.post(f"{LIST}filed/publish/", {"seen": "1"}).status_code == 422
    done = owner.post(f"{LIST}filed/publish/", {"seen": "1", "over_file": "yes"})
    assert done.status_code == 302
    assert "comes from a file" not in owner.get(f"{LIST}filed/edit/").content.decode()
