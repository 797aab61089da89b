"""Reads of calendars, and a calendar as a `Schedule` to calculate with."""

import uuid
from datetime import date, datetime

from shopbell.calendars.arithmetic import ROUND_THE_CLOCK, Schedule, Standing, standing
from shopbell.calendars.holidays_of import public_holidays
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import week_of
from shopbell.kit.errors import NotFound


def calendars() -> list[Calendar]:
    """Return the calendars of the store in scope, the default one first."""
    return list(Calendar.objects.order_by("-is_default", "name"))


def calendar_of(key: uuid.UUID) -> Calendar:
    """Return a calendar of the store in scope.

    Raises:
        NotFound: there is none.
    """
    found = Calendar.objects.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such calendar.", remedy="Go back to the list.")
    return found


def default_calendar() -> Calendar | None:
    """Return the calendar that counts where nothing else was chosen."""
    return Calendar.objects.filter(is_default=True).first()


def schedule_of(calendar: Calendar | None) -> Schedule:
    """Return a calendar to calculate with; none means round the clock."""
    if calendar is None:
        return ROUND_THE_CLOCK
    days = [*calendar.days_off, *calendar.feed_days]
    return Schedule(
        week=week_of(calendar.week),
        zone=calendar.zone,
        country=calendar.country,
        region=calendar.region,
        days_off=frozenset(date.fromisoformat(day) for day, _ in days),
    )


def standing_of_store(now: datetime) -> Standing | None:
    """Return how the store's default calendar stands; None without one."""
    found = default_calendar()
    return standing(schedule_of(found), now) if found is not None else None


def coming_days_off(calendar: Calendar, today: date, limit: int = 8) -> list[tuple[date, str]]:
    """Return the next days on which nobody works, with their names."""
    found = {
        date.fromisoformat(day): name for day, name in [*calendar.feed_days, *calendar.days_off]
    }
    for year in (today.year, today.year + 1):
        found |= public_holidays(calendar.country, calendar.region, year)
    return sorted((day, name) for day, name in found.items() if day >= today)[:limit]
