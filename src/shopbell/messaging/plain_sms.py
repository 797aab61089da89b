"""Making a text fit the old alphabet of SMS: signs that only look better are replaced.

Two tables, reviewed by hand (22 November 2026): signs of typography, whose replacement nobody
misses, and letters that lose their marks, which is a matter of taste and asked for apart. Signs for
which there is no fair replacement (emoji, Cyrillic) stay. A newcomer's mistake: using Unicode's own
decomposition for everything. It makes ½ a "1⁄2" and leaves the quotation marks as they are.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from shopbell.messaging.segments import BASIC, GSM, Segments, segments, signs_of


def _table(**groups: str) -> dict[str, str]:
    names = {"double": '"', "single": "'", "dash": "-", "space": " ", "nothing": ""}
    return {sign: names[name] for name, signs in groups.items() for sign in signs}


TYPOGRAPHY: dict[str, str] = _table(
    double="\u00ab\u00bb\u201c\u201d\u201e\u201f\u02ba\u02ee\u275d\u275e\u301d\u301e\uff02\u2033",
    single="\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u275b\u275c\u2039\u203a\u2032"
    "\u0060\u00b4\u02b4\uff07\u0313\u0314",
    dash="\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u00ad\u2500\u23af\ufe58\ufe63\uff0d",
    space="\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
    "\u205f\u3000\u2028\u2029\t\x0b\x0c\x85",
    nothing="\u200b\u200c\u200e\u200f\u2060\ufeff",
) | {"\u2026": "...", "\u2022": "-"}
# Signs that become several: fair in a text to a phone, but not the same.
_SIGNS: dict[str, str] = {
    "·": ".", "․": ".", "‥": "..", "⁄": "/", "∕": "/", "×": "x", "½": "1/2", "¼": "1/4", "¾": "3/4",
    "⅓": "1/3", "⅔": "2/3", "←": "<-", "→": "->", "™": "(TM)", "®": "(R)", "©": "(C)", "№": "No.",
    "°": "deg", "²": "2", "³": "3", "¹": "1", "‼": "!!", "⁉": "!?", "¦": "|",
}  # fmt: skip
# Letters without a decomposition of their own. Greek capitals that look like Latin ones are these
# in the alphabet of SMS; Greeks text in capitals without accents.
_LETTERS: dict[str, str] = {
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "ħ": "h", "Ħ": "H", "ı": "i", "ĸ": "k", "ŋ": "n", "Ŋ": "N", "œ": "oe", "Œ": "OE",
    "ĳ": "ij", "Ĳ": "IJ", "ŀ": "l", "Ŀ": "L", "ŧ": "t", "Ŧ": "T", "ſ": "s", "ẞ": "SS",
    "ƒ": "f", "ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ﬄ": "ffl", "ș": "s", "Ș": "S",
    "ț": "t", "Ț": "T", "ª": "a", "º": "o",
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
}  # fmt: skip
_GREEK_SMALL = "αβγδεζηθικλμνξοπρσςτυφχψω"


@dataclass(frozen=True, slots=True)
class Plainer:
    """What a text would be in plain signs. `replaced` names each sign and what comes instead."""

    text: str
    size: Segments
    replaced: tuple[tuple[str, str], ...] = ()


def plainer(text: str, *, letters: bool = False) -> Plainer:
    """Return the text with signs of typography replaced; with `letters`, marks go too."""
    replaced: dict[str, str] = {}
    out = []
    signs = signs_of(unicodedata.normalize("NFC", text)) if letters else text
    for sign in signs:
        instead = _instead(sign, letters)
        if instead != sign:
            replaced[sign] = instead
        out.append(instead)
    plain = "".join(out)
    return Plainer(plain, segments(plain), tuple(replaced.items()))


def cheaper(text: str) -> Plainer | None:
    """Return the plainer text that needs fewer parts; None if no fair one does.

    Signs of typography are tried first; letters lose their marks only when that saves more.
    """
    now = segments(text)
    if not now.foreign:
        return None
    found = [made for made in (plainer(text), plainer(text, letters=True)) if made.replaced]
    best = min(found, key=lambda made: made.size.parts, default=None)
    return best if best is not None and best.size.parts < now.parts else None


def _instead(sign: str, letters: bool) -> str:
    if sign in GSM:
        return sign
    if sign in TYPOGRAPHY:
        return TYPOGRAPHY[sign]
    if len(sign) > 1 and all(part in GSM or part in TYPOGRAPHY for part in sign):
        return "".join(TYPOGRAPHY.get(part, part) for part in sign)
    return _without_marks(sign) if letters else sign


@cache
def _without_marks(sign: str) -> str:
    """Return a letter without its marks if the alphabet of SMS has that, else the letter."""
    if sign in _LETTERS or sign in _SIGNS:
        return _LETTERS.get(sign) or _SIGNS[sign]
    base = "".join(
        part for part in unicodedata.normalize("NFD", sign) if not unicodedata.combining(part)
    )
    if base and base[0] in _GREEK_SMALL and len(base) == 1:
        base = base.upper()
    base = _LETTERS.get(base, base)
    return base if base and all(part in BASIC for part in base) else sign
