"""Opening hours such as `Mon-Fri 9-17, Sat 10-14`, read strictly, and when a person is back."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shopbell.kit.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = "|".join(DAYS)
_TIME = r"(\d{1,2})(?::(\d{2}))?"
_PART = re.compile(rf"({_DAYS})(?:-({_DAYS}))? {_TIME}-{_TIME}", re.IGNORECASE)

type Week = dict[int, list[tuple[int, int]]]  # minutes of the day, by weekday


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody is here, and if not, when they are back."""

    open: bool
    back: datetime | None = None


def parse_hours(text: str) -> Week:
    """Read opening hours.

    Raises:
        Invalid: a part is not like `Mon-Fri 9-17` or `Sat 9:30-14:00`, or ends before it begins.
    """
    week: Week = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = _PART.fullmatch(part)
        if match is None:
            raise Invalid(f"{part!r} is not understood. Write Mon-Fri 9-17, Sat 10-14.")
        first, last, *clock = match.groups()
        begin, end = _minutes(part, *clock[:2]), _minutes(part, *clock[2:])
        if begin >= end:
            raise Invalid(f"{part!r} ends before it begins.")
        day = DAYS.index(first.lower())
        until = DAYS.index((last or first).lower())
        for step in range((until - day) % 7 + 1):
            week.setdefault((day + step) % 7, []).append((begin, end))
    return {day: sorted(spans) for day, spans in week.items()}


def _minutes(part: str, hour: str, minute: str | None) -> int:
    found = int(hour) * 60 + int(minute or 0)
    if found > 24 * 60 or int(minute or 0) > 59:
        raise Invalid(f"{part!r} has a time that does not exist.")
    return found


def standing(week: Week, zone: str, now: datetime) -> Standing:
    """Return how it stands at a time, in the store's time zone."""
    here = now.astimezone(ZoneInfo(zone))
    minute = here.hour * 60 + here.minute
    if any(begin <= minute < end for begin, end in week.get(here.weekday(), ())):
        return Standing(True)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in range(8):
        day = midnight + timedelta(days=ahead)
        for begin, _end in week.get(day.weekday(), ()):
            back = day.replace(hour=begin // 60 % 24, minute=begin % 60)
            if back > here:
                return Standing(False, back)
    return Standing(False)
