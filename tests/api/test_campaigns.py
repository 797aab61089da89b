"""Campaigns for programs: counted, written, checked, agreed to by a person, stopped."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.callers import Caller, make_key

if TYPE_CHECKING:
    from tests.campaigns.ground import Shop

SAID = {
    "subject": "Spring is here",
    "blocks": [
        {"kind": "text", "text": "Hello {{ customer.first_name | default: 'there' }}!"},
        {"kind": "button", "label": "Have a look", "url": "https://lark.example/spring"},
    ],
}
BODY: dict[str, Any] = {
    "name": "Spring",
    "variants": [{"texts": {"en": SAID}}],
    "author": "supervisor@lark.example",
}


@pytest.fixture
def shop(db: None) -> "Iterator[Shop]":
    from tests.campaigns.ground import add_people_who_agree, know_people, open_shop
    from tests.support.smtp_sink import SmtpSink

    with SmtpSink() as sink:
        made = open_shop(sink)
        add_people_who_agree(made.store, 12)
        add_people_who_agree(made.store, 1, first=12, agree=False)
        know_people(made.store)
        yield made


def test_what_a_program_submits_waits_for_a_second_person(shop: "Shop") -> None:
    from tests.campaigns.ground import work

    caller = Caller(shop.store, make_key(shop.store))

    # it is counted, written and checked
    size = caller.ask("POST", "/campaigns/size", {}).json
    assert size == {"people": 13, "reachable": 13, "allowed": 12}
    made = caller.ask("POST", "/campaigns", BODY)
    assert made.status == 201, made.json
    assert made.json["stage"] == "draft"
    address = f"/campaigns/{made.json['id']}"
    checked = caller.get(f"{address}/check")
    assert checked["can_leave"], checked
    assert {each["variant"] for each in checked["findings"]} == {"A"}

    # submitted, it waits for somebody who is not its author, though one may write to many alone
    asked = caller.ask("POST", f"{address}/submit", {"by": "supervisor@lark.example"})
    assert asked.status == 200, asked.json
    assert (asked.json["stage"], "asked for it" in asked.json["why_waits"]) == ("waiting", True)
    work()
    assert shop.mails() == []
    for email in ("supervisor@lark.example", "agent@lark.example"):
        assert caller.ask("POST", f"{address}/approve", {"by": email}).status == 403
    agreed = caller.ask("POST", f"{address}/approve", {"by": "admin@lark.example"})
    assert (agreed.status, agreed.json["stage"]) == (200, "scheduled"), agreed.json
    work()

    # then it adds up, person by person
    told = caller.get(address)
    assert told["stage"] == "done"
    numbers = told["numbers"]
    assert numbers.pop("people") == sum(numbers.values()) == 13
    assert (numbers["sent"], numbers["left_out"]) == (12, 1)
    assert (told["variants"][0]["sent"], len(shop.mails())) == (12, 12)
    [reason] = told["reasons"]
    assert (reason["state"], reason["people"]) == ("left_out", 1)
    [row] = caller.get(f"{address}/recipients?state=left_out")["items"]
    assert (row["email"], row["message"]) == ("p12@mail.example", None)
    pages = caller.get(f"{address}/recipients?state=sent&limit=7")
    rest = caller.get(f"{address}/recipients?state=sent&limit=7&cursor={pages['next']}")
    seen = {each["customer"] for each in [*pages["items"], *rest["items"]]}
    assert (len(seen), rest["next"]) == (12, None)
    assert caller.get("/campaigns")["items"][0]["name"] == "Spring"


def test_it_is_paused_and_cancelled_with_exact_counts(shop: "Shop") -> None:
    from tests.campaigns.ground import pass_time, work

    caller = Caller(shop.store, make_key(shop.store))
    slow = BODY | {"per_hour": 60, "topic": "", "holdout": 0}
    address = f"/campaigns/{caller.ask('POST', '/campaigns', slow).json['id']}"
    me, other = {"by": "supervisor@lark.example"}, {"by": "admin@lark.example"}
    caller.ask("POST", f"{address}/submit", me)
    back = caller.ask("POST", f"{address}/take-back").json
    assert back["stage"] == "draft"
    caller.ask("POST", f"{address}/submit", me)
    caller.ask("POST", f"{address}/approve", other)
    work()
    paused = caller.ask("POST", f"{address}/pause", me)
    assert (paused.status, paused.json["stage"]) == (200, "paused"), paused.json
    sent = paused.json["numbers"]["sent"]
    assert 0 < sent < 12
    pass_time(minutes=30)
    assert len(shop.mails()) == sent
    assert caller.ask("POST", f"{address}/resume").json["stage"] == "running"
    over = caller.ask("POST", f"{address}/cancel", me)
    assert over.json["stage"] == "cancelled"
    pass_time(minutes=30)
    numbers = caller.get(address)["numbers"]
    assert (numbers["sent"], numbers["left_out"]) == (sent, 13 - sent)
    assert caller.ask("POST", f"{address}/pause", me).status == 409


def test_a_draft_is_written_anew_with_variants_and_codes(shop: "Shop") -> None:
    from shopbell.events.pump import PUMPS

    PUMPS["segments"].run()  # makes those that come with it
    stage = shop.segment("By mail", {"is": "email"})
    caller = Caller(shop.store, make_key(shop.store))
    address = f"/campaigns/{caller.ask('POST', '/campaigns', BODY).json['id']}"
    other = SAID | {"subject": "Now or never"}
    fuller = BODY | {
        "name": "Spring sale",
        "variants": [{"texts": {"en": SAID}}, {"texts": {"en": other, "de": SAID}}],
        "include": [str(stage.pk)],
        "exclude": ["lapsed"],
        "begins_at": "2030-03-01T09:00:00+01:00",
        "local": True,
        "test_share": 20,
    }
    put = caller.ask("PUT", address, fuller)
    assert put.status == 200, put.json
    assert [each["name"] for each in put.json["variants"]] == ["A", "B"]
    assert put.json["variants"][1]["texts"]["en"]["subject"] == "Now or never"
    assert (put.json["include"], len(put.json["exclude"])) == ([str(stage.pk)], 1)
    again = caller.ask("PUT", address, BODY)
    assert [each["name"] for each in again.json["variants"]] == ["A"]
    codes = {"codes": ["SPRING-1", "SPRING-2", "code"]}
    assert caller.ask("POST", f"{address}/codes", codes).json["added"] == 3
    more = {"codes": ["SPRING-2", "SPRING-3"]}
    stock = {"added": 1, "codes": 4, "free_codes": 4}
    assert caller.ask("POST", f"{address}/codes", more).json == stock
    assert caller.ask("DELETE", address).status == 200
    assert caller.get("/campaigns")["items"] == []


def test_mistakes_are_named(shop: "Shop") -> None:
    caller = Caller(shop.store, make_key(shop.store))

    def refused(**changes: Any) -> dict[str, Any]:
        answer = caller.ask("POST", "/campaigns", BODY | changes)
        assert answer.status in (403, 404, 422), answer.json
        fields: dict[str, Any] = answer.json["error"].get("fields", {})
        return fields

    wrong = [{"texts": {"en": {"blocks": [{"kind": "fireworks"}]}}}]
    assert any(place.startswith("variants.0.texts.en") for place in refused(variants=wrong))
    assert "begins_at" in refused(begins_at="2030-03-01T09:00:00")
    assert "topic" in refused(topic="no-such-topic")
    assert "author" in refused(author="nobody@lark.example")
    refused(author="agent@lark.example")
    refused(include=["no-such-segment"])
    assert caller.get("/campaigns")["items"] == []

    # an unfinished draft is kept, told what it lacks, and does not leave
    thin = BODY | {"variants": [{"texts": {"en": {"subject": "Spring"}}}]}
    address = f"/campaigns/{caller.ask('POST', '/campaigns', thin).json['id']}"
    assert not caller.get(f"{address}/check")["can_leave"]
    stopped = caller.ask("POST", f"{address}/submit", {"by": "supervisor@lark.example"})
    assert (stopped.status, "Add a block" in stopped.json["error"]["message"]) == (409, True)
    assert caller.get(address)["stage"] == "draft"


def test_a_key_without_the_scope_is_refused(shop: "Shop") -> None:
    caller = Caller(shop.store, make_key(shop.store, "campaigns:read", "segments:read"))
    assert caller.ask("POST", "/campaigns", BODY).status == 403
    assert caller.get("/campaigns")["items"] == []
