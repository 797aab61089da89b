"""Segments for programs: counted, kept, read with who is in them, thrown away."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.callers import Caller, make_caller

if TYPE_CHECKING:
    from shopbell.accounts.models import Store

MARA = {"all": [{"is": "orders", "at_least": 1}]}


@pytest.fixture
def caller(db: None) -> Caller:
    return make_caller("wren")


def settle(store: "Store") -> None:
    """Make profiles, and let segments be filled."""
    from shopbell.events.pump import PUMPS
    from tests.campaigns.ground import know_people

    know_people(store)
    for name in ("events", "segments", "segments"):
        PUMPS[name].run()


def test_a_segment_is_kept_and_says_whom_it_describes(caller: Caller) -> None:
    for number in range(3):
        person = {"id": f"c{number}", "email": f"p{number}@mail.example", "country": "DE"}
        assert caller.ask("POST", "/customers", person).status == 201
    settle(caller.store)

    conditions = {"definition": {"all": [{"is": "country", "countries": ["DE"]}]}}
    counted = caller.ask("POST", "/segments/count", conditions)
    assert counted.json["people"] == 3, counted.json
    made = caller.ask("POST", "/segments", conditions | {"name": "Germany", "note": "North"})
    assert made.status == 201, made.json
    assert made.json["says"] == counted.json["says"]
    settle(caller.store)
    address = f"/segments/{made.json['id']}"
    assert caller.get(address)["size"] == 3
    inside = caller.get(f"{address}/customers?limit=2")
    rest = caller.get(f"{address}/customers?limit=2&cursor={inside['next']}")
    emails = {each["email"] for each in [*inside["items"], *rest["items"]]}
    assert emails == {f"p{number}@mail.example" for number in range(3)}

    # changed, its members follow
    other = {"definition": {"all": [{"is": "country", "countries": ["FR"]}]}, "name": "France"}
    assert caller.ask("PUT", address, other).json["name"] == "France"
    settle(caller.store)
    assert caller.get(f"{address}/customers")["items"] == []
    assert caller.ask("DELETE", address).status == 200
    assert caller.ask("GET", address).status == 404


def test_those_that_came_with_it_are_found_by_key_and_stay(caller: Caller) -> None:
    settle(caller.store)
    listed: list[dict[str, Any]] = caller.get("/segments")["items"]
    assert "lapsed" in {each["key"] for each in listed}
    assert caller.get("/segments/lapsed")["says"].startswith("Everybody who")
    assert caller.ask("DELETE", "/segments/lapsed").status == 409


def test_mistakes_are_told_with_their_place(caller: Caller) -> None:
    wrong = {"name": "Odd", "definition": {"all": [{"is": "no-such-thing"}]}}
    refused = caller.ask("POST", "/segments", wrong)
    assert refused.status == 422
    assert any("all.0" in place for place in refused.json["error"]["fields"])
    assert caller.ask("GET", "/segments/nowhere").status == 404
