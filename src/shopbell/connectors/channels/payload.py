"""Taking strange JSON apart: a missing field is empty, a wrong type is a missing field."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from shopbell.kit import clock
from shopbell.kit.text import storable


def part(content: Any, *path: str) -> dict[str, Any]:
    """Return the object at a path; empty when there is none."""
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}


def parts(content: Any, name: str) -> Iterator[dict[str, Any]]:
    """Return the objects of a list."""
    found = content.get(name) if isinstance(content, dict) else None
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, dict):
            yield entry


def word(content: Any, *path: str) -> str:
    """Return the text or the number at a path as text."""
    *way, last = path
    found = part(content, *way).get(last)
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        return ""
    return storable(str(found))


def moment(value: Any) -> datetime:
    """Return a time given in seconds or in milliseconds; now if it is none."""
    try:
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return clock.now()
