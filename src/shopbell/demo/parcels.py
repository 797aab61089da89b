"""Which carrier takes a demo parcel, and tracking numbers with right check digits.

The numbers look real to `orders.tracking.recognise` but come from a random generator; a carrier's
own page will not know them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from shopbell.orders.tracking import checks

_BY_COUNTRY = {
    "DE": ("dhl", "dhl", "dpd", "gls", "hermes"), "AT": ("austrian-post", "dpd"),
    "CH": ("swiss-post",), "NL": ("postnl",), "BE": ("bpost",), "FR": ("colissimo",),
    "GB": ("royal-mail", "evri"),
}  # fmt: skip

# What the shop writes into `tracking_company`, and the carrier's words for a scan.
COMPANY = {
    "dhl": "DHL Germany", "dpd": "DPD", "gls": "GLS", "hermes": "Hermes", "ups": "UPS",
    "austrian-post": "Österreichische Post", "swiss-post": "Swiss Post", "postnl": "PostNL",
    "bpost": "bpost", "colissimo": "Colissimo", "royal-mail": "Royal Mail", "evri": "Evri",
}  # fmt: skip

_PICKUP = {
    "DE": "Paketshop Kranich, {street}", "AT": "Postpartner Gams, {street}",
    "GB": "Corner Shop Wren, {street}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Shape:
    prefix: str
    digits: int
    check: Callable[[str], bool] | None = None
    suffix: str = ""


_SHAPES = {
    "dhl": _Shape("00340434", 12, checks.gs1),
    "dpd": _Shape("05", 12),
    "gls": _Shape("36", 9),
    "hermes": _Shape("H1001", 15),
    "austrian-post": _Shape("1011", 18),
    "swiss-post": _Shape("9934", 14),
    "postnl": _Shape("3SLARK", 9),
    "bpost": _Shape("3232", 20),
    "colissimo": _Shape("6A", 11),
    "royal-mail": _Shape("RM", 9, checks.s10, "GB"),
    "evri": _Shape("H00LRK", 10),
    "ups": _Shape("1ZLARK6803", 8, checks.ups_1z),
}


def choose_carrier(country: str, random: Random) -> str:
    """Return the key of a carrier that serves `country`."""
    return random.choice(_BY_COUNTRY.get(country, ("ups",)))


def tracking_number(carrier: str, random: Random) -> str:
    """Return a well-formed number of that carrier; its check digit is right where it has one."""
    shape = _SHAPES[carrier]
    body = "".join(random.choice("0123456789") for _ in range(shape.digits - 1))
    candidates = [f"{shape.prefix}{body}{last}{shape.suffix}" for last in "0123456789"]
    if shape.check is None:
        return random.choice(candidates)
    return next(number for number in candidates if shape.check(number))


def pickup_point(country: str, street: str) -> str:
    """Return the name of an invented shop that keeps parcels."""
    return _PICKUP.get(country, "Parcel shop Heron, {street}").format(street=street)
