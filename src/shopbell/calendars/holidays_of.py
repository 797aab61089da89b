"""Public holidays by country and region, from the package `holidays`.

It is imported when a store first asks: its tables weigh, and most processes never need them.
"""

from datetime import date
from functools import cache, lru_cache

from babel.core import Locale

from shopbell.kit.errors import Invalid

_ENGLISH = Locale("en")


@lru_cache(maxsize=2_000)
def public_holidays(country: str, region: str, year: int) -> dict[date, str]:
    """Return the holidays of a year with their names; none without a country.

    Those of the whole country where a region is not known (any more).
    """
    if not country:
        return {}
    import holidays

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year)
    except NotImplementedError:
        return public_holidays(country, "", year) if region else {}
    return {day: str(name) for day, name in found.items() if day.year == year}


@cache
def regions_by_country() -> dict[str, list[str]]:
    """Return the regions whose holidays are known, by country code."""
    import holidays

    return {
        code: list(regions)
        for code, regions in holidays.list_supported_countries(include_aliases=False).items()
    }


@cache
def country_choices() -> list[tuple[str, str]]:
    """Return the countries whose holidays are known, by name."""
    names = [(code, _ENGLISH.territories.get(code, code)) for code in regions_by_country()]
    return [("", "No public holidays"), *sorted(names, key=lambda pair: pair[1])]


def check_place(country: str, region: str) -> None:
    """Refuse a country or region without holidays.

    Raises:
        Invalid: it is not known, with the regions that are.
    """
    if not country:
        if region:
            raise Invalid("A region needs a country.", fields={"region": "Choose the country too."})
        return
    known = regions_by_country().get(country)
    if known is None:
        raise Invalid(
            f"The holidays of {country!r} are not known.",
            fields={"country": "Write a country code such as DE or GB."},
        )
    if region and region not in known:
        names = ", ".join(known) or "none"
        raise Invalid(
            f"{country} has no region {region!r}.", fields={"region": f"Known are: {names}."}
        )
