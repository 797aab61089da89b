"""A store's sending policy: data in `Store.policies`, with the defaults here.

Times are local `HH:MM` in the customer's zone, or the store's where the customer's is not known.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopbell.accounts.models import Store


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate asks. `in_doubt_minutes`: how long a missing receipt is waited for."""

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    track_opens: bool = False
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
        track_opens=raw.get("track_opens") is True,
        in_doubt_minutes=_number(raw.get("in_doubt_minutes"), default.in_doubt_minutes),
        soft_bounce_limit=_number(raw.get("soft_bounce_limit"), default.soft_bounce_limit),
        in_doubt_seconds=raw.get("in_doubt_seconds")
        if isinstance(raw.get("in_doubt_seconds"), int)
        else None,
    )


def quiet_end(policy: Policy, moment: datetime, zone_name: str) -> datetime | None:
    """Return when quiet hours end if `moment` lies in them, else None.

    Works on local wall time, so a night of a clock change has its true length. A local end that
    does not exist (spring forward) is moved on by the gap.
    """
    if policy.quiet_from == policy.quiet_until:
        return None
    zone = zone_or_utc(zone_name)
    local = moment.astimezone(zone)
    over_midnight = policy.quiet_from > policy.quiet_until
    now = local.time()
    if over_midnight:
        quiet = now >= policy.quiet_from or now < policy.quiet_until
    else:
        quiet = policy.quiet_from <= now < policy.quiet_until
    if not quiet:
        return None
    day = local.date()
    if over_midnight and now >= policy.quiet_from:
        day += timedelta(days=1)
    end = datetime.combine(day, policy.quiet_until, zone)
    # Round trip through UTC moves a time inside a gap to the one that exists.
    return datetime.fromtimestamp(end.timestamp(), zone)


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
