"""Which carrier a tracking number belongs to, best guess first.

Numbers carry no carrier name: a 12-digit number with a right check digit fits FedEx and DHL alike.
Callers with a carrier's name or the parcel's country should pass them; both only re-order the
guesses, except that a named carrier is always among them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import tracking_numbers

from shopbell.orders.tracking import checks
from shopbell.orders.tracking.carriers import CARRIERS, carrier_by_name

MAX_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Match:
    """One possible carrier; `confidence` between 0 and 1 compares guesses, it is no probability."""

    carrier_key: str
    carrier_name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A shape of number. With a `check` that fails the rule says nothing."""

    carrier: str
    shape: str
    confidence: float
    check: Callable[[str], bool] | None = None


def _tail(function: Callable[[str], bool], length: int) -> Callable[[str], bool]:
    return lambda number: function(number[-length:])


# Confidence: prefix and check digit .95, prefix alone .8, check digit alone .6, length alone .3.
RULES: tuple[Rule, ...] = (
    Rule("ups", r"1Z[A-Z0-9]{15}\d", 0.98, checks.ups_1z),
    Rule("dhl", r"00340\d{15}", 0.97, checks.gs1),
    Rule("dhl", r"340434\d{12}", 0.9, checks.gs1),
    Rule("dhl", r"JJD\d{12,20}", 0.95),
    Rule("dhl", r"JVGL\d{10,20}", 0.85),
    Rule("dhl-express", r"JD\d{16,20}", 0.85),
    Rule("dhl-express", r"\d{10}", 0.55, checks.mod_7),
    Rule("dhl", r"\d{12}", 0.6, checks.identcode),
    Rule("dhl-ecommerce", r"3S[A-Z]{3}JVGL\d{8,12}", 0.95),
    Rule("dhl-ecommerce", r"GM\d{16,18}", 0.8),
    Rule("dpd", r"\d{14}[0-9A-Z]", 0.75, checks.mod_37_36),
    Rule("dpd", r"0\d{13}", 0.6),
    Rule("dpd-uk", r"1[5-9]\d{12}", 0.4),
    Rule("dpd", r"\d{14}", 0.25),
    Rule("hermes", r"H\d{19}", 0.85),
    Rule("hermes", r"\d{14}", 0.5, checks.gs1),
    Rule("evri", r"[HT]\d{2}[A-Z0-9]{2}[A-Z]\d{10}", 0.85),
    Rule("evri", r"[A-Z]00[A-Z0-9]{3}\d{10}", 0.9),
    Rule("evri", r"\d{16}", 0.35),
    Rule("gls", r"[A-Z]{2}[A-Z0-9]{6}", 0.35),
    Rule("gls", r"\d{11}", 0.45),
    Rule("gls", r"\d{12}", 0.2),
    Rule("postnl", r"3S[A-Z]{2,6}\d{7,10}", 0.93),
    Rule("postnl", r"3S[A-Z0-9]{9,14}", 0.8),
    Rule("postnl", r"LA\d{9}NL", 0.9),
    Rule("bpost", r"3232\d{20}", 0.9),
    Rule("bpost", r"CD\d{9}BE", 0.9),
    Rule("correos", r"P[A-Z0-9]{5}\d{16}[A-Z]", 0.92),
    Rule("colissimo", r"[5-9][A-Z]\d{11}", 0.88),
    Rule("chronopost", r"X[A-Z]\d{9}JB|X[A-Z]\d{9}FR|HX\d{9}JB|FR\d{9}F", 0.85),
    Rule("mondial-relay", r"\d{8}", 0.35),
    Rule("austrian-post", r"10\d{20}", 0.75),
    Rule("swiss-post", r"99\d{16}", 0.85),
    Rule("inpost", r"[567]\d{23}", 0.8),
    Rule("packeta", r"Z\d{10}", 0.88),
    Rule("postnord", r"00373\d{15}|373\d{15}", 0.9, checks.gs1),
    Rule("bring", r"00370\d{15}|370\d{15}", 0.9, checks.gs1),
    Rule("posti", r"JJFI\d{14,20}", 0.95),
    Rule("yodel", r"JD000[23]\d{12}", 0.96),
    Rule("usps", r"9[1-5]\d{20}", 0.96, checks.gs1),
    Rule("usps", r"420\d{5}(\d{4})?9[1-5]\d{20}", 0.97, _tail(checks.gs1, 22)),
    Rule("usps", r"(70|14|23|03)\d{18}", 0.75, checks.gs1),
    Rule("usps", r"82\d{8}", 0.4),
    Rule("fedex", r"\d{12}", 0.62, checks.fedex_12),
    Rule("fedex", r"\d{15}", 0.7, checks.gs1),
    Rule("fedex", r"96\d{20}", 0.9, checks.gs1),
    Rule("fedex", r"\d{20}", 0.35, checks.gs1),
    Rule("amazon", r"TB[ACM]\d{12}", 0.97),
    Rule("ontrac", r"[CD]\d{14}", 0.5),
    Rule("canada-post", r"\d{16}", 0.5, checks.gs1),
    Rule("australia-post", r"33[A-Z0-9]{21}", 0.3),
    Rule("yunexpress", r"YT\d{16}", 0.95),
    Rule("4px", r"4PX\d{10,16}(CN)?", 0.95),
    Rule("sf-express", r"SF\d{12,13}", 0.92),
    Rule("cainiao", r"LP\d{14}|CNG\d{14}", 0.85),
)

S10_CARRIERS = {
    "AT": "austrian-post", "AU": "australia-post", "BE": "bpost", "CA": "canada-post",
    "CH": "swiss-post", "CN": "china-post", "CZ": "ceska-posta", "DE": "dhl", "DK": "postnord",
    "ES": "correos", "FI": "posti", "FR": "la-poste", "GB": "royal-mail", "GR": "elta",
    "IE": "an-post", "IT": "poste-italiane", "JP": "japan-post", "NL": "postnl", "NO": "bring",
    "NZ": "new-zealand-post", "PL": "poczta-polska", "PT": "ctt", "SE": "postnord", "US": "usps",
}  # fmt: skip

_LIBRARY = {
    "ups": "ups", "fedex": "fedex", "usps": "usps", "dhl": "dhl-express", "amazon": "amazon",
    "ontrac": "ontrac",
}  # fmt: skip

_COMPILED = tuple((rule, re.compile(rule.shape)) for rule in RULES)


def clean(number: str) -> str:
    """Return the number without spaces, dashes and dots, in capitals."""
    return re.sub(r"[\s\-._/]+", "", number).upper()


def _s10(number: str) -> tuple[str, float] | None:
    """Letters R, V, E, L, C, U … and a country: the national post if the check digit fits."""
    if not re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", number) or not checks.s10(number):
        return None
    key = S10_CARRIERS.get(number[-2:], "")
    if key == "dhl" and number[0] in "RUL":
        key = "deutsche-post"
    return (key, 0.95) if key else None


def _from_library(number: str) -> tuple[str, float] | None:
    """Ask the `tracking-numbers` tables; they only know carriers of the United States."""
    found = tracking_numbers.get_tracking_number(number)
    key = _LIBRARY.get(found.courier.code, "") if found else ""
    if not key:
        return None
    return key, 0.45 if number.isdecimal() and len(number) < 20 else 0.9


def _scores(number: str) -> dict[str, float]:
    scores: dict[str, float] = {}
    found = [_s10(number), _from_library(number)]
    for rule, shape in _COMPILED:
        if shape.fullmatch(number) and (rule.check is None or rule.check(number)):
            found.append((rule.carrier, rule.confidence))
    for guess in found:
        if guess is not None:
            scores[guess[0]] = max(scores.get(guess[0], 0.0), guess[1])
    return scores


def recognise(number: str, hint: str = "", country: str = "") -> list[Match]:
    """Return possible carriers of `number`, best first; an empty list for nothing known.

    `hint` is what the shop called the carrier (any spelling), `country` the destination.
    """
    cleaned = clean(number)
    if not 5 <= len(cleaned) <= MAX_LENGTH or not cleaned.isascii() or not cleaned.isalnum():
        cleaned = ""
    scores = _scores(cleaned) if any(c.isdecimal() for c in cleaned) else {}
    named = carrier_by_name(hint)
    if named:
        family = named.split("-")[0]
        scores[named] = min(0.99, scores.get(named, 0.0) + 0.35)
        for key in scores:
            if key != named and key.split("-")[0] == family:
                scores[key] = min(0.98, scores[key] + 0.1)
    for key in scores:
        if country.upper() in CARRIERS[key].countries:
            scores[key] = min(0.99, scores[key] + 0.1)
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Match(key, CARRIERS[key].name, round(value, 2)) for key, value in ordered]
