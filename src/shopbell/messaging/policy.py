"""A store's sending policy: data in `Store.policies`, with the defaults here.

Times are local `HH:MM` in the customer's zone, or the store's where the customer's is not known.
"""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopbell.accounts.models import Store

EVERY_CHANNEL = "any"


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `count` messages of all budgeted purposes before one of `purpose`, in `hours`."""

    purpose: str
    channel: str  # a medium, or `EVERY_CHANNEL` for all together
    count: int
    hours: int


# What nobody asked for comes seldom: by e-mail once in 16 hours, by any other way once in a day.
BUDGETS = tuple(
    Budget(purpose, medium, 1, 16 if medium == "email" else 24)
    for purpose in ("marketing", "survey")
    for medium in ("email", "sms", "whatsapp")
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate asks. `in_doubt_minutes`: how long a missing receipt is waited for.

    `quiet_days` (Monday is 0) and `quiet_holidays` are for offers and surveys only.
    """

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    quiet_days: tuple[int, ...] = ()
    quiet_holidays: bool = False
    budgets: tuple[Budget, ...] = BUDGETS
    track_opens: bool = False
    track_clicks: bool = False
    in_doubt_minutes: int = 10
    soft_bounce_limit: int = 7
    in_doubt_seconds: int | None = None

    @property
    def handed_lease(self) -> timedelta:
        """How long a hand-over may take before its worker counts as dead."""
        if self.in_doubt_seconds is not None:
            return timedelta(seconds=self.in_doubt_seconds)
        return timedelta(minutes=15)

    @property
    def in_doubt_wait(self) -> timedelta:
        """How long to wait for a receipt before settling a doubt."""
        if self.in_doubt_seconds is not None:
            return timedelta(seconds=self.in_doubt_seconds)
        return timedelta(minutes=self.in_doubt_minutes)


def policy_of(store: Store) -> Policy:
    """Read the policy of a store; unknown keys and unusable values fall back to the defaults."""
    raw: dict[str, Any] = store.policies or {}
    default = Policy()
    return Policy(
        quiet_from=_time(raw.get("quiet_from"), default.quiet_from),
        quiet_until=_time(raw.get("quiet_until"), default.quiet_until),
        quiet_days=_days(raw.get("quiet_days")),
        quiet_holidays=raw.get("quiet_holidays") is True,
        budgets=_budgets(raw.get("budgets")),
        track_opens=raw.get("track_opens") is True,
        track_clicks=raw.get("track_clicks") is True,
        in_doubt_minutes=_number(raw.get("in_doubt_minutes"), default.in_doubt_minutes),
        soft_bounce_limit=_number(raw.get("soft_bounce_limit"), default.soft_bounce_limit),
        in_doubt_seconds=raw.get("in_doubt_seconds")
        if isinstance(raw.get("in_doubt_seconds"), int)
        else None,
    )


def zone_or_utc(name: str) -> ZoneInfo:
    """Return the zone, or UTC for a name nobody knows."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _time(value: Any, default: time) -> time:
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        return default


def _number(value: Any, default: int) -> int:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
    )


def _days(value: Any) -> tuple[int, ...]:
    days = value if isinstance(value, list) else []
    return tuple(sorted({day for day in days if type(day) is int and 0 <= day <= 6}))


def _budgets(value: Any) -> tuple[Budget, ...]:
    """Read the store's budgets; an empty list means that nothing is limited."""
    if not isinstance(value, list):
        return BUDGETS
    found = []
    for row in value:
        try:
            found.append(
                Budget(
                    str(row["purpose"]), str(row["channel"]), int(row["count"]), int(row["hours"])
                )
            )
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(each for each in found if each.count > 0 and each.hours > 0)
