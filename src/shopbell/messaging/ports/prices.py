"""What a text costs: prices are the merchant's own entries, none are invented.

A newcomer's mistake: pricing by country. Providers price by the beginning of the number, and the
longest one that fits counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import Field, field_validator

from shopbell.connections.ports import Settings

_LINE = re.compile(r"(\+\d{1,8}|\*)\s+(\d{1,4}(?:\.\d{1,6})?)")
_ROWS: dict[str, Any] = {
    "pattern": r"(?<prefix>\+[0-9]{1,8}|\*)\s+(?<price>[0-9]{1,4}(\.[0-9]{1,6})?)",
    "columns": [
        {"name": "prefix", "label": "Numbers beginning with", "hint": "+49", "most": 9, "must": 1},
        {"name": "price", "label": "One part costs", "before": " ", "hint": "0.075", "most": 11},
    ],
    "add": "Add a price",
    "most": 250,
}


class PricedSettings(Settings):
    """Settings of a channel that charges for each part of a text."""

    prices: list[str] = Field(
        default=[],
        max_length=250,
        description="What one part of a text costs, from your provider's price list: the beginning"
        " of the number and the price, such as +49 0.075. A * stands for all other numbers. Then"
        " the price is shown before a text is sent.",
        json_schema_extra={"lines": _ROWS},
    )
    price_currency: str = Field(
        default="",
        pattern=r"^([A-Z]{3})?$",
        description="The currency of these prices, such as EUR.",
        json_schema_extra={"rare": True},
    )

    @field_validator("prices")
    @classmethod
    def _prices(cls, value: list[str]) -> list[str]:
        for line in value:
            if not _LINE.fullmatch(line.strip()):
                raise ValueError(f"“{line[:40]}” is not a price such as +49 0.075.")
        return value


@dataclass(frozen=True, slots=True)
class Price:
    """What a text costs. `prefix`: of the numbers that this price is for."""

    amount: Decimal
    currency: str
    prefix: str

    def __str__(self) -> str:
        shown = f"{self.amount.normalize():f} {self.currency}".strip()
        return shown if self.prefix == "*" else f"{shown} to {self.prefix}…"


def price_of(settings: Mapping[str, Any], to: str, parts: int) -> Price | None:
    """Return what a text of so many parts costs by stored settings; None: no price is entered.

    Without a number (`to` is empty) only a single price, or that of all numbers, can be told.
    """
    listed: dict[str, Decimal] = {}
    for line in settings.get("prices") or ():
        found = _LINE.fullmatch(str(line).strip())
        if found is not None:
            listed[found[1]] = Decimal(found[2])
    fitting = [prefix for prefix in listed if prefix != "*" and to.startswith(prefix)]
    if not to and len(listed) == 1:
        fitting = list(listed)
    best = max(fitting, key=len, default="*")
    if best not in listed:
        return None
    return Price(listed[best] * parts, str(settings.get("price_currency") or ""), best)
