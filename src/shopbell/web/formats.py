"""How values are written for people: money, times, names, telephone numbers. Plain functions.

Templates get them as filters through `{% load ui %}`. Times are stored in UTC and written in the
store's zone (`zone=`); None and empty values are written as a dash, so that a cell is never blank.
"""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from shopbell.kit.clock import now
from shopbell.kit.errors import Invalid
from shopbell.kit.money import Money

NOTHING = "–"
AVATAR_TONES = 7


@lru_cache(maxsize=128)
def zone_of(name: str | tzinfo | None) -> tzinfo:
    """Return the zone of an IANA name; UTC where there is none or it is unknown."""
    if isinstance(name, tzinfo):
        return name
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return UTC


def money(amount: Money | int | str | None, currency: str = "", locale: str = "en") -> str:
    """Write money: `money(4990, "EUR")` or `money(Money(4990, "EUR"))` is €49.90."""
    if amount is None or amount == "":
        return NOTHING
    if isinstance(amount, Money):
        return amount.format(locale)
    if not currency:
        raise Invalid("An amount of money needs its currency.")
    return Money(int(amount), currency).format(locale)


def absolute(
    moment: datetime | None, zone: str | tzinfo | None = None, *, seconds: bool = False
) -> str:
    """Write a time in full: `Sat 21 Nov 2026, 12:09 CET`."""
    if moment is None:
        return NOTHING
    local = moment.astimezone(zone_of(zone))
    hour = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b %Y}, {hour} {local:%Z}"


def clock_time(moment: datetime | None, zone: str | tzinfo | None = None) -> str:
    """Write as short as the day allows: `12:09`, `yesterday 18:03`, `Mon 18:03`, `3 Oct 18:03`."""
    if moment is None:
        return NOTHING
    where = zone_of(zone)
    local, today = moment.astimezone(where), now().astimezone(where)
    days = (today.date() - local.date()).days
    hour = f"{local:%H:%M}"
    if days == 0:
        return hour
    if days in (1, -1):
        return f"{'yesterday' if days == 1 else 'tomorrow'} {hour}"
    if -6 <= days <= 6:
        return f"{local:%a} {hour}"
    if local.year == today.year:
        return f"{local.day} {local:%b} {hour}"
    return f"{local.day} {local:%b %Y}"


def ago(moment: datetime | None) -> str:
    """Write how long ago or how far off: `just now`, `6 min ago`, `in 2 h`, `3 days ago`."""
    if moment is None:
        return NOTHING
    seconds = (now() - moment).total_seconds()
    size = abs(seconds)
    if size < 45:
        return "just now" if seconds >= 0 else "in a moment"
    if size < 3570:
        text = f"{max(1, round(size / 60))} min"
    elif size < 86_400:
        text = f"{round(size / 3600)} h"
    elif size < 86_400 * 45:
        days = round(size / 86_400)
        text = f"{days} day{'' if days == 1 else 's'}"
    elif size < 86_400 * 540:
        months = round(size / 86_400 / 30.4)
        text = f"{months} month{'' if months == 1 else 's'}"
    else:
        years = round(size / 86_400 / 365.25)
        text = f"{years} year{'' if years == 1 else 's'}"
    return f"{text} ago" if seconds >= 0 else f"in {text}"


def initials(name: str | None) -> str:
    """Return one or two letters for an avatar; `?` for somebody without a name."""
    words = [word for word in (name or "").replace("@", " ").replace(".", " ").split() if word]
    letters = [word[0] for word in words if word[0].isalnum()]
    if not letters:
        return "?"
    picked = (
        letters[0]
        if len(letters) == 1
        else letters[0] + letters[-1 if "@" not in (name or "") else 1]
    )
    return picked.upper()


def tone_of(name: str | None) -> int:
    """Return a steady avatar colour number for a name (the same in every process)."""
    return sum((name or "").encode()) % AVATAR_TONES


def phone(number: str | None) -> str:
    """Write a telephone number with its international grouping; odd input comes back as it is."""
    if not number:
        return NOTHING
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def thousands(value: int | float | None) -> str:
    """Write a count with separators: `1,284`."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float | None, digits: int = 0) -> str:
    """Write a share between 0 and 1: `71 %`. None means there is nothing to divide by."""
    if share is None:
        return NOTHING
    return f"{share * 100:.{digits}f} %"


def filesize(size: int | None) -> str:
    """Write a number of bytes: `12 KB`, `3.4 MB`."""
    if size is None:
        return NOTHING
    amount = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit in ("bytes", "KB") else f"{amount:.1f} {unit}"
        amount /= 1000
    return NOTHING
