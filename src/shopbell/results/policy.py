"""For which message an order counts: a store's rules, with the defaults here.

What the field usually does: an order counts for a message if it comes within five days of a click
in it. Reading is a weaker sign and counts for a day. Messages to phones are read as they come,
and few have links, so there arriving counts for a day too. A mail that only arrived counts for
nothing, unless the store says so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from shopbell.accounts.models import Store

MOST_HOURS = 30 * 24


@dataclass(frozen=True, slots=True)
class Window:
    """How many hours after each sign an order counts; 0: the sign counts for nothing."""

    click: int = 5 * 24
    read: int = 24
    arrived: int = 24  # on a phone
    mail_arrived: int = 0

    def as_policy(self) -> dict[str, int]:
        """Return it as it is stored."""
        return asdict(self)


def window_of(store: Store) -> Window:
    """Read a store's rules; unusable values fall back to the defaults."""
    raw: Any = (store.policies or {}).get("attribution")
    told: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    return Window(
        **{each.name: told[each.name] for each in fields(Window) if is_hours(told.get(each.name))}
    )


def is_hours(value: Any) -> bool:
    """Return whether a value is a usable number of hours."""
    return type(value) is int and 0 <= value <= MOST_HOURS


def in_words(window: Window) -> list[str]:
    """Return the rules as people read them."""
    said = []
    if window.click:
        said.append(f"within {span(window.click)} of a click in a message")
    if window.read:
        said.append(f"within {span(window.read)} of reading one")
    if window.arrived:
        said.append(f"within {span(window.arrived)} of a message arriving on a phone")
    if window.mail_arrived:
        said.append(f"within {span(window.mail_arrived)} of a mail arriving")
    return said


def span(hours: int) -> str:
    """Return a span as people say it: `5 days`, `36 hours`."""
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
