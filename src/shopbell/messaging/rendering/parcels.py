"""What a parcel's dates and status are called in a message: ready to be read after a colon.

A newcomer's mistake: "tomorrow" alone. A mail is read the next morning too, so the day's name
stands beside it.
"""

from datetime import UTC, date, datetime

from babel.core import Locale
from babel.dates import format_date, format_interval, format_time

from shopbell.kit import clock
from shopbell.kit.days import is_whole_days, near_day
from shopbell.messaging.rendering.locales import date_text, locale_of, zone_of

_STATUS: dict[str, dict[str, str]] = {
    "en": {
        "pending": "Not handed over yet",
        "info_received": "Announced to the carrier",
        "in_transit": "On its way",
        "out_for_delivery": "Out for delivery",
        "attempt_fail": "Delivery attempted",
        "available_for_pickup": "Ready to be picked up",
        "delivered": "Delivered",
        "exception": "There is a problem on the way",
        "expired": "No news from the carrier",
        "delayed": "Delayed",
        "customs": "Held at customs",
        "wrong_address": "The address could not be found",
        "nobody_home": "Nobody was at home",
        "refused": "Not accepted",
        "lost": "Possibly lost",
        "damaged": "Damaged on the way",
        "returning": "On its way back",
        "returned": "Returned to the sender",
        "with_neighbour": "Left with a neighbour",
        "safe_place": "Left in a safe place",
        "weather": "Delayed by the weather",
    },
    "de": {
        "pending": "Noch nicht übergeben",
        "info_received": "Dem Paketdienst angekündigt",
        "in_transit": "Unterwegs",
        "out_for_delivery": "In Zustellung",
        "attempt_fail": "Zustellung versucht",
        "available_for_pickup": "Abholbereit",
        "delivered": "Zugestellt",
        "exception": "Es gibt ein Problem unterwegs",
        "expired": "Keine Nachricht vom Paketdienst",
        "delayed": "Verspätet",
        "customs": "Liegt beim Zoll",
        "wrong_address": "Die Adresse wurde nicht gefunden",
        "nobody_home": "Niemand angetroffen",
        "refused": "Annahme verweigert",
        "lost": "Vielleicht verloren",
        "damaged": "Unterwegs beschädigt",
        "returning": "Auf dem Rückweg",
        "returned": "Zurück beim Absender",
        "with_neighbour": "Beim Nachbarn abgegeben",
        "safe_place": "Am Wunschort abgelegt",
        "weather": "Verspätet durch das Wetter",
    },
}


def status_text(status: str, sub_status: str, code: str) -> str:
    """Return what is the matter with a parcel, in the language of a locale (else English)."""
    words = _STATUS.get(_language(code), _STATUS["en"])
    return words.get(sub_status) or words.get(status, "")


def expected_text(start: datetime | None, end: datetime | None, code: str, zone: str) -> str:
    """Return when a parcel is expected: a day, a day with hours, or a span of days.

    `tomorrow (Tue), 14:00–17:00`, `morgen (Di), 14–17 Uhr`, `Tuesday, November 24`. Empty when
    nothing is known.
    """
    first, last = start or end, end or start
    if first is None or last is None or last < first:
        return ""
    place, locale = zone_of(zone), locale_of(code)
    whole = is_whole_days(first, last)  # then the day is the carrier's, whatever the zone
    first, last = (m.astimezone(UTC if whole else place) for m in (first, last))
    if first.date() != last.date():
        said = format_interval(first.date(), last.date(), "MMMEd", locale=locale)
        return str(said).replace("\u2009", " ").replace("\u202f", " ")
    today = clock.now().astimezone(place).date()
    day = _day(first.date(), today, code, locale)
    return day if whole or first == last else f"{day}, {_hours(first, last, code, locale)}"


def gsm_text(text: str) -> str:
    """Return it without the dash that would make an SMS hold 70 characters instead of 160."""
    return text.replace("–", "-")


def _day(day: date, today: date, code: str, locale: Locale) -> str:
    near = near_day(day, today, _language(code))
    if near and day >= today:
        return near if day == today else f"{near} ({_short_weekday(day, locale)})"
    return date_text(day.isoformat(), "weekday_day", code, "UTC") or ""


def _short_weekday(day: date, locale: Locale) -> str:
    return str(format_date(day, "EEE", locale=locale)).rstrip(".")


def _hours(first: datetime, last: datetime, code: str, locale: Locale) -> str:
    if code.replace("_", "-").lower() in ("en-us", "en-ca"):
        start, end = (
            str(format_time(moment, "h:mm a", tzinfo=moment.tzinfo, locale=locale))
            for moment in (first, last)
        )
        return f"{start}–{end}"
    if _language(code) == "de":
        full = first.minute == last.minute == 0
        return f"{first:%-H}–{last:%-H} Uhr" if full else f"{first:%H:%M}–{last:%H:%M} Uhr"
    return f"{first:%H:%M}–{last:%H:%M}"


def _language(code: str) -> str:
    return code.replace("_", "-").split("-")[0].lower()
