"""Working time is exact, across holidays, breaks and the nights in which clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopbell.calendars.arithmetic import (
    ROUND_THE_CLOCK,
    Schedule,
    Standing,
    add_working_time,
    spans_from,
    standing,
    working_time_between,
)
from shopbell.calendars.notation import ALWAYS, NEVER, parse_hours, week_of
from tests.calendars.minutes import counted

BERLIN = "Europe/Berlin"
OFFICE = Schedule(parse_hours("Mon-Fri 9-12:30, Mon-Fri 13:30-17"), BERLIN)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "open_", "until"),
    [
        ("2026-11-23T08:00", True, "2026-11-23T16:00"),  # Monday, 9:00 in Berlin
        ("2026-11-23T07:59", False, "2026-11-23T08:00"),
        ("2026-11-23T16:00", False, "2026-11-24T08:00"),
        ("2026-11-27T20:00", False, "2026-11-28T09:30"),  # Friday evening: Saturday 10:30
        ("2026-11-28T14:00", False, "2026-11-30T08:00"),  # Saturday: Monday
        ("2026-03-28T14:00", False, "2026-03-30T07:00"),  # the clocks change on Sunday
    ],
)
def test_it_tells_whether_somebody_is_here_and_when_that_changes(
    now: str, open_: bool, until: str
) -> None:
    schedule = Schedule(parse_hours("Mon-Fri 9-17, sat 10:30-14:00"), BERLIN)
    assert standing(schedule, at(now)) == Standing(open_, at(until))


def test_who_never_works_is_never_back_and_who_always_works_is_never_gone() -> None:
    assert standing(Schedule(NEVER), at("2026-11-23T12:30")) == Standing(False)
    assert standing(ROUND_THE_CLOCK, at("2026-11-23T12:30")) == Standing(True)
    assert add_working_time(Schedule(NEVER), at("2026-11-23T12:30"), HOUR) is None


def test_hours_are_added_over_breaks_nights_and_weekends() -> None:
    friday = at("2026-11-27T11:00")  # noon in Berlin
    assert add_working_time(OFFICE, friday, HOUR) == at("2026-11-27T13:00")
    assert add_working_time(OFFICE, friday, 5 * HOUR) == at("2026-11-30T09:00")
    assert add_working_time(OFFICE, friday, timedelta(0)) == friday
    assert working_time_between(OFFICE, friday, at("2026-11-30T09:00")) == 5 * HOUR
    assert working_time_between(OFFICE, at("2026-11-30T09:00"), friday) == timedelta(0)


def test_public_holidays_of_the_region_and_own_days_off_do_not_count() -> None:
    eve = at("2026-12-23T15:00")  # 16:00, an hour before the end
    own = frozenset({date(2026, 12, 24)})
    berlin = Schedule(OFFICE.week, BERLIN, "DE", "BE", own)
    # 24 own, 25 and 26 are holidays, 27 a Sunday: the second hour is on Monday.
    assert add_working_time(berlin, eve, 2 * HOUR) == at("2026-12-28T09:00")
    women = at("2026-03-08T00:00")  # holiday in Berlin only; a Sunday in 2026, so take 2027
    assert working_time_between(berlin, women, women + timedelta(days=1)) == timedelta(0)
    monday = at("2027-03-07T23:00")
    assert working_time_between(berlin, monday, monday + timedelta(days=1)) == timedelta(0)
    bavaria = Schedule(OFFICE.week, BERLIN, "DE", "BY")
    assert working_time_between(bavaria, monday, monday + timedelta(days=1)) == 7 * HOUR


def test_a_region_nobody_knows_any_more_has_the_holidays_of_its_country() -> None:
    christmas = at("2026-12-24T23:00")
    gone = Schedule(OFFICE.week, BERLIN, "DE", "GONE")
    assert working_time_between(gone, christmas, christmas + timedelta(days=1)) == timedelta(0)


def test_the_nights_in_which_clocks_change_have_as_many_hours_as_they_have() -> None:
    sunday = Schedule(parse_hours("Sun 0-6"), BERLIN)
    spring, autumn = at("2026-03-28T12:00"), at("2026-10-24T12:00")
    assert working_time_between(sunday, spring, spring + timedelta(days=1)) == 5 * HOUR
    assert working_time_between(sunday, autumn, autumn + timedelta(days=1)) == 7 * HOUR


def test_a_time_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    sunday = Schedule(parse_hours("Sun 2:30-4"), BERLIN)
    [(begin, end)] = [*spans_from(sunday, at("2026-03-28T12:00"), at("2026-03-29T12:00"))]
    assert (begin, end) == (at("2026-03-29T01:00"), at("2026-03-29T02:00"))


zones = st.sampled_from(
    ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"]
)
slots = st.integers(0, 1439).flatmap(
    lambda start: st.tuples(st.just(start), st.integers(start + 1, 1440))
)
weeks = st.lists(st.lists(slots, max_size=3), min_size=7, max_size=7).map(week_of)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
schedules = st.builds(
    Schedule,
    week=weeks,
    zone=zones,
    country=st.sampled_from(["", "DE", "US"]),
    days_off=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=3),
)


@settings(max_examples=40, deadline=None)
@given(schedules, moments, st.integers(0, 2 * 24 * 60))
def test_what_lies_between_is_what_a_clock_counts_minute_by_minute(
    schedule: Schedule, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0)
    end = start + timedelta(minutes=minutes)
    assert working_time_between(schedule, start, end) == counted(schedule, start, end)


@settings(max_examples=80, deadline=None)
@given(schedules, moments, st.integers(1, 30 * 24 * 3600))
def test_adding_and_measuring_are_each_others_inverse(
    schedule: Schedule, start: datetime, seconds: int
) -> None:
    amount = timedelta(seconds=seconds)
    due = add_working_time(schedule, start, amount)
    if due is None:
        assert not any(schedule.week) or schedule.week != ALWAYS
        return
    assert working_time_between(schedule, start, due) == amount
    assert working_time_between(schedule, start, due - timedelta(seconds=1)) < amount
    assert standing(schedule, due - timedelta(seconds=1)).open


@settings(max_examples=80, deadline=None)
@given(schedules, moments)
def test_when_it_opens_again_is_the_first_moment_that_counts(
    schedule: Schedule, now: datetime
) -> None:
    found = standing(schedule, now)
    if found.until is None:
        return
    assert found.until > now
    assert standing(schedule, found.until).open is not found.open
    whole = timedelta(0) if not found.open else found.until - now
    assert working_time_between(schedule, now, found.until) == whole
