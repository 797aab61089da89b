"""When an answer may be sent later: offers that make sense, and what somebody typed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.web.formats import zone_of

MORNING, EVENING = 9, 18
LATER = ("hours", "evening", "tomorrow", "monday", "theirs", "typed")
_SOON = timedelta(minutes=30)


def offers(zone: str, theirs: str = "") -> list[tuple[str, str]]:
    """Return (key, words) of times in a store's zone, and of the customer's morning elsewhere."""
    now = clock.now().astimezone(zone_of(zone))
    found = [("hours", "In 2 hours")]
    if now.replace(hour=EVENING, minute=0) - now > _SOON:
        found.append(("evening", f"This evening, {EVENING}:00"))
    found.append(("tomorrow", f"Tomorrow morning, {MORNING}:00"))
    if now.weekday() != 6:  # else it is tomorrow
        found.append(("monday", f"Next Monday, {MORNING}:00"))
    if theirs and _is_elsewhere(now, theirs):
        place = theirs.split("/")[-1].replace("_", " ")
        found.append(("theirs", f"{MORNING}:00 where they are ({place})"))
    return found


def _is_elsewhere(now: datetime, zone: str) -> bool:
    return now.astimezone(zone_of(zone)).utcoffset() != now.utcoffset()


def time_of(choice: str, zone: str, *, theirs: str = "", typed: datetime | None = None) -> datetime:
    """Return the moment of an offer, or of what was typed (a time without a zone: the store's).

    Raises:
        Invalid: there is no such offer, or nothing was typed.
    """
    now = clock.now().astimezone(zone_of(zone))
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if choice == "typed" and typed is not None:
        return typed.replace(tzinfo=ZoneInfo(str(zone_of(zone)))) if typed.tzinfo is None else typed
    if choice == "theirs":
        there = clock.now().astimezone(zone_of(theirs or zone))
        first = there.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        return first if first > there else first + timedelta(days=1)
    times = {
        "hours": now + timedelta(hours=2),
        "evening": now.replace(hour=EVENING, minute=0, second=0, microsecond=0),
        "tomorrow": morning + timedelta(days=1),
        "monday": morning + timedelta(days=7 - now.weekday()),
    }
    if choice not in times:
        raise Invalid(
            "Say when.",
            fields={"at": "Choose a day and a time."},
            kept="What you wrote is still here.",
        )
    return times[choice]
