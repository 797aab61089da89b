"""A journey as data: what is read, and what is refused with its place."""

from typing import Any

import pytest

from shopbell.journeys.definition import read_definition
from shopbell.journeys.naming import Names
from shopbell.journeys.presets import presets
from shopbell.journeys.steps import Send, Split, Wait, WaitFor
from shopbell.journeys.words import lines_of
from shopbell.kit.errors import Invalid


def journey(*steps: Any, **parts: Any) -> dict[str, Any]:
    return {"trigger": {"event": "order.placed"}, "steps": list(steps), **parts}


WAIT: dict[str, Any] = {"do": "wait", "days": 1}
SEND: dict[str, Any] = {"do": "send", "text": "cart_reminder", "media": ["whatsapp", "email"]}


def test_steps_follow_one_another() -> None:
    found = read_definition(journey(WAIT, SEND))
    wait, send = found.steps[found.first], found.steps["2"]
    assert isinstance(wait, Wait)
    assert wait.minutes == 24 * 60
    assert wait.following == "2"
    assert isinstance(send, Send)
    assert send.media == ("whatsapp", "email")
    assert send.following == ""


def test_ways_come_together_again_behind_their_end() -> None:
    found = read_definition(
        journey(
            {
                "id": "ask",
                "do": "wait_for",
                "event": "order.placed",
                "hours": 2,
                "then": [{"id": "thanks", **SEND}],
            },
            {"id": "behind", **WAIT},
        )
    )
    ask = found.steps["ask"]
    assert isinstance(ask, WaitFor)
    assert (ask.then, ask.otherwise) == ("thanks", "behind")
    assert found.steps["thanks"].following == "behind"


def test_shares_of_a_split_add_up() -> None:
    ways = [{"name": "told", "share": 90, "steps": [SEND]}, {"name": "not told", "share": 10}]
    found = read_definition(journey({"do": "split", "ways": ways}))
    split = found.steps[found.first]
    assert isinstance(split, Split)
    assert [(name, share) for name, share, _ in split.ways] == [("told", 90), ("not told", 10)]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("nothing", "definition"),
        (journey(), "steps"),
        (journey({}), "steps.1.do"),
        (journey({"do": "fly"}), "steps.1.do"),
        (journey("wait"), "steps.1"),
        (journey({"do": "wait"}), "steps.1"),
        (journey({"do": "wait", "days": -1}), "steps.1.days"),
        (journey({"do": "wait", "days": True}), "steps.1.days"),
        (journey({"do": "wait", "days": 1, "at": "25:00"}), "steps.1.at"),
        (journey({"do": "wait", "days": 1, "weekdays": [7]}), "steps.1.weekdays"),
        (journey(WAIT, {**WAIT, "until": "ever"}), "steps.2.until"),
        (journey({"do": "send"}), "steps.1.text"),
        (journey({**SEND, "media": ["pigeon"]}), "steps.1.media"),
        (journey({**SEND, "purpose": "fun"}), "steps.1.purpose"),
        (journey({**SEND, "fresh_hours": 0}), "steps.1.fresh_hours"),
        (journey({"id": "a", **WAIT}, {"id": "a", **WAIT}), "steps.2.id"),
        (journey({"id": "Not this", **WAIT}), "steps.1.id"),
        (journey({"do": "wait_for", "hours": 1}), "steps.1"),
        (journey({"do": "split", "ways": []}), "steps.1.ways"),
        (journey({"do": "split", "ways": [{"share": 50}, {"share": 40}]}), "steps.1.ways"),
        (journey(WAIT, per="week"), "per"),
        (journey(WAIT, again_after_days=0), "again_after_days"),
        (journey(WAIT, exits="order.placed"), "exits"),
        (journey(WAIT, exits=[{"where": {}}]), "exits.1"),
        (journey(WAIT, colour="red"), "colour"),
        (journey(*[WAIT] * 61), "steps"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(data: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_definition(data)
    assert list(refused.value.fields) == [place]


def test_all_mistakes_are_told_at_once() -> None:
    way = {"do": "if", "then": [{"do": "send"}, {"do": "tag"}], "else": [{"do": "wait"}]}
    with pytest.raises(Invalid) as refused:
        read_definition({"per": "week", "steps": [way, {"do": "fly"}]})
    assert set(refused.value.fields) == {
        "per", "trigger", "steps.1", "steps.1.then.1.text", "steps.1.then.2.tag", "steps.1.else.1",
        "steps.2.do",
    }  # fmt: skip


def test_every_preset_can_be_read_and_put_into_words() -> None:
    for preset in presets():
        lines = lines_of(read_definition(preset.definition), Names())
        assert all(line.text for line in lines), preset.key
