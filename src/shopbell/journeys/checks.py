"""Checks that every part of a journey is read with: counts, lengths of time, times of day.

Each mistake is an `Invalid` that names its place. A newcomer's mistake: a new message for an old
mistake. `mistakes` says each in plain words, and goes by what is said here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shopbell.kit.errors import Invalid

LONGEST_MINUTES = 366 * 24 * 60


def minutes_in(data: Mapping[str, Any], place: str, *, least: int) -> int:
    """Return how long a table says, in minutes: its days, hours and minutes together."""
    units = {"minutes": 1, "hours": 60, "days": 24 * 60}
    given = {name: data[name] for name in units if name in data}
    for name, value in given.items():
        if not is_count(value, 0, LONGEST_MINUTES):
            raise refusal(f"{place}.{name}", "A whole number.")
    total = sum(units[name] * int(value) for name, value in given.items())
    if not least <= total <= LONGEST_MINUTES:
        raise refusal(place, "How long: minutes, hours, days; at most a year.")
    return total


def time_of_day(data: Mapping[str, Any], place: str) -> str:
    """Return the time of day a table says, "" for none."""
    at = data.get("at", "")
    if at and not (isinstance(at, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at)):
        raise refusal(f"{place}.at", 'A time of day such as "10:00".')
    return str(at)


def is_count(value: Any, least: int, most: int) -> bool:
    """Return whether a value is a whole number between two others."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def only(data: Mapping[str, Any], place: str, known: set[str]) -> None:
    """Refuse what is not known in a table."""
    unknown: Sequence[str] = sorted(set(data) - known - {"do", "id"})
    if unknown:
        name = f"{place}.{unknown[0]}" if place else unknown[0]
        raise refusal(name, f"Not known here. Known: {', '.join(sorted(known))}.")


def refusal(place: str, says: str) -> Invalid:
    """Return the mistake at a place."""
    return Invalid(f"{place}: {says}", fields={place: says})
