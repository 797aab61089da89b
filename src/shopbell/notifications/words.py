"""The settings of a notification in plain words, for the page."""

from collections.abc import Sequence
from typing import Any

_UNITS = ((24 * 60, "day"), (60, "hour"), (1, "minute"))


def split_delay(minutes: int) -> tuple[int, int]:
    """Return a delay as (number, minutes of the unit) in the largest unit that fits."""
    for unit, _ in _UNITS:
        if minutes and minutes % unit == 0:
            return minutes // unit, unit
    return 0, 1


def delay_words(minutes: int) -> str:
    """Return `at once`, `after 15 minutes`, `after 3 days`."""
    if not minutes:
        return "at once"
    number, unit = split_delay(minutes)
    name = dict(_UNITS)[unit]
    return f"after {number} {name}{'' if number == 1 else 's'}"


def condition_words(conditions: dict[str, Any], currency: str) -> list[str]:
    """Return one short sentence for each condition."""
    said = []
    for key, value in conditions.items():
        if not value:
            continue
        words = _listed(value) if isinstance(value, list) else str(value)
        said.append(_SENTENCES[key].format(words=words, currency=currency))
    return said


_SENTENCES = {
    "countries": "only to {words}",
    "not_countries": "not to {words}",
    "tags": "only with the tag {words}",
    "not_tags": "not with the tag {words}",
    "min_total": "only from {words} {currency}",
    "shipping_methods": "only when shipped by {words}",
}


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
