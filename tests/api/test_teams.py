"""Teams, availability and promises for programs."""

import pytest

from shopbell.kit.db.scope import store_scope
from shopbell.slas.actions import save_policy
from tests.api.callers import Caller, make_caller
from tests.conversations.ground import add_widget, write
from tests.support.shop import settle


@pytest.fixture
def caller(committed_db: None) -> Caller:
    return make_caller("lark")


def test_a_team_is_made_changed_and_given_conversations(caller: Caller) -> None:
    team = {"name": "Repairs", "members": ["owner@lark.example"], "hands_out": "round_robin"}
    made = caller.ask("POST", "/teams", team)
    assert made.status == 200, made.json
    assert caller.ask("POST", "/teams", team | {"grace_minutes": 5}).json["id"] == made.json["id"]
    [found] = caller.get("/teams")["items"]
    assert (found["members"], found["grace_minutes"]) == (["owner@lark.example"], 5)
    assert caller.ask("POST", "/teams", team | {"members": ["x@y.example"]}).status == 422
    with store_scope(caller.store.pk):
        save_policy(name="All", first_minutes=60)
        write(add_widget(caller.store))
    settle()
    given = caller.ask("POST", "/conversations/1/assignment", {"team": "Repairs"})
    assert (given.json["team"], given.json["owner"]) == ("Repairs", None)
    taken = caller.ask("POST", "/conversations/1/assignment", {"owner": "owner@lark.example"})
    assert (taken.json["team"], taken.json["owner"]) == ("Repairs", "owner@lark.example")
    assert caller.ask("POST", "/conversations/1/assignment", {}).status == 422
    assert caller.ask("POST", "/conversations/1/assignment", {"team": "Sales"}).status == 422
    whole = caller.get("/conversations/1")
    assert whole["due_for"] == "first"
    assert [each["state"] for each in whole["promises"]] == ["running"]


def test_people_come_and_go_and_say_how_much_they_take(caller: Caller) -> None:
    [owner] = caller.get("/availability")["items"]
    assert owner["available"] is False
    body = {"agent": "owner@lark.example", "available": True, "capacity": 4}
    told = caller.ask("POST", "/availability", body | {"capacities": {"chat": 2}})
    assert told.status == 200, told.json
    assert (told.json["available"], told.json["capacities"]) == (True, {"chat": 2})
    assert caller.ask("POST", "/availability", body | {"agent": "x@y.example"}).status == 422
    assert caller.ask("POST", "/availability", body | {"capacity": -1}).status == 422
