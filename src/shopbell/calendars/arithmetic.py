"""Arithmetic with working time: pure, exact to the second, right on days when clocks change.

A slot of 9-17 runs from the first moment the clock there shows nine to the last one it shows five
(a time that a change of clocks skips is the moment of the change). Amounts are time that passes,
so the night in which clocks go back has one hour more in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shopbell.calendars.holidays_of import public_holidays
from shopbell.calendars.notation import ALWAYS, WHOLE_DAY, Week

FARTHEST = 800  # days that are looked ahead; who is closed for longer is closed
_DAY = timedelta(days=1)

type Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When people work: slots of the week in a zone, except on holidays and days off."""

    week: Week
    zone: str = "UTC"
    country: str = ""
    region: str = ""
    days_off: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody works now; if so until when, if not from when on. None: no end in sight."""

    open: bool
    until: datetime | None = None

    @property
    def back(self) -> datetime | None:
        """When people are back, if nobody is here now."""
        return None if self.open else self.until


ROUND_THE_CLOCK = Schedule(ALWAYS)


def add_working_time(schedule: Schedule, start: datetime, amount: timedelta) -> datetime | None:
    """Return when `amount` of working time has passed since `start`; None: not in two years.

    No amount at all is over at `start`, whether somebody works then or not.
    """
    left = max(amount, timedelta(0))
    if not left:
        return start.astimezone(UTC)
    for begin, end in spans_from(schedule, start):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    return None


def working_time_between(schedule: Schedule, start: datetime, end: datetime) -> timedelta:
    """Return how much working time lies between two moments; nothing if `end` is not later."""
    total = timedelta(0)
    until = end.astimezone(UTC)
    for begin, stop in spans_from(schedule, start, until):
        if begin >= until:
            break
        total += min(stop, until) - begin
    return total


def standing(schedule: Schedule, now: datetime) -> Standing:
    """Return whether somebody works at `now`, and when that changes."""
    at = now.astimezone(UTC)
    until: datetime | None = None
    for begin, end in spans_from(schedule, at):
        if until is None:
            if begin > at:
                return Standing(False, begin)
            until = end
        elif begin > until:
            return Standing(True, until)
        else:
            until = max(until, end)  # it goes on past midnight
        if end - at > timedelta(days=8):
            return Standing(True)
    return Standing(until is not None, until)


def spans_from(
    schedule: Schedule, start: datetime, until: datetime | None = None
) -> Iterator[Span]:
    """Yield the working spans (in UTC, in order, apart) that end after `start`, cut at it."""
    zone, at = ZoneInfo(schedule.zone), start.astimezone(UTC)
    day = at.astimezone(zone).date() - _DAY  # a zone's day may be repeated or skipped
    last = (until or at + FARTHEST * _DAY).astimezone(zone).date() + _DAY
    done = at
    while day <= last:
        for begin, end in spans_of_day(schedule, day):
            if end > done:
                yield max(begin, done), end
                done = end
        day += _DAY


@lru_cache(maxsize=20_000)
def spans_of_day(schedule: Schedule, day: date) -> tuple[Span, ...]:
    """Return the working spans of a day in the schedule's zone, in UTC."""
    if is_day_off(schedule, day):
        return ()
    zone = ZoneInfo(schedule.zone)
    found = (
        (_moment(zone, day, begin, 0), _moment(zone, day, end, 1))
        for begin, end in schedule.week[day.weekday()]
    )
    return tuple((begin, end) for begin, end in found if begin < end)


def is_day_off(schedule: Schedule, day: date) -> bool:
    """Return whether nobody works on a day, whatever weekday it is."""
    if day in schedule.days_off:
        return True
    return day in public_holidays(schedule.country, schedule.region, day.year)


def _moment(zone: ZoneInfo, day: date, minutes: int, fold: int) -> datetime:
    """Return when the clock shows a time: the first (fold 0) or last (1) moment it does."""
    if minutes == WHOLE_DAY:
        day, minutes, fold = day + _DAY, 0, 0
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), zone).replace(fold=fold)
    found = wall.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    return _change_near(zone, wall)


def _change_near(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return when the clock jumped over a time it never showed."""
    low = wall.replace(fold=1).astimezone(UTC)
    high = wall.replace(fold=0).astimezone(UTC)
    if low > high:
        low, high = high, low
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
