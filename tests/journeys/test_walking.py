"""One person's way: waits by wall clocks, ways by chance, and never a step twice."""

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from shopbell.journeys.definition import read_definition
from shopbell.journeys.steps import Split, Wait
from shopbell.journeys.walking import Place, due_after, walk, way_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
WHO = uuid.UUID(int=7)


def go(steps: list[dict[str, Any]], place: Place | None = None, **about: Any) -> Any:
    found = read_definition({"trigger": "order.placed", "steps": steps})
    at = {"who": WHO, "zone": "Europe/Berlin", "now": NOW, **about}
    return walk(found, place or Place(found.first), **at)


def test_it_goes_as_far_as_it_gets() -> None:
    send, wait = {"do": "send", "text": "welcome_first"}, {"do": "wait", "hours": 3}
    found = go([send, wait, {"do": "send", "text": "welcome_order"}])
    assert [passed.step for passed in found.passed if passed.send] == ["1"]
    assert found.place == Place("2", waits=True, due_at=NOW + timedelta(hours=3))
    assert not found.ended
    # and from there to the end
    found = go([send, wait, {"do": "send", "text": "welcome_order"}], Place("2", waits=True))
    assert [passed.step for passed in found.passed if passed.send] == ["3"]
    assert found.ended


def test_what_is_waited_for_decides_the_way() -> None:
    steps = [
        {
            "id": "ask",
            "do": "wait_for",
            "event": "check.answered",
            "days": 7,
            "then": [{"do": "end", "because": "They answered."}],
            "else": [{"do": "end", "because": "They kept silent."}],
        }
    ]
    waiting = go(steps)
    assert waiting.place.awaits == "check.answered"
    assert waiting.place.due_at == NOW + timedelta(days=7)
    answered = go(steps, Place("ask", waits=True, answered=True))
    assert (answered.ended, answered.because) == (True, "They answered.")
    silent = go(steps, Place("ask", waits=True))
    assert silent.because == "They kept silent."


def test_a_step_that_is_gone_ends_the_run_with_a_reason() -> None:
    found = go([{"do": "wait", "days": 1}], Place("removed", waits=True))
    assert found.ended
    assert "gone" in found.because


def wait(**parts: Any) -> Wait:
    found = read_definition({"trigger": "order.placed", "steps": [{"do": "wait", **parts}]})
    step = found.steps["1"]
    assert isinstance(step, Wait)
    return step


def test_a_time_of_day_is_that_of_the_customer() -> None:
    step = wait(days=1, at="10:00")
    # Saturday 13:00 in Berlin is behind ten, so Sunday
    assert due_after(step, "Europe/Berlin", NOW) == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    # in Honolulu it is still two in the morning
    assert due_after(step, "Pacific/Honolulu", NOW) == datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def test_a_weekday_is_waited_for() -> None:
    monday = wait(hours=1, at="09:30", weekdays=[0])
    assert due_after(monday, "UTC", NOW) == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    friday = wait(weekdays=[4])
    assert due_after(friday, "UTC", NOW) == NOW  # it is one
    saturday = wait(weekdays=[5])
    assert due_after(saturday, "UTC", NOW) == datetime(2026, 11, 21, tzinfo=UTC)


def test_clocks_that_change_neither_lose_nor_repeat_a_time() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)  # the night before clocks go forward
    step = wait(hours=1, at="02:30")  # which that Sunday does not have
    assert due_after(step, "Europe/Berlin", before) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert due_after(step, "Europe/Berlin", before) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_same_person_always_goes_the_same_way_and_all_as_often_as_told() -> None:
    ways = [{"name": "a", "share": 70}, {"name": "b", "share": 20}, {"name": "c", "share": 10}]
    found = read_definition({"trigger": "order.placed", "steps": [{"do": "split", "ways": ways}]})
    split = found.steps["1"]
    assert isinstance(split, Split)
    people = [uuid.UUID(int=number) for number in range(5000)]
    went = Counter(way_of(split, who)[0] for who in people)
    assert all(way_of(split, who) == way_of(split, who) for who in people[:100])
    assert abs(went["a"] - 3500) < 200
    assert abs(went["b"] - 1000) < 150
    assert abs(went["c"] - 500) < 120
