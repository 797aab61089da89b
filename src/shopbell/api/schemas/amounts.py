"""Minor units as people write them: 4990 of EUR is "49.90"."""

from decimal import Decimal

from shopbell.kit import money


def decimal_text(minor: int | None, currency: str) -> str | None:
    """Return an amount as a decimal with the currency's digits; None stays None."""
    if minor is None:
        return None
    digits = money.digits(currency) if currency else 2
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"
