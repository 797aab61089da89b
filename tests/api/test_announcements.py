"""Announcements for programs: counted, written, agreed to by a person, stopped."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.callers import Caller, make_key

if TYPE_CHECKING:
    from tests.announcements.ground import Strike

BODY: dict[str, Any] = {
    "name": "DHL strike",
    "affected": {"carriers": ["dhl"], "countries": ["de"], "postcodes": ["10"]},
    "texts": {"en": {"subject": "Late", "text": "Sorry, {{ order.number }} is late."}},
    "channels": ["email"],
    "in_quiet_hours": True,
    "holds": ["delayed"],
    "author": "owner@lark.example",
}


@pytest.fixture
def strike(db: None) -> Any:
    from tests.announcements.ground import begin_strike
    from tests.support.smtp_sink import SmtpSink

    with SmtpSink() as sink:
        yield begin_strike(sink)


def test_what_a_program_writes_waits_for_a_second_person(strike: "Strike") -> None:
    strike.ship(1001)
    strike.ship(1002, postcode="20095")
    caller = Caller(strike.store, make_key(strike.store))

    # it is counted, and written in the owner's name, who could otherwise tell so many alone
    size = caller.ask("POST", "/announcements/size", BODY["affected"]).json
    assert size == {"orders": 1, "people": 1, "unreachable": 0}
    made = caller.ask("POST", "/announcements", BODY)
    assert made.status == 201, made.json
    [message] = made.json["messages"]
    assert (message["stage"], message["people"]) == ("waiting", 1)
    address = f"/announcements/{made.json['id']}"

    # neither the author nor who may not can agree
    for email in ("owner@lark.example", "agent@lark.example"):
        assert caller.ask("POST", f"{address}/approve", {"by": email}).status == 403
    agreed = caller.ask("POST", f"{address}/approve", {"by": "admin@lark.example"})
    assert agreed.status == 200, agreed.json
    strike.tell()

    # then it adds up, and can be followed up and ended
    [message] = caller.get(address)["messages"]
    assert (message["stage"], message["told"], message["under_way"]) == ("done", 1, 0)
    more = {"texts": {"en": {"subject": "Over", "text": "It is over."}}, "author": BODY["author"]}
    followed = caller.ask("POST", f"{address}/follow-ups", more)
    assert followed.json["messages"][1]["stage"] == "waiting"
    assert caller.ask("POST", f"{address}/end", {"by": "admin@lark.example"}).status == 409
    caller.ask("POST", f"{address}/approve", {"by": "admin@lark.example"})
    stopped = caller.ask("POST", f"{address}/stop", {"by": "admin@lark.example"})
    assert stopped.json["messages"][1]["stage"] == "stopped"
    ended = caller.ask("POST", f"{address}/end", {"by": "admin@lark.example"})
    assert (ended.status, ended.json["state"]) == (200, "over")
    assert caller.get("/announcements")["items"][0]["name"] == "DHL strike"


def test_mistakes_are_named(strike: "Strike") -> None:
    strike.ship(1001)
    caller = Caller(strike.store, make_key(strike.store))
    nobody = BODY | {"affected": {"carriers": ["UPS"]}}
    refused = caller.ask("POST", "/announcements", nobody).json["error"]
    assert "Nobody would get it" in refused["message"]
    everybody = BODY | {"affected": {}}
    assert caller.ask("POST", "/announcements", everybody).status == 422
    unread = BODY | {"texts": {"en": {"subject": "Late", "text": "Sorry, {{ order"}}}
    assert caller.ask("POST", "/announcements", unread).status == 422
    agent = BODY | {"author": "agent@lark.example"}
    assert caller.ask("POST", "/announcements", agent).status == 403
    assert caller.get("/announcements")["items"] == []
