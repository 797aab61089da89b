"""Cells understood as people write them: `1.234,56 €`, `21.11.2026`, `Deutschland`, `bezahlt`.

A newcomer's mistake: guessing where it could mean two things. What is not sure is refused with what
was expected; only the order of day and month is decided once for a whole file.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale

from shopbell.kit import money


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file writes: the zone of times without one, the order of day and month, the money."""

    zone: str = "UTC"
    day_first: bool = True
    currency: str = "EUR"


class Unclear(ValueError):
    """A cell that cannot be understood; the text says what was expected."""


def understood(kind: str, cell: str, manner: Manner) -> Any:
    """Return the value of a cell for the canonical JSON. Raises `Unclear`."""
    return _READERS[kind](cell, manner)


_NUMBER = re.compile(r"[+-]?[0-9][0-9.,'’ \u00a0\u202f]*")


def _amount(cell: str, manner: Manner) -> str:
    bare = re.sub(r"^[^\d+-]{0,4}\s*|\s*[^\d.,]{0,4}$", "", cell)
    if not _NUMBER.fullmatch(bare):
        raise Unclear("must be an amount, as in 49.90 or 49,90")
    digits = re.sub(r"['’ \u00a0\u202f]", "", bare)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    mark, decimals = digits[last], len(digits) - last - 1
    whole = digits[:last]
    if digits.count(mark) > 1:
        return re.sub("[.,]", "", digits)  # only thousands
    if decimals == 3 and not re.search("[.,]", whole) and money.digits(manner.currency) != 3:
        raise Unclear("could mean a thousand or a fraction; write it as in 1234.00")
    if decimals == 0:
        raise Unclear("must be an amount, as in 49.90 or 49,90")
    return re.sub("[.,]", "", whole) + "." + digits[last + 1 :]


def _count(cell: str, _manner: Manner) -> int:
    bare = re.sub(r"[.,]0+$", "", cell)
    if not re.fullmatch(r"-?[0-9]{1,9}", bare):
        raise Unclear("must be a whole number, as in 2")
    return int(bare)


_DMY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ ,T]+(.*))?")
_TIME_HINT = "must be a time, as in 2026-11-21 10:00 or 21.11.2026"


def _moment(cell: str, manner: Manner) -> datetime:
    text = re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", cell)  # "… 10:00:00 +0100"
    text = re.sub(r"\s+UTC$", "+00:00", text)
    match = _DMY.fullmatch(text)
    try:
        if match:
            one, mark, two, year, rest = match.groups()
            first = mark == "." or manner.day_first
            day, month = (one, two) if first else (two, one)
            full = year if len(year) == 4 else f"20{year}"
            text = f"{full}-{month:0>2}-{day:0>2}" + (f" {_clock(rest)}" if rest else "")
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unclear(_TIME_HINT) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(manner.zone))


def _clock(rest: str) -> str:
    """Return a time of day in 24 hours: "9:05 PM" is "21:05"."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(:\d{2})?\s*([AaPp][Mm])?(\s*Uhr)?(.*)", rest.strip())
    if match is None:
        raise ValueError
    hour, minute, second, half, _, zone = match.groups()
    number = int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)
    return f"{number:02}:{minute}{second or ''}{zone.strip()}"


def _time(cell: str, manner: Manner) -> str:
    return _moment(cell, manner).isoformat()


def _day(cell: str, manner: Manner) -> str:
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        pass
    try:
        return _moment(cell, manner).date().isoformat()
    except Unclear:
        raise Unclear("must be a date, as in 2026-11-21 or 21.11.2026") from None


_YES = frozenset({"yes", "y", "true", "1", "ja", "j", "wahr", "x", "oui", "si"})
_NO = frozenset({"no", "n", "false", "0", "nein", "falsch", "non"})


def _flag(cell: str, _manner: Manner) -> bool:
    word = cell.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unclear("must be yes or no")


@cache
def _countries() -> dict[str, str]:
    found = {}
    for language in ("en", "de", "fr", "es", "it", "nl"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found[name.casefold()] = code
    return found | {"uk": "GB", "usa": "US", "england": "GB", "holland": "NL"}


def _country(cell: str, _manner: Manner) -> str:
    if re.fullmatch(r"[A-Za-z]{2}", cell) and cell.casefold() != "uk":
        return cell.upper()
    code = _countries().get(cell.casefold())
    if code is None:
        raise Unclear("must be a country, as in DE or Germany")
    return code


def _words(expected: str, table: dict[str, str]) -> Callable[[str, Manner], str]:
    known = {word: value for value, words in table.items() for word in (value, *words.split("|"))}

    def read(cell: str, _manner: Manner) -> str:
        found = known.get(re.sub(r"[\s_-]+", "_", cell.casefold().strip()))
        if found is None:
            raise Unclear(f"must be one of: {expected}")
        return found

    return read


_payment = _words(
    "paid, pending, authorised, refunded, partially refunded, failed, voided",
    {
        "paid": "bezahlt|complete|completed|abgeschlossen",
        "pending": "unpaid|open|offen|ausstehend|unbezahlt|partially_paid|teilweise_bezahlt",
        "authorised": "authorized|autorisiert",
        "refunded": "erstattet|zurückerstattet",
        "partially_refunded": "teilweise_erstattet|partly_refunded",
        "failed": "fehlgeschlagen|declined|abgelehnt",
        "voided": "void|verfallen",
        "unknown": "unbekannt",
    },
)
_order_status = _words(
    "open, cancelled, closed",
    {
        "open": "offen|new|neu|processing|in_bearbeitung|on_hold|pending|unfulfilled",
        "cancelled": "canceled|storniert|abgebrochen",
        "closed": "completed|complete|abgeschlossen|erledigt|fulfilled|shipped|versendet|done"
        "|archived|refunded|versandt",
    },
)
_shipment_status = _words(
    "pending, info received, in transit, out for delivery, attempt fail, available for pickup, "
    "delivered, exception, expired",
    {
        "pending": "offen|open|ausstehend",
        "info_received": "announced|angekündigt|label_created|elektronisch_angekündigt",
        "in_transit": "shipped|sent|unterwegs|versendet|versandt|transit|on_its_way",
        "out_for_delivery": "in_zustellung|on_vehicle",
        "attempt_fail": "attempted|zustellversuch|not_home|nicht_angetroffen",
        "available_for_pickup": "pickup|ready_for_pickup|abholbereit|zur_abholung",
        "delivered": "zugestellt|geliefert|ausgeliefert",
        "exception": "failed|problem|fehler|störung",
        "expired": "abgelaufen",
    },
)


def _tags(cell: str, _manner: Manner) -> list[str]:
    return [tag.strip() for tag in re.split(r"[,;]", cell) if tag.strip()]


_READERS: dict[str, Callable[[str, Manner], Any]] = {
    "text": lambda cell, _manner: cell,
    "amount": _amount,
    "time": _time,
    "day": _day,
    "count": _count,
    "flag": _flag,
    "country": _country,
    "payment": _payment,
    "order_status": _order_status,
    "shipment_status": _shipment_status,
    "tags": _tags,
}


def day_comes_first(cells: Iterable[str], locale: str) -> bool:
    """Return whether a file writes 21/11 (and not 11/21), from its own dates if they tell."""
    for cell in cells:
        match = _DMY.fullmatch(cell.strip())
        if match and match[2] != ".":
            if int(match[1]) > 12:
                return True
            if int(match[3]) > 12:
                return False
    return locale.replace("_", "-") not in ("en-US", "en-PH")
