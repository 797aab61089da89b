"""Opening hours: strictly read, true in the store's own time zone."""

from datetime import UTC, datetime

import pytest

from shopbell.kit.errors import Invalid
from shopbell.widget.hours import Standing, parse_hours, standing

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "open_", "back"),
    [
        ("2026-11-23T08:00", True, None),  # Monday, 9:00 in Berlin
        ("2026-11-23T07:59", False, "2026-11-23T08:00"),
        ("2026-11-23T16:00", False, "2026-11-24T08:00"),
        ("2026-11-27T20:00", False, "2026-11-28T09:30"),  # Friday evening: Saturday 10:30
        ("2026-11-28T14:00", False, "2026-11-30T08:00"),  # Saturday: Monday
        ("2026-03-28T14:00", False, "2026-03-30T07:00"),  # the clocks change on Sunday
    ],
)
def test_it_tells_whether_somebody_is_here_and_when_they_are_back(
    now: str, open_: bool, back: str | None
) -> None:
    week = parse_hours("Mon-Fri 9-17, sat 10:30-14:00")
    found = standing(week, BERLIN, at(now))
    assert found.open is open_
    assert (found.back.astimezone(UTC) if found.back else None) == (at(back) if back else None)


def test_days_may_go_round_the_week_and_a_day_may_have_a_break() -> None:
    week = parse_hours("Sat-Mon 8-12, Mon 13-24")
    assert sorted(week) == [0, 5, 6]
    assert week[0] == [(480, 720), (780, 1440)]
    assert standing(week, "UTC", at("2026-11-23T12:30")).back == at("2026-11-23T13:00")
    assert standing({}, "UTC", at("2026-11-23T12:30")) == Standing(False)


@pytest.mark.parametrize(
    "text", ["9-17", "Mon-Fri", "Mon 17-9", "Mon 9-25", "Mon 9:75-10", "Monday 9-17", "Mon 9-17;"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_hours(text)
