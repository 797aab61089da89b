"""The carriers we know: key, name, what shops call them, and their public tracking page.

What shops write in `tracking_company` is free text ("DHL Germany", "Royal Mail Tracked 24"), so
`carrier_by_name` compares folded words; an unknown name gives "" and is shown as it was written.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from shopbell.orders.tracking.carrier_rows import ROWS


@dataclass(frozen=True, slots=True)
class CarrierEntry:
    """One carrier. In `link`, `{number}` and `{language}` are filled in; countries are its home."""

    key: str
    name: str
    link: str
    names: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


CARRIERS: dict[str, CarrierEntry] = {
    key: CarrierEntry(key, name, link, tuple(names.split("|")), tuple(countries.split()))
    for key, name, link, names, countries in ROWS
}

# Languages a carrier's page has, as written in its address; the first is for everybody else.
_LANGUAGES: dict[str, dict[str, str]] = {
    "dhl": {"en": "en", "de": "de"},
    "dpd": {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "nl": "nl_NL", "pl": "pl_PL"},
    "dpd-fr": {"fr": "fr", "en": "en"},
    "gls": {"en": "en", "de": "de", "fr": "fr", "it": "it", "es": "es", "nl": "nl", "pl": "pl"},
    "ups": {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT"},
    "correos": {"en": "en", "es": "es"},
    "chronopost": {"fr": "fr", "en": "en"},
    "bpost": {"en": "en", "nl": "nl", "fr": "fr", "de": "de"},
    "canada-post": {"en": "en", "fr": "fr"},
    "purolator": {"en": "en", "fr": "fr"},
    "swiss-post": {"en": "en", "de": "de", "fr": "fr", "it": "it"},
    "packeta": {"en": "en", "de": "de", "cs": "cs", "sk": "sk", "hu": "hu", "ro": "ro"},
    "postnord": {"en": "en", "sv": "se", "da": "dk", "nb": "no", "fi": "fi"},
    "bring": {"en": "en", "nb": "no", "no": "no"},
    "posti": {"en": "en", "fi": "fi", "sv": "sv"},
    "tnt": {"en": "en", "de": "de", "fr": "fr", "it": "it"},
    "china-post": {"en": "en", "de": "de", "fr": "fr", "es": "es"},
}

# Words that never tell one carrier from another.
_NOISE_WORDS = """
germany deutschland uk gb france italia italy espana spain nederland netherlands belgium
belgie usa us austria polska international domestic tracking tracked shipping delivery
service services group parcel parcels paket pakete package courier couriers standard gmbh
ag ltd inc sa bv se co post versand economy priority
"""
_NOISE = frozenset(_NOISE_WORDS.split())


def fold(text: str) -> str:
    """Return lower-case ASCII words of `text`, joined by single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")
    return " ".join(re.findall(r"[a-z0-9]+", plain.replace("'", "")))


@cache
def _names() -> dict[str, str]:
    """Every folded name, with and without spaces, to its key. Own names win over other names."""
    table: dict[str, str] = {}
    for own in (True, False):
        for entry in CARRIERS.values():
            for name in (entry.key, entry.name) if own else entry.names:
                folded = fold(name)
                if folded:
                    table.setdefault(folded, entry.key)
                    table.setdefault(folded.replace(" ", ""), entry.key)
    return table


def carrier_by_name(name: str) -> str:
    """Return the key of the carrier a shop names, or "" if we do not know it.

    The longest known name at the start of the text wins, then one anywhere inside, so
    "DHL Express (DE)" is DHL Express and "Versand mit DHL" is DHL.
    """
    folded = fold(name)
    if not folded:
        return ""
    table = _names()
    for candidate in (folded, folded.replace(" ", "")):
        if candidate in table:
            return table[candidate]
    words = folded.split()
    spans = [
        (-start == 0, end - start, " ".join(words[start:end]))
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    ]
    for _, _, span in sorted(spans, reverse=True):
        if span in table and span not in _NOISE and len(span) > 2:
            return table[span]
    return ""


def carrier_name(key: str, fallback: str = "") -> str:
    """Return what customers call the carrier, or `fallback` for an unknown key."""
    entry = CARRIERS.get(key)
    return entry.name if entry else fallback


def public_link(carrier_key: str, number: str, locale: str = "") -> str:
    """Return the carrier's public page for `number`, or "" if there is none.

    `locale` ("de", "de-AT") chooses the page's language where the carrier has one in its address.
    """
    entry = CARRIERS.get(carrier_key)
    cleaned = re.sub(r"[\s\-.]+", "", number)
    if entry is None or not entry.link or not cleaned:
        return ""
    languages = _LANGUAGES.get(carrier_key, {"en": "en"})
    wanted = re.split(r"[-_]", locale)[0].lower()
    language = languages.get(wanted, next(iter(languages.values())))
    return entry.link.format(number=quote(cleaned, safe=""), language=language)
