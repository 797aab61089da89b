"""Days off from an iCal address, such as a list of company holidays.

Only entries of whole days count, repeated ones for the next years too. What does not come through
is said on the calendar and leaves the days that were read before. A newcomer's mistake: fetching
inside a transaction, which would be held open for as long as the other side likes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import rrulestr
from icalendar import Calendar as Feed

from shopbell.calendars.actions import MOST_DAYS, keep_feed
from shopbell.calendars.models import Calendar
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConnectorError, Invalid
from shopbell.kit.http import PublicFetcher
from shopbell.kit.text import one_line, storable

STALE = timedelta(hours=12)
AGAIN = timedelta(hours=1)  # after a failure
LARGEST = 2 * 1024 * 1024
LONGEST = 60  # days one entry may take
MOST_ENTRIES = 5_000
_BACK, _AHEAD = timedelta(days=60), timedelta(days=3 * 366)
_DAY = timedelta(days=1)
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")

FETCHER = PublicFetcher(max_bytes=LARGEST)


@dataclass(frozen=True, slots=True)
class Read:
    """What a feed says: days off, and how many entries were left out for having times of day."""

    days: list[tuple[date, str]]
    timed: int = 0


def refresh(*, calendar: Calendar, fetcher: PublicFetcher = FETCHER) -> str:
    """Read a calendar's feed now; returns what went wrong, or nothing. Call it outside a scope."""
    url, now = calendar.feed_url.strip(), clock.now()
    outcome: dict[str, Any] = {"feed_tried_at": now}
    try:
        reply = fetcher.fetch(url, accept="text/calendar, text/plain;q=0.5")
        read = read_feed(reply.body, today=now.date())
    except (ConnectorError, Invalid) as error:
        outcome["feed_note"] = one_line(error.message, 500)
    else:
        outcome |= {
            "feed_days": [[day.isoformat(), why] for day, why in read.days],
            "feed_read_at": now,
            "feed_note": "",
        }
    with store_scope(calendar.store_id):
        keep_feed(calendar=calendar, url=calendar.feed_url, **outcome)
    return str(outcome["feed_note"])


def is_due(calendar: Calendar, now: datetime) -> bool:
    """Return whether a feed is to be read again."""
    if not calendar.feed_url:
        return False
    if calendar.feed_tried_at is None:
        return True
    return now - calendar.feed_tried_at > (AGAIN if calendar.feed_note else STALE)


def read_feed(raw: bytes, *, today: date) -> Read:
    """Return the days off of an iCal file.

    Raises:
        Invalid: it is none, or has no whole days in it.
    """
    try:
        calendar: Any = Feed.from_ical(raw)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        raise Invalid("This address does not give an iCal file.") from None
    found: dict[date, str] = {}
    timed = 0
    for event in islice(calendar.walk("VEVENT"), MOST_ENTRIES):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        first = _date(event, "DTSTART")
        if first is None:
            timed += 1
            continue
        name = one_line(storable(str(event.get("SUMMARY", "Day off"))), 100)
        for day in _days(event, first, today):
            found.setdefault(day, name)
    if not found:
        raise Invalid(
            "The iCal file has no whole days from today on"
            + (f"; {timed} entries with times of day do not count." if timed else ".")
        )
    return Read(sorted(found.items())[:MOST_DAYS], timed)


def _date(event: Any, name: str) -> date | None:
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _days(event: Any, first: date, today: date) -> Iterator[date]:
    """Yield the days of an entry near today; DTEND is the day after the last one."""
    last = _date(event, "DTEND") or first + _DAY
    length = min(max((last - first) // _DAY, 1), LONGEST)
    begin, end = today - _BACK, today + _AHEAD
    for start in _starts(event, first, begin, end):
        for step in range(length):
            if begin <= start + step * _DAY <= end:
                yield start + step * _DAY


def _starts(event: Any, first: date, begin: date, end: date) -> Iterable[date]:
    rule = event.get("RRULE")
    if rule is None:
        return [first]
    starts: set[date] = set()
    for each in rule if isinstance(rule, list) else [rule]:
        starts |= _repeated(each.to_ical().decode(), first, begin, end)
    return sorted(starts - _left_out(event))


def _repeated(rule: str, first: date, begin: date, end: date) -> set[date]:
    """Return when an entry starts by its rule; a rule that is not about days is left out."""
    upper = rule.upper()
    if not any(f"FREQ={each}" in upper for each in _FREQUENCIES) or "BYHOUR" in upper:
        return {first}
    if "BYMINUTE" in upper or "BYSECOND" in upper:
        return {first}
    try:
        repeats = rrulestr(_with_zone(upper), dtstart=_midnight(first))
        found = repeats.between(_midnight(begin - LONGEST * _DAY), _midnight(end), inc=True)
    except (ValueError, TypeError):
        return {first}
    return {moment.date() for moment in found}


def _left_out(event: Any) -> set[date]:
    given = event.get("EXDATE")
    lists = given if isinstance(given, list) else [given] if given is not None else []
    days = (value.dt for each in lists for value in each.dts)
    return {day.date() if isinstance(day, datetime) else day for day in days}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _with_zone(rule: str) -> str:
    """Write `UNTIL=20301231` as the aware time that an aware beginning asks for."""
    parts = rule.split(";")
    for place, part in enumerate(parts):
        if part.startswith("UNTIL=") and len(part) == len("UNTIL=20301231"):
            parts[place] = f"{part}T235959Z"
    return ";".join(parts)
