"""The fast way of writing money says the same as babel."""

import random
from decimal import Decimal

from babel.core import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_currency

from shopbell.kit.money import digits
from shopbell.messaging.rendering.locales import date_text, money_text


def test_money_is_written_as_babel_writes_it_in_every_locale() -> None:
    chance = random.Random(7)
    codes = chance.sample([code for code in locale_identifiers() if "_POSIX" not in code], 120)
    for code in [*codes, "en", "de", "de_CH", "en_IN", "es", "fr", "pl", "ar", "hi", "pt_PT"]:
        locale = Locale.parse(code)
        for currency in ("EUR", "USD", "JPY", "KWD"):
            for amount in (0, 5, 4990, 123456, -700, chance.randrange(10**11)):
                value = Decimal(amount).scaleb(-digits(currency))
                expected = format_currency(value, currency, locale=locale)
                assert money_text(amount, currency, code) == expected, (code, currency, amount)


def test_unknown_locales_zones_and_times_do_not_fail() -> None:
    assert money_text(100, "EUR", "xx-Nowhere") == "€1.00"
    assert date_text("2026-11-24T10:00:00+00:00", "time", "xx", "Mars/Base") == "10:00\u202fAM"
    for junk in ("", "x" * 1000, "99999999999999999999", "2026-13-45"):
        assert date_text(junk, "long", "en", "UTC") is None


def test_a_pattern_cannot_ask_for_endless_padding() -> None:
    text = date_text("2026-11-24", "%999999999d %1000000Y", "en", "UTC")

    assert text is not None
    assert len(text) < 50
