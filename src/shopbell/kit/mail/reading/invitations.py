"""The first event of a calendar part, through `icalendar`; hostile calendars give None."""

import warnings
from datetime import UTC, date, datetime
from typing import Any

from shopbell.kit.mail.reading.mails import Invitation
from shopbell.kit.text import one_line, storable

_LARGEST = 256 * 1024


def read_invitation(content: bytes) -> Invitation | None:
    """Return what a `text/calendar` part invites to; None where there is nothing to show."""
    if len(content) > _LARGEST or b"BEGIN:VEVENT" not in content.upper():
        return None
    import icalendar  # nearly a second, and few mails invite

    # The library raises many kinds of errors on broken files; none of them is of use here.
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns of zones it has to guess
            calendar = icalendar.Calendar.from_ical(_one_event(content))
            event = next(iter(calendar.walk("VEVENT")), None)
            return None if event is None else _invitation(event)
    except Exception:
        return None


def _one_event(content: bytes) -> bytes:
    """Cut all events but the first: thousands of them would take minutes."""
    upper = content.upper()
    start = upper.index(b"BEGIN:VEVENT")
    end = upper.find(b"END:VEVENT", start)
    zones_end = upper.find(b"BEGIN:VTIMEZONE")
    head = content[: min(start, zones_end) if zones_end >= 0 else start]
    zone = b""
    if zones_end >= 0:
        stop = upper.find(b"END:VTIMEZONE", zones_end)
        zone = content[zones_end : stop + 13] + b"\r\n" if stop >= 0 else b""
    body = content[start:end] if end >= 0 else content[start:] + b"\r\n"
    if b"BEGIN:VCALENDAR" not in head.upper():
        head = b"BEGIN:VCALENDAR\r\n"
    return head + zone + body + b"END:VEVENT\r\nEND:VCALENDAR\r\n"


def _invitation(event: Any) -> Invitation:
    organiser = event.get("ORGANIZER")
    address = storable(str(organiser or "")).removeprefix("mailto:").removeprefix("MAILTO:")
    name = str(organiser.params.get("CN", "")) if organiser is not None else ""
    return Invitation(
        summary=one_line(storable(str(event.get("SUMMARY", ""))), 300),
        start=_moment(event, "DTSTART"),
        end=_moment(event, "DTEND"),
        location=one_line(storable(str(event.get("LOCATION", ""))), 300),
        organiser=one_line(storable(f"{name} <{address}>" if name and address else address), 300),
    )


def _moment(event: Any, name: str) -> datetime | None:
    try:
        value = getattr(event.get(name), "dt", None)
    except ValueError:  # a broken value raises when it is looked at
        return None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    else:
        return None
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
