"""Lists for selects: languages, time zones, currencies, as people read them."""

from functools import cache
from zoneinfo import available_timezones

from babel.core import Locale
from babel.numbers import get_currency_name

LANGUAGES = (
    "en", "en-GB", "en-US", "de", "de-AT", "de-CH", "fr", "fr-CA", "es", "es-MX", "it", "nl", "pt",
    "pt-BR", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "bg", "el", "tr", "uk", "ru", "lt", "lv",
    "et", "fi", "sv", "da", "nb", "is", "ga", "ca", "ja", "ko", "zh", "zh-TW", "th", "vi", "id",
    "hi", "he", "ar", "fa",
)  # fmt: skip
CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY",
    "UAH", "ISK", "CAD", "AUD", "NZD", "JPY", "CNY", "HKD", "TWD", "KRW", "SGD", "MYR", "THB",
    "IDR", "PHP", "VND", "INR", "AED", "SAR", "KWD", "ILS", "EGP", "MAD", "NGN", "KES", "ZAR",
    "BRL", "MXN", "ARS", "CLP", "COP", "PEN",
)  # fmt: skip


@cache
def locale_choices(current: str = "") -> list[tuple[str, str]]:
    """Return languages by their own name; `current` is there even if it is a rare one."""
    codes = LANGUAGES if not current or current in LANGUAGES else (current, *LANGUAGES)
    return [(code, _language(code)) for code in codes]


def _language(code: str) -> str:
    locale = Locale.parse(code, sep="_" if "_" in code else "-")
    return f"{(locale.get_display_name() or code).capitalize()} ({code})"


@cache
def timezone_choices() -> list[tuple[str, str]]:
    """Return all time zones with a place in them, and UTC."""
    zones = sorted(zone for zone in available_timezones() if _is_place(zone))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]


def _is_place(zone: str) -> bool:
    return "/" in zone and not zone.startswith(("Etc/", "SystemV/", "posix/", "right/"))


@cache
def currency_choices(current: str = "") -> list[tuple[str, str]]:
    """Return currencies with their names; `current` is there even if it is a rare one."""
    codes = CURRENCIES if not current or current in CURRENCIES else (current, *CURRENCIES)
    return [(code, f"{code}, {get_currency_name(code, locale='en')}") for code in codes]
