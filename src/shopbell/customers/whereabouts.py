"""Where a customer may be: whose clocks count, and whose rules.

One zone is certain only where the profile names it. A phone number and an address each allow some;
where they share some, it is one of these; where they contradict one another, all count. Who sends
must then respect all of them at once. A newcomer's mistake: taking the first zone of several.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopbell.customers.normalise import country_of_phone, zones_of_phone
from shopbell.customers.zones import zones_by_country, zones_of_country

type Region = tuple[str, str]  # country, and its state where it is known


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The zones a customer may live by, the likeliest first, and the regions they may be in."""

    zones: tuple[str, ...]
    regions: frozenset[Region] = frozenset()
    told_by: str = "store"  # or profile, phone, address


@lru_cache(maxsize=4096)
def whereabouts(
    *, profile: str = "", phone: str = "", country: str = "", region: str = "", store: str = "UTC"
) -> Whereabouts:
    """Return where a customer may be, by the first of these that tells: profile, phone, address."""
    state = state_code(country, region)
    regions = _regions(profile, phone, country.upper(), state)
    if _is_zone(profile):
        return Whereabouts((profile,), regions, "profile")
    by_phone = phone_zones(phone)
    by_address = address_zones(country, state)
    found = _agreed(by_phone, by_address)
    if found:
        return Whereabouts(found, regions, "phone" if by_phone else "address")
    return Whereabouts((store if _is_zone(store) else "UTC",), regions)


def phone_zones(phone: str) -> tuple[str, ...]:
    """Return the zones a number may ring in."""
    found = zones_of_phone(phone)
    state = state_of_phone(phone)
    if state and phone[2:5] in _parts("US")[state].get("split", "").split():
        found = (*found, *_parts("US")[state]["zones"])
    return _different(found)


def address_zones(country: str, state: str) -> tuple[str, ...]:
    """Return the zones of a country, or of its state."""
    part = _parts(country.upper()).get(state)
    return _different(part["zones"] if part else zones_of_country(country))


def state_of_phone(phone: str) -> str:
    """Return the state of the USA in which an area code lies, else ""."""
    return _by_area_code().get(phone[2:5], "") if phone.startswith("+1") else ""


def state_code(country: str, region: str) -> str:
    """Return the code of a state that is given by its code or its name."""
    wanted = region.strip()
    for code, part in _parts(country.upper()).items():
        if wanted.upper() == code or wanted.lower() == part["name"].lower():
            return code
    return wanted.upper()


def state_name(country: str, state: str) -> str:
    """Return what a state is called, as far as known."""
    part = _parts(country).get(state)
    return str(part["name"]) if part else state


def states_of(country: str) -> list[tuple[str, str]]:
    """Return the states that are told apart, by name."""
    found = [(code, str(part["name"])) for code, part in _parts(country).items()]
    return sorted(found, key=lambda pair: pair[1])


def _regions(profile: str, phone: str, country: str, state: str) -> frozenset[Region]:
    found = {(country, state)} if country else set()
    by_phone = country_of_phone(phone)
    if by_phone:
        found.add((by_phone, state_of_phone(phone) if by_phone == "US" else ""))
    if not found and profile:
        found = {(code, "") for code in _countries_of_zone(profile)}
    return frozenset(found)


def _agreed(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return the zones both allow; where they share none, all."""
    if not first or not second:
        return first or second
    clocks = {_clock(name) for name in second}
    return tuple(name for name in first if _clock(name) in clocks) or (*first, *second)


def _different(names: Iterable[str]) -> tuple[str, ...]:
    """Return one zone for each clock."""
    return tuple({_clock(name): name for name in reversed(list(names))}.values())[::-1]


@cache
def _clock(name: str) -> int:
    """Return a number for the offsets of a zone over two years: the same are one clock."""
    zone, start = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC)
    offsets = [(start + timedelta(days=n)).astimezone(zone).utcoffset() for n in range(730)]
    return hash(tuple(offsets))


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


@cache
def _read() -> dict[str, dict[str, dict[str, Any]]]:
    text = files("shopbell.customers").joinpath("states.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _parts(country: str) -> dict[str, dict[str, Any]]:
    return _read().get(country, {})


@cache
def _by_area_code() -> dict[str, str]:
    return {code: key for key, part in _parts("US").items() for code in part["codes"].split()}


@cache
def _countries_of_zone(name: str) -> tuple[str, ...]:
    return tuple(code for code, zones in zones_by_country().items() if name in zones)
