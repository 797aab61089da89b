"""When it is quiet, by wall clocks: pure arithmetic, right on days when clocks change.

Quiet time runs from the first moment a clock shows its beginning to the last moment it shows its
end, so a repeated hour is quiet twice; a time that a change of clocks skips is the moment of the
change. A newcomer's mistake: adding hours to local times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shopbell.calendars.arithmetic import Schedule, Span, spans_of_day
from shopbell.calendars.holidays_of import public_holidays
from shopbell.calendars.notation import ALWAYS, WHOLE_DAY, Slot, Week

FARTHEST = timedelta(days=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """The quiet slots of a week, and the region whose public holidays are quiet all day."""

    week: Week
    country: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Free:
    """The first moment that is not quiet, and which of the hours in which zone kept until then."""

    at: datetime
    by: int = -1  # place in what was asked; -1: it is not quiet at all
    zone: str = ""


def quiet_hours(start: time, end: time, *, days: Sequence[int] = ()) -> Hours:
    """Return the hours of a store: every night from `start` to `end`, and some weekdays wholly."""
    begin, stop = (each.hour * 60 + each.minute for each in (start, end))
    night: tuple[Slot, ...] = ()
    if begin < stop:
        night = ((begin, stop),)
    elif begin > stop:
        night = tuple(slot for slot in ((0, stop), (begin, WHOLE_DAY)) if slot[0] < slot[1])
    return Hours(tuple(ALWAYS[day] if day in days else night for day in range(7)))


def all_but(allowed: Week) -> Week:
    """Return the quiet slots of a week in which something is allowed."""
    return tuple(_gaps(slots) for slots in allowed)


def _gaps(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    edges = [0, *(edge for slot in slots for edge in slot), WHOLE_DAY]
    return tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)


def quiet_end(hours: Hours, moment: datetime, zone: str) -> datetime | None:
    """Return when the quiet time ends in which `moment` lies (UTC), else None."""
    at, end = moment.astimezone(UTC), None
    today = at.astimezone(ZoneInfo(zone)).date()
    for ahead in range(-1, FARTHEST.days):  # a zone's day may be repeated or skipped
        if ahead > 1 and end is None:
            break
        for begin, stop in _quiet_spans(hours, today + ahead * _DAY, zone):
            if begin > at:
                return end
            if at < stop:
                at = end = stop
    return end


def _quiet_spans(hours: Hours, day: date, zone: str) -> tuple[Span, ...]:
    off = day in public_holidays(hours.country, hours.region, day.year)
    return spans_of_day(Schedule(ALWAYS if off else hours.week, zone), day)


@lru_cache(maxsize=1024)  # a batch has one moment, and few places
def first_free(asked: tuple[tuple[Hours, str], ...], moment: datetime) -> Free | None:
    """Return the first moment from `moment` on that is quiet in none of these; None: there is none.

    Of several that end at the same moment the first one asked is named.
    """
    at, by = moment, -1
    while at - moment <= FARTHEST:
        ends = [quiet_end(hours, at, zone) for hours, zone in asked]
        later = [end for end in ends if end is not None]
        if not later:
            return Free(at, by, asked[by][1] if by >= 0 else "")
        at = max(later)
        by = ends.index(at)
    return None
