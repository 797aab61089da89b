"""Working time counted the slow way: a look at the clock on the wall for every minute."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shopbell.calendars.arithmetic import Schedule, is_day_off

MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def counted(schedule: Schedule, start: datetime, end: datetime) -> timedelta:
    """Return the minutes between in which somebody works."""
    zone = ZoneInfo(schedule.zone)
    days: dict[date, list[tuple[datetime, int]]] = defaultdict(list)
    now = start - 2 * _DAY
    while now < end + 2 * _DAY:
        wall = now.astimezone(zone)
        days[wall.date()].append((now, wall.hour * 60 + wall.minute))
        now += MINUTE
    works: set[datetime] = set()
    for day, minutes in days.items():
        if not is_day_off(schedule, day):
            for begin, until in schedule.week[day.weekday()]:
                works |= _slot(minutes, begin, until)
    return MINUTE * sum(start <= each < end for each in works)


def _slot(minutes: list[tuple[datetime, int]], begin: int, until: int) -> set[datetime]:
    """Return the minutes from the first that shows `begin` or later to the last before `until`."""
    first = next((n for n, (_, shown) in enumerate(minutes) if shown >= begin), len(minutes))
    last = max((n for n, (_, shown) in enumerate(minutes) if shown < until), default=-1)
    return {moment for moment, _ in minutes[first : last + 1]}
