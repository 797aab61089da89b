"""Keeping calendars. A store's first one is its default; there is never more than one."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from shopbell.calendars.holidays_of import check_place
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import Week
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line

MOST_DAYS = 400

type DaysOff = Sequence[tuple[date, str]]


@transaction.atomic
def save_calendar(
    *,
    name: str,
    zone: str,
    week: Week,
    country: str = "",
    region: str = "",
    days_off: DaysOff = (),
    feed_url: str = "",
    is_default: bool = False,
    calendar: Calendar | None = None,
) -> Calendar:
    """Add a calendar, or change one. A new feed's days come with `feeds.refresh`.

    Raises:
        Invalid: the zone, country or region is not known, or nobody ever works.
        Conflict: another calendar has this name.
    """
    called = one_line(name, 100)
    if zone not in available_timezones():
        raise Invalid(f"There is no time zone {zone!r}.", fields={"zone": "Choose one."})
    if not any(week):
        raise Invalid("Nobody ever works by this.", fields={"week": "Give one day its hours."})
    if len(days_off) > MOST_DAYS:
        raise Invalid(f"A calendar takes {MOST_DAYS} days off at most.")
    check_place(country, region)
    row = calendar or Calendar()
    if Calendar.objects.filter(name=called).exclude(pk=row.pk).exists():
        raise Conflict(f"There is a calendar “{called}” already.", kept="Nothing was changed.")
    if row.feed_url != feed_url:
        row.feed_days, row.feed_read_at, row.feed_tried_at, row.feed_note = [], None, None, ""
    row.name, row.zone, row.country, row.region = called, zone, country, region
    row.week = [[list(slot) for slot in day] for day in week]
    row.days_off = _listed(days_off)
    row.feed_url, row.saved_at = feed_url, clock.now()
    row.save()
    if is_default or not Calendar.objects.filter(is_default=True).exists():
        make_default(calendar=row)
    return row


@transaction.atomic
def make_default(*, calendar: Calendar) -> None:
    """Let a calendar count where nothing else was chosen."""
    Calendar.objects.filter(is_default=True).exclude(pk=calendar.pk).update(is_default=False)
    calendar.is_default = True
    calendar.save(update_fields=["is_default"])


@transaction.atomic
def drop_calendar(*, calendar: Calendar) -> None:
    """Throw a calendar away; what used it goes by the default one from then on.

    Raises:
        Conflict: it is the default one and others are left.
    """
    if calendar.is_default and Calendar.objects.exclude(pk=calendar.pk).exists():
        raise Conflict(
            "This is the default calendar.",
            kept="Nothing was changed.",
            remedy="Make another one the default first.",
        )
    calendar.delete()


@transaction.atomic
def keep_feed(*, calendar: Calendar, url: str, **outcome: Any) -> None:
    """Note what reading a feed has brought, unless it has been changed meanwhile."""
    Calendar.objects.filter(pk=calendar.pk, feed_url=url).update(**outcome)


def _listed(days: DaysOff) -> list[list[str]]:
    return [[day.isoformat(), one_line(why, 100)] for day, why in sorted(dict(days).items())]
