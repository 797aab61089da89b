"""The settings of a notification in plain words, for the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopbell.messaging.titles import medium_title
from shopbell.notifications.kinds import STAGE_TITLES, Stage

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


def plan_words(
    media: Sequence[str], waits: Mapping[str, int], stages: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return who gets what, a line for everybody and one for each stage with a list of its own."""
    lines = [("Everybody", steps_words(media, waits))]
    for stage in Stage:
        if stage in stages:
            own = stages[stage]
            lines.append((STAGE_TITLES[stage], steps_words(own["media"], own["waits"])))
    return lines


def steps_words(media: Sequence[str], waits: Mapping[str, int]) -> str:
    """Return `WhatsApp; not delivered in 15 minutes: SMS; refused: E-mail`."""
    said = ""
    for place, medium in enumerate(media):
        name = "the channel they use" if medium == "used" else medium_title(medium)
        if place:
            minutes = waits.get(media[place - 1])
            said += f"; not delivered in {_span(minutes)}: " if minutes else "; refused: "
        said += name
    return said


def _span(minutes: int) -> str:
    number, unit = split_delay(minutes)
    name = dict(_UNITS)[unit]
    return f"{number} {name}{'' if number == 1 else 's'}"
