"""Dates as mail programs write them for people: any order, many languages, often without a zone.

A newcomer's mistake: asking `email.utils`. It reads what programs write for programs, and makes a
wrong day of "3 nov 2026 a las 10:05".
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

_LOCALES = (
    "en de fr es it nl pt pl cs sk da sv nb fi hu tr el ro ru uk bg hr sl et lt lv ca id ar he"
)
_LONGEST = 200
_YEARS = range(1990, 2100)
_BIG_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s?[年.\-/년]\s{0,2}(\d{1,2})\s?[月.\-/월]\s{0,2}(\d{1,2})(?!\d)"
)
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|er|º|ª|\.º|-)?\s{0,2}(?:de\s|d['’])?\s{0,2}([^\W\d_]{3,20})"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,20})[.\s]{1,3}(\d{1,2})(?![\d:])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:[:.h]|[時时点시]\s?)\s?(\d{2})(?:[:.分분]\s?(\d{2}))?(?!\d)"
)
_MORNING = re.compile(r"\ba\.?\s?m\b|上午|午前|오전|π\.?μ|(?<!\w)ص(?!\w)", re.I)
_AFTERNOON = re.compile(r"\bp\.?\s?m\b|下午|午後|오후|μ\.?μ|(?<!\w)م(?!\w)", re.I)
_ZONE = re.compile(r"(?:(?<=\s)|UTC|GMT)([+-])(\d{1,2}):?(\d{2})?(?!\d)")
_UTC = re.compile(r"\b(?:UTC|GMT|Z)\b")


def read_date(text: str) -> datetime | None:
    """Return the moment a text names, without a zone if it names none; None if it names no day."""
    text = text[:_LONGEST]
    found = _day_in(text)
    if found is None:
        return None
    (year, month, day), rest = found
    hour, minute, second = _time_in(rest)
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    zone = _zone_in(rest)
    return moment.replace(tzinfo=zone) if zone is not None else moment


def _day_in(text: str) -> tuple[tuple[int, int, int], str] | None:
    """Return year, month and day, and the text without them."""
    if found := _BIG_FIRST.search(text):
        day = int(found[1]), int(found[2]), int(found[3])
    elif found := _NUMBERS.search(text):
        day = _by_numbers(found, text)
    else:
        return _by_name(text)
    return (day, _without(text, found)) if day[0] in _YEARS else None


def _by_numbers(found: re.Match[str], text: str) -> tuple[int, int, int]:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    american = found[2] == "/" and bool(re.search(r"\b[AP]M\b", text))
    if (american and first <= 12) or second > 12:
        first, second = second, first
    return year + 2000 if year < 100 else year, second, first


def _by_name(text: str) -> tuple[tuple[int, int, int], str] | None:
    year = _YEAR.search(text)
    if year is None:
        return None
    for pattern, word, number in ((_DAY_MONTH, 2, 1), (_MONTH_DAY, 1, 2)):
        for found in pattern.finditer(text):
            month = _months().get(found[word].casefold())
            if month is not None:
                rest = text.replace(year[0], " ", 1).replace(found[0], " ", 1)
                return (int(year[0]), month, int(found[number])), rest
    return None


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _time_in(text: str) -> tuple[int, int, int]:
    found = _TIME.search(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return 0, 0, 0
    hour = int(found[1])
    if hour < 12 and _AFTERNOON.search(text):
        hour += 12
    elif hour == 12 and _MORNING.search(text):
        hour = 0
    return hour, int(found[2]), min(int(found[3] or 0), 59)


def _zone_in(text: str) -> timezone | None:
    if found := _ZONE.search(text):
        away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if away <= timedelta(hours=14):
            return timezone(-away if found[1] == "-" else away)
    return UTC if _UTC.search(text) else None


@cache
def _months() -> dict[str, int]:
    """Return the number of a month by its name or short name, in the languages of `_LOCALES`."""
    from babel import Locale  # a fifth of a second, and most mails are no forwarded ones

    names: dict[str, int] = {}
    for code in _LOCALES.split():
        months = Locale(code).months
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[form][width].items():
                    names.setdefault(str(name).casefold().strip("."), number)
    return names | {"sept": 9, "märz": 3, "mrz": 3, "mär": 3, "maart": 3, "mrt": 3}
