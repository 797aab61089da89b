"""Hours as people write them: strictly read, and written back the same."""

import pytest

from shopbell.calendars.notation import parse_day, parse_hours, week_text
from shopbell.kit.errors import Invalid


def test_days_may_go_round_the_week_and_a_day_may_have_a_break() -> None:
    week = parse_hours("Sat-Mon 8-12, Mon 13-24")
    assert [day for day, slots in enumerate(week) if slots] == [0, 5, 6]
    assert week[0] == ((480, 720), (780, 1440))
    assert parse_day("13:30-17, 9–12:30") == ((540, 750), (810, 1020))
    assert parse_day("  ") == ()


def test_slots_that_touch_are_one() -> None:
    assert parse_day("9-12, 11-13, 13-14") == ((540, 840),)


def test_a_week_is_written_so_that_it_is_read_again() -> None:
    text = "Mon-Thu 9-12:30, Mon-Thu 13:30-17, Fri 9-15, Sun 0-24"
    assert week_text(parse_hours(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "9-17", "Mon-Fri", "Mon 17-9", "Mon 9-25", "Mon 9:75-10", "Monday 9-17", "Mon 9-17;",
        ", ".join(f"Mon {hour}-{hour}:30" for hour in range(10)),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_hours(text)
