"""Opening hours as people write them, such as `Mon-Fri 9-12:30, Mon-Fri 13:30-17`, read strictly.

A week is seven tuples of slots, Monday first; a slot is (from, until) in minutes of the day.
"""

import re
from collections.abc import Iterable, Sequence

from shopbell.kit.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_SLOTS = 8
WHOLE_DAY = 24 * 60

type Slot = tuple[int, int]
type Week = tuple[tuple[Slot, ...], ...]

NEVER: Week = ((),) * 7
ALWAYS: Week = (((0, WHOLE_DAY),),) * 7

_NAMES = "|".join(DAYS)
_TIME = r"(\d{1,2})(?::(\d{2}))?"
_DAY = re.compile(rf"({_NAMES})(?:\s*-\s*({_NAMES}))?\s+(.+)", re.IGNORECASE)
_SPAN = re.compile(rf"{_TIME}\s*-\s*{_TIME}")


def parse_hours(text: str) -> Week:
    """Read the hours of a week.

    Raises:
        Invalid: a part is not like `Mon-Fri 9-17` or `Sat 9:30-14:00`, or ends before it begins.
    """
    week: list[list[Slot]] = [[] for _ in DAYS]
    for part in _parts(text):
        match = _DAY.fullmatch(part)
        if match is None:
            raise Invalid(f"{part!r} is not understood. Write Mon-Fri 9-17, Sat 10-14.")
        first = DAYS.index(match[1].lower())
        last = DAYS.index((match[2] or match[1]).lower())
        for step in range((last - first) % 7 + 1):
            week[(first + step) % 7].append(_slot(match[3]))
    return week_of(week)


def parse_day(text: str) -> tuple[Slot, ...]:
    """Read the slots of one day, such as `9-12:30, 13:30-17`; empty is closed.

    Raises:
        Invalid: as `parse_hours`.
    """
    return _joined(_slot(part) for part in _parts(text))


def week_of(days: Sequence[Iterable[Sequence[int]]]) -> Week:
    """Return a week from seven lists of slots, in order and without overlaps.

    Raises:
        Invalid: there are not seven days, or a slot lies outside its day.
    """
    if len(days) != len(DAYS):
        raise Invalid("A week has seven days.")
    return tuple(_joined((slot[0], slot[1]) for slot in day) for day in days)


def day_text(slots: Iterable[Sequence[int]]) -> str:
    """Write the slots of a day so that `parse_day` reads them."""
    return ", ".join(f"{_clock(slot[0])}-{_clock(slot[1])}" for slot in slots)


def week_text(week: Week) -> str:
    """Write a week so that `parse_hours` reads it: neighbouring equal days together."""
    parts, day = [], 0
    while day < len(DAYS):
        last = day
        while last + 1 < len(DAYS) and week[last + 1] == week[day]:
            last += 1
        name = DAYS[day].title() + (f"-{DAYS[last].title()}" if last > day else "")
        parts += [f"{name} {day_text([slot])}" for slot in week[day]]
        day = last + 1
    return ", ".join(parts)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("–", "-").split(",") if part.strip()]


def _slot(text: str) -> Slot:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"{text!r} is not understood. Write 9-12:30, 13:30-17.")
    begin, end = _minutes(text, match[1], match[2]), _minutes(text, match[3], match[4])
    if begin >= end:
        raise Invalid(
            f"{text!r} ends before it begins. Write what goes past midnight on two days: "
            "22-24 and 0-2."
        )
    return begin, end


def _minutes(part: str, hour: str, minute: str | None) -> int:
    found = int(hour) * 60 + int(minute or 0)
    if found > WHOLE_DAY or int(minute or 0) > 59:
        raise Invalid(f"{part!r} has a time that does not exist.")
    return found


def _joined(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    found: list[Slot] = []
    for begin, end in sorted(slots):
        if not 0 <= begin < end <= WHOLE_DAY:
            raise Invalid("A slot lies between 0 and 24 o'clock and ends after it begins.")
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    if len(found) > MOST_SLOTS:
        raise Invalid(f"A day takes {MOST_SLOTS} slots at most.")
    return tuple(found)


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}" if minute else str(hour)
