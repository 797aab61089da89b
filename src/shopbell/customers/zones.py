"""The time zone of a customer: from the profile, the phone number, the country, at last the store.

Countries with several zones give none: a wrong night is worse than the store's own.
"""

from functools import cache
from importlib.resources import files

from shopbell.customers.normalise import zone_of_phone


@cache
def zones_by_country() -> dict[str, list[str]]:
    """Return the zones of each country, as the tz database lists them."""
    found: dict[str, list[str]] = {}
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return found


# These have a second zone only for an enclave or an island that shares the clock.
_MAIN = {"DE": "Europe/Berlin", "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "UA": "Europe/Kyiv"}


def zone_of_country(country: str) -> str:
    """Return the zone of an ISO 3166 country that has one for nearly everybody, else ""."""
    code = country.upper()
    zones = zones_by_country().get(code, [])
    return _MAIN.get(code) or (zones[0] if len(zones) == 1 else "")


def zones_of_country(country: str) -> tuple[str, ...]:
    """Return the zones people of an ISO 3166 country live by."""
    code = country.upper()
    return (_MAIN[code],) if code in _MAIN else tuple(zones_by_country().get(code, ()))


def best_zone(*, profile: str = "", phone: str = "", country: str = "", store: str = "UTC") -> str:
    """Return the customer's IANA zone by the first of these that tells one."""
    return profile or (zone_of_phone(phone) if phone else "") or zone_of_country(country) or store
