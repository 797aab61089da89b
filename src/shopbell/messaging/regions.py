"""What law and carriers of a place allow when: `regions.toml`, read once.

Rules of a country and of its states, of the number and of the address, all hold at once.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from babel.core import Locale

from shopbell.calendars.notation import parse_hours, week_text
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.whereabouts import Region, state_name
from shopbell.messaging.quiet import Hours, all_but
from shopbell.messaging.titles import medium_title

_ENGLISH = Locale("en")


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages within so many hours."""

    count: int
    hours: int


@dataclass(frozen=True, slots=True)
class RegionRule:
    """One rule of a place. `allowed` are the hours as people write them."""

    country: str
    state: str
    media: frozenset[str]
    purpose: str
    hours: Hours
    allowed: str
    says: str
    law: str
    source: str
    read: date
    holidays: bool = False
    most: Cap | None = None

    @property
    def place(self) -> str:
        """What the place is called: `France`, `Florida`."""
        if self.state:
            return state_name(self.country, self.state)
        return country_name(self.country)

    @property
    def media_titles(self) -> list[str]:
        """What its channels are called at the beginning of a line."""
        return [medium_title(medium) for medium in sorted(self.media, reverse=True)]


def country_name(code: str) -> str:
    """Return what a country is called in a sentence."""
    name = str(_ENGLISH.territories.get(code, code))
    return f"the {name}" if name.startswith("United ") else name


@cache
def region_rules() -> tuple[RegionRule, ...]:
    """Return all rules, as the data file lists them."""
    text = files("shopbell.messaging").joinpath("regions.toml").read_text(encoding="utf-8")
    return tuple(_rule(row) for row in tomllib.loads(text)["rule"])


def _rule(row: dict[str, Any]) -> RegionRule:
    allowed = parse_hours(row["allowed"])
    country, state = row["country"], row.get("state", "")
    holidays = bool(row.get("holidays"))
    return RegionRule(
        country=country,
        state=state,
        media=frozenset(row["media"]),
        purpose=row["purpose"],
        hours=Hours(
            all_but(allowed),
            country if holidays else "",
            state if holidays else "",
        ),
        allowed=week_text(allowed),
        says=row["says"],
        law=row["law"],
        source=row["source"],
        read=row["read"],
        holidays=holidays,
        most=Cap(**row["most"]) if "most" in row else None,
    )


def is_marketing(purpose: str) -> bool:
    """Whether a purpose is what nobody needs in order to buy or receive something."""
    known = PURPOSES.get(purpose)
    return known is None or known.quiet


def rules_for(regions: Iterable[Region], medium: str, purpose: str) -> list[RegionRule]:
    """Return the rules for a message to somebody who may be in any of these regions."""
    wanted = "marketing" if is_marketing(purpose) else purpose
    places = {place for country, state in regions for place in ((country, ""), (country, state))}
    return [
        rule
        for rule in region_rules()
        if rule.purpose == wanted and medium in rule.media and (rule.country, rule.state) in places
    ]
