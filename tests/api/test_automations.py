"""Macros, reasons, fields and checklists for programs."""

from typing import Any

import pytest

from shopbell.automations.actions import save_checklist, save_macro
from shopbell.conversations.actions import save_field, save_reason
from shopbell.kit.db.scope import store_scope
from tests.api.callers import Caller, make_caller
from tests.conversations.ground import add_widget, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    caller = make_caller("lark")
    chat = add_widget(caller.store)
    with store_scope(caller.store.pk):
        write(chat, "Where is my parcel?")
        top = save_reason(kind="contact", name="Delivery")
        save_reason(kind="contact", name="Late", parent=top)
        save_field(name="Weight", kind="number")
        save_checklist(name="Damage", steps=["Ask", "Tell"])
        tag: dict[str, Any] = {"key": "add_tag", "values": {"tag": "vip"}}
        mine: dict[str, Any] = {"key": "assign", "values": {"owner": "me"}}
        save_macro(name="Tag it", actions=[tag, mine], by=None)
    return caller


def test_a_macro_is_run_and_tells_what_it_could_not_do(caller: Caller) -> None:
    assert caller.get("/macros")[0]["says"] == "add the tag “vip” and take it"
    outcomes = caller.ask("POST", "/conversations/1/macros", {"macro": "Tag it"}).json
    assert [outcome["done"] for outcome in outcomes] == [True, False]
    body = {"macro": "Tag it", "author": "owner@lark.example"}
    outcomes = caller.ask("POST", "/conversations/1/macros", body).json
    assert [outcome["done"] for outcome in outcomes] == [True, True]
    assert caller.get("/conversations/1")["owner"] == "owner@lark.example"
    assert caller.ask("POST", "/conversations/1/macros", {"macro": "None"}).status == 404


def test_reasons_and_fields_are_noted_and_found_by(caller: Caller) -> None:
    assert [each["path"] for each in caller.get("/reasons")] == ["Delivery", "Delivery › Late"]
    assert caller.get("/fields")[0]["key"] == "weight"
    told = caller.ask("POST", "/conversations/1/reasons", {"reason": "Late"}).json
    assert told["reason"] == caller.get("/reasons")[1]["id"]
    told = caller.ask("POST", "/conversations/1/fields", {"values": {"weight": "2.5"}}).json
    assert told["fields"] == {"weight": 2.5}
    for query in ("reason=Delivery", "field=weight:2.5"):
        assert len(caller.get(f"/conversations?{query}")["items"]) == 1
    assert caller.get("/conversations?field=weight:3")["items"] == []
    assert caller.ask("GET", "/conversations?field=height:3").status == 422
    assert caller.ask("POST", "/conversations/1/fields", {"values": {"weight": "x"}}).status == 422
    told = caller.ask("POST", "/conversations/1/reasons", {"reason": None}).json
    assert told["reason"] is None


def test_a_checklist_is_added_and_ticked(caller: Caller) -> None:
    made = caller.ask("POST", "/conversations/1/checklists", {"checklist": "Damage"})
    assert made.status == 201
    step = made.json[0]["steps"][0]["id"]
    body = {"done": True, "author": "owner@lark.example"}
    told = caller.ask("POST", f"/conversations/1/steps/{step}", body).json
    assert told["done_by"] == "owner@lark.example"
    [shown] = caller.get("/conversations/1/checklists")
    assert [each["done_at"] is not None for each in shown["steps"]] == [True, False]
