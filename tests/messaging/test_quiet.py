"""Quiet hours by wall clocks: the clock table and the vectors of R-37, and every zone there is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbell.calendars.notation import NEVER, parse_hours
from shopbell.messaging.quiet import Hours, all_but, first_free, quiet_end, quiet_hours

NIGHT = quiet_hours(time(21), time(8))
NIGHTS = [
    # zone, local now, local end, length of the wait in hours
    ("Europe/Berlin", "2027-03-27T21:00", "2027-03-28T08:00", 10),
    ("Europe/Berlin", "2027-10-30T21:00", "2027-10-31T08:00", 12),
    ("America/New_York", "2027-03-13T21:00", "2027-03-14T08:00", 10),
    ("America/New_York", "2027-11-06T21:00", "2027-11-07T08:00", 12),
    ("Australia/Lord_Howe", "2027-10-02T21:00", "2027-10-03T08:00", 10.5),
    ("Australia/Lord_Howe", "2027-04-03T21:00", "2027-04-04T08:00", 11.5),
    ("America/Santiago", "2027-09-04T21:00", "2027-09-05T08:00", 10),
    ("Africa/Cairo", "2027-04-29T21:00", "2027-04-30T08:00", 10),
    ("Asia/Beirut", "2027-03-27T21:00", "2027-03-28T08:00", 10),
    ("America/Havana", "2027-03-13T21:00", "2027-03-14T08:00", 10),
    ("America/Nuuk", "2027-03-27T21:00", "2027-03-28T08:00", 10),
    ("America/Scoresbysund", "2027-03-27T21:00", "2027-03-28T08:00", 10),
    ("Antarctica/Troll", "2027-03-27T21:00", "2027-03-28T08:00", 9),
    ("America/Asuncion", "2027-03-27T21:00", "2027-03-28T08:00", 11),
    ("Pacific/Apia", "2011-12-29T21:00", "2011-12-31T08:00", 11),  # the 30th never was
    ("Asia/Kathmandu", "2027-03-27T21:00", "2027-03-28T08:00", 11),
    ("Asia/Kolkata", "2027-06-27T23:00", "2027-06-28T08:00", 9),
    ("Pacific/Chatham", "2027-06-27T23:59", "2027-06-28T08:00", 8 + 1 / 60),
    ("Pacific/Kiritimati", "2027-06-27T07:59", "2027-06-27T08:00", 1 / 60),
    ("Etc/GMT+12", "2027-06-27T00:00", "2027-06-27T08:00", 8),
]


@pytest.mark.parametrize(("zone", "start", "end", "hours"), NIGHTS)
def test_a_night_has_its_true_length(zone: str, start: str, end: str, hours: float) -> None:
    place = ZoneInfo(zone)
    moment = datetime.fromisoformat(start).replace(tzinfo=place)
    found = quiet_end(NIGHT, moment, zone)
    assert found is not None
    assert found.astimezone(place).replace(tzinfo=None) == datetime.fromisoformat(end)
    assert found - moment.astimezone(UTC) == timedelta(hours=hours)


ENDS = [
    # an end in a gap is the moment of the change; an end that comes twice is the second one
    ("Europe/Berlin", "2027-03-28", time(2, 30), "2027-03-28T01:00"),
    ("Europe/Berlin", "2027-10-31", time(2, 30), "2027-10-31T01:30"),
    ("America/New_York", "2027-03-14", time(2, 30), "2027-03-14T07:00"),
    ("America/New_York", "2027-11-07", time(1, 30), "2027-11-07T06:30"),
    ("Australia/Lord_Howe", "2027-10-03", time(2, 15), "2027-10-02T15:30"),
    ("Australia/Lord_Howe", "2027-04-04", time(1, 45), "2027-04-03T15:15"),
    ("Africa/Casablanca", "2027-03-14", time(2, 30), "2027-03-14T02:00"),
]


@pytest.mark.parametrize(("zone", "day", "end", "utc"), ENDS)
def test_an_end_within_a_change_of_clocks(zone: str, day: str, end: time, utc: str) -> None:
    hours = quiet_hours(time(22), end)
    midnight = datetime.combine(date.fromisoformat(day), time(0, 15), ZoneInfo(zone))
    found = quiet_end(hours, midnight, zone)
    assert found == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "quiet", "loud"),
    [("08:00", "21:00", 12, 22), ("20:00", "08:00", 7, 8), ("21:00", "08:00", 21, 20)],
)
def test_windows_by_day_and_by_night(start: str, end: str, quiet: int, loud: int) -> None:
    hours = quiet_hours(time.fromisoformat(start), time.fromisoformat(end))
    day = datetime(2027, 6, 1, tzinfo=UTC)
    assert quiet_end(hours, day.replace(hour=quiet), "UTC") is not None
    assert quiet_end(hours, day.replace(hour=loud), "UTC") is None


def test_the_same_time_twice_means_no_quiet_hours() -> None:
    noon = datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert quiet_end(quiet_hours(time(0), time(0)), noon, "Europe/Berlin") is None


def test_a_sunday_joins_the_nights_around_it() -> None:
    hours = quiet_hours(time(22), time(8), days=[6])
    saturday = datetime(2026, 11, 21, 23, tzinfo=ZoneInfo("Europe/Paris"))
    assert quiet_end(hours, saturday, "Europe/Paris") == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_a_texan_sunday_begins_at_noon() -> None:
    hours = Hours(all_but(parse_hours("Mon-Sat 9-21, Sun 12-21")))
    sunday = datetime(2026, 11, 22, 9, 30, tzinfo=ZoneInfo("America/Chicago"))
    assert quiet_end(hours, sunday, "America/Chicago") == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert quiet_end(hours, sunday + timedelta(days=1), "America/Chicago") is None


def test_holidays_in_a_row_are_one_quiet_time() -> None:
    hours = Hours(all_but(parse_hours("Mon-Sat 8-22")), "FR")
    eve = datetime(2027, 5, 7, 23, tzinfo=ZoneInfo("Europe/Paris"))  # before VE Day and a Sunday
    assert quiet_end(hours, eve, "Europe/Paris") == datetime(2027, 5, 10, 6, tzinfo=UTC)


def test_several_zones_leave_what_all_of_them_allow() -> None:
    pairs = tuple((NIGHT, zone) for zone in ("America/New_York", "Pacific/Honolulu"))
    morning = datetime(2026, 11, 23, 14, tzinfo=UTC)  # nine in New York, four in Honolulu
    free = first_free(pairs, morning)
    assert free is not None
    assert (free.at, free.zone) == (datetime(2026, 11, 23, 18, tzinfo=UTC), "Pacific/Honolulu")


def test_where_nothing_is_ever_free_it_says_so() -> None:
    never = Hours(all_but(NEVER))
    assert first_free(((never, "UTC"),), datetime(2026, 11, 23, tzinfo=UTC)) is None


ZONES = sorted(available_timezones() - {"localtime", "Factory"})
HOURS = {
    "21-8": quiet_hours(time(21), time(8)),
    "20-8": quiet_hours(time(20), time(8)),
    "8-21": quiet_hours(time(8), time(21)),
    "22-2:30": quiet_hours(time(22), time(2, 30)),
    "0-2:30": quiet_hours(time(0), time(2, 30)),
    "sunday": quiet_hours(time(22), time(8), days=[6]),
    "texas": Hours(all_but(parse_hours("Mon-Sat 9-21, Sun 12-21"))),
    "none": quiet_hours(time(0), time(0)),
}
LONGEST = {"21-8": 11, "20-8": 12, "8-21": 13, "22-2:30": 4.5, "0-2:30": 2.5, "sunday": 34}
LONGEST |= {"texas": 15, "none": 0}


def _shows_quiet(hours: Hours, moment: datetime, zone: str) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(begin <= minute < end for begin, end in hours.week[local.weekday()])


@settings(max_examples=2500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
    name=st.sampled_from(sorted(HOURS)),
)
def test_never_inside_quiet_hours_and_never_longer_than_one_window(
    zone: str, moment: datetime, name: str
) -> None:
    free = first_free(((HOURS[name], zone),), moment)
    assert free is not None
    assert not _shows_quiet(HOURS[name], free.at, zone)
    # one window, and at most the hours by which clocks change within it
    assert free.at - moment <= timedelta(hours=LONGEST[name] + 2)
    if free.by < 0:
        assert not _shows_quiet(HOURS[name], moment, zone)
    else:  # it was not put off for longer than need be
        before = free.at - timedelta(minutes=15)
        later = quiet_end(HOURS[name], max(before, moment), zone)
        assert later == free.at


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    zones=st.lists(st.sampled_from(ZONES), min_size=2, max_size=6, unique=True),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
)
def test_of_several_zones_none_is_woken(zones: list[str], moment: datetime) -> None:
    free = first_free(tuple((NIGHT, zone) for zone in zones), moment)
    if free is None:
        return
    assert not any(_shows_quiet(NIGHT, free.at, zone) for zone in zones)
    # and nobody waits longer than need be; nights around the world may leave no gap for weeks
    earlier = free.at - timedelta(minutes=15)
    while earlier >= moment:
        assert any(_shows_quiet(NIGHT, earlier, zone) for zone in zones)
        earlier -= timedelta(minutes=15)
