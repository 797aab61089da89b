"""Channel plans, their trials and quiet hours for programs."""

import pytest

from shopbell.kit.db.scope import store_scope
from shopbell.messaging.policy import Budget, policy_of
from shopbell.notifications.queries import settings_of_store
from tests.api.callers import Caller, make_caller
from tests.messaging.ground import add_sandbox_sms
from tests.notifications.test_trials import news


@pytest.fixture
def caller(committed_db: None) -> Caller:
    return make_caller("lark")


def test_a_plan_is_read_and_changed_in_parts(caller: Caller) -> None:
    found = {each["kind"]: each for each in caller.get("/notifications")["items"]}
    assert found["dispatched"]["channels"] == ["whatsapp", "sms", "email"]
    plan = {
        "channels": ["sms", "email"],
        "waits": {"sms": 20},
        "stages": {"complaining": {"channels": ["used", "email"], "waits": {"used": 5}}},
    }
    saved = caller.ask("POST", "/notifications/dispatched", plan)
    assert saved.status == 200, saved.json
    later = caller.ask("POST", "/notifications/dispatched", {"delay_minutes": 5}).json
    assert (later["delay_minutes"], later["stages"]) == (5, plan["stages"])
    with store_scope(caller.store.pk):
        assert settings_of_store()["dispatched"].waits == {"sms": 20}
    for wrong in (
        {"channels": ["pigeon"]},
        {"waits": {"sms": 0}},
        {"stages": {"angry": {"channels": ["email"]}}},
        {"stages": {"new": {"channels": ["used"]}}},
    ):
        assert caller.ask("POST", "/notifications/dispatched", wrong).status == 422, wrong
    assert caller.ask("POST", "/notifications/nothing", {}).status == 404


def test_a_plan_is_tried_on_last_month(caller: Caller) -> None:
    add_sandbox_sms(caller.store)
    with store_scope(caller.store.pk):
        news("mara")
        news("nophone", phone="")
    plan = {"channels": ["sms"], "waits": {"sms": 20}}
    tried = caller.ask("POST", "/notifications/dispatched/trials", plan).json
    assert (tried["finished"], tried["total"]) == (True, 2)
    assert {"channel": "sms", "would": 1, "was": 0} in tried["channels"]
    assert {"channel": "nobody", "would": 1, "was": 0} in tried["channels"]
    assert "There is no phone number for this customer." in [
        each["example"] for each in tried["reasons"]
    ]
    assert caller.get(f"/notifications/trials/{tried['id']}") == tried
    gone = "/notifications/trials/00000000-0000-7000-8000-000000000000"
    assert caller.ask("GET", gone).status == 404


def test_quiet_hours_are_read_and_changed_in_parts(caller: Caller) -> None:
    assert caller.get("/quiet-hours")["quiet_from"] == "21:00"
    weekly = {"purpose": "marketing", "channel": "any", "count": 2, "hours": 168}
    body = {"quiet_days": [6], "budgets": [weekly]}
    saved = caller.ask("POST", "/quiet-hours", body)
    assert saved.status == 200, saved.json
    caller.ask("POST", "/quiet-hours", {"quiet_until": "09:00"})
    caller.store.refresh_from_db()
    policy = policy_of(caller.store)
    assert policy.budgets == (Budget("marketing", "any", 2, 168),)
    assert f"{policy.quiet_until:%H:%M}" == "09:00"
    none = weekly | {"count": 0}
    for wrong in ({"quiet_from": "25:00"}, {"quiet_days": [7]}, {"budgets": [none]}):
        assert caller.ask("POST", "/quiet-hours", wrong).status == 422, wrong
