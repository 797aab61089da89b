"""What a store decides about permission: offers to existing customers, and where no mail is needed.

Data in `Store.policies`, with who stated it and when. A newcomer's mistake: changing them without
asking the segments anew. Who may be written to is kept there, and nobody comes in by a setting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.core import Locale
from django.db import transaction

from shopbell.accounts.models import Store
from shopbell.consent import single, soft
from shopbell.consent.queries import topics
from shopbell.consent.wishes import folded
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.notifications.actions import change_policies
from shopbell.segments.actions import ask_anew


@dataclass(frozen=True, slots=True)
class SoftRules:
    """The exception for existing customers as somebody states it."""

    countries: Sequence[str]
    topics: Sequence[str]
    notice_since: date
    months: int = soft.MONTHS


@cache
def country_names(language: str = "en") -> dict[str, str]:
    """Return the countries of the world by code, sorted by what they are called in a language."""
    names = Locale.parse(language, sep="-").territories
    skipped = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}
    return {
        code: str(name)
        for code, name in sorted(names.items(), key=lambda pair: folded(str(pair[1])))
        if len(code) == 2 and code.isalpha() and code not in skipped
    }


@transaction.atomic
def change_soft_opt_in(*, store: Store, rules: SoftRules | None, by: str) -> None:
    """Switch the exception for existing customers on as stated, or off (None).

    Raises:
        Invalid: with what is wrong, by field.
    """
    if rules is None:
        change_policies(store=store, **{soft.KEY: None})
    else:
        change_policies(store=store, **{soft.KEY: _checked(rules) | _stated(by)})
    ask_anew(about="consent")


def _checked(rules: SoftRules) -> dict[str, object]:
    wrong: dict[str, str] = {}
    countries = list(dict.fromkeys(rules.countries))
    if not countries or any(code not in country_names() for code in countries):
        wrong["countries"] = "Choose at least one country."
    known = {row.key for row in topics()}
    if not rules.topics or any(key not in known for key in rules.topics):
        wrong["topics"] = "Choose the topics that are about similar goods of your own."
    if rules.notice_since > clock.now().date():
        wrong["notice_since"] = "It cannot hold before your checkout tells buyers."
    if not 1 <= rules.months <= soft.MOST_MONTHS:
        wrong["months"] = f"From 1 to {soft.MOST_MONTHS} months."
    if wrong:
        raise Invalid("The exception is not complete.", fields=wrong)
    return {
        "countries": countries,
        "topics": list(dict.fromkeys(rules.topics)),
        "notice_since": rules.notice_since.isoformat(),
        "months": rules.months,
    }


def _stated(by: str) -> dict[str, object]:
    return {"stated_by": by, "stated_at": clock.now().isoformat()}


@transaction.atomic
def change_single_opt_in(*, store: Store, countries: Sequence[str]) -> None:
    """Say in which countries a single opt-in is enough.

    Raises:
        Invalid: a country is not known.
    """
    if any(code not in country_names() for code in countries):
        said = {"countries": "Choose among the countries."}
        raise Invalid("There is no such country.", fields=said)
    change_policies(store=store, **{single.KEY: list(dict.fromkeys(countries))})
