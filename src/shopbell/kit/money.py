"""Money: integer minor units and an ISO 4217 code. Never a float.

The number of decimals comes from the currency (JPY 0, EUR 2, KWD 3), so `parse("10", "JPY")` is 10.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from shopbell.kit.errors import Invalid


@cache
def digits(currency: str) -> int:
    """Return the number of decimals of an ISO 4217 currency (2 if unknown)."""
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency.upper())


def minor(amount: str | int | float | Decimal | None, currency: str) -> int:
    """Turn a decimal amount as shops write it (`"49.90"`) into minor units; None counts as 0."""
    if amount is None or amount == "":
        return 0
    try:
        value = Decimal(str(amount))
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise Invalid(f"{str(amount)[:40]!r} is not an amount of money.") from None
    return int(value.scaleb(digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of `currency`."""

    amount: int
    currency: str

    def format(self, locale: str = "en") -> str:
        """Return it as people of `locale` write it (`€49.90`, `49,90 €`)."""
        from babel.core import Locale, UnknownLocaleError
        from babel.numbers import format_currency

        try:
            where = Locale.parse(locale, sep="-")
        except (UnknownLocaleError, ValueError):
            where = Locale("en")
        value = Decimal(self.amount).scaleb(-digits(self.currency))
        return str(format_currency(value, self.currency, locale=where))
