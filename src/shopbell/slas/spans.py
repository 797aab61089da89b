"""Lengths of time as people write and read them: `2 min`, `4 h`, `1 h 30 min`, `2 d`."""

import re

from shopbell.kit.errors import Invalid

_UNITS = {"d": 24 * 60, "h": 60, "min": 1, "m": 1}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*(d|h|min|m)?(?:ays?|ours?|utes?)?\s*", re.IGNORECASE)
LONGEST = 366 * 24 * 60


def parse_span(text: str) -> int:
    """Return the minutes of a length of time; a number alone is minutes.

    Raises:
        Invalid: it cannot be read, is nothing, or is longer than a year.
    """
    total, at, rest = 0.0, 0, text.strip()
    while at < len(rest):
        match = _PART.match(rest, at)
        if match is None or match.end() == at:
            raise Invalid(f"“{text[:40]}” is not understood. Write 30 min, 4 h or 1 h 30 min.")
        total += float(match[1].replace(",", ".")) * _UNITS[(match[2] or "min").lower()]
        at = match.end()
    if not 1 <= total <= LONGEST:
        raise Invalid("Write a time between one minute and a year.")
    return round(total)


def span_text(minutes: int | None) -> str:
    """Write a length of time so that `parse_span` reads it."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    if rest or not parts:
        parts.append(f"{rest} min")
    return " ".join(parts)
