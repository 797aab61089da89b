"""How many parts an SMS has. One character outside the old alphabet makes all of them short.

A newcomer's mistake: dividing by 160. A text of several parts has 153 in each (67 when it is not
in the GSM alphabet), some characters of that alphabet count twice, and what readers see as one
character (an emoji of several signs) is not torn in two. Counted as Twilio's calculator counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€")
GSM = BASIC | TWICE

_PART_BITS = 1120  # 140 bytes
_HEADER_BITS = 48  # of each part when there are several
_UNIT_BITS = {"GSM-7": 7, "UCS-2": 16}


@dataclass(frozen=True, slots=True)
class Segments:
    """Size of an SMS. `foreign` are the characters that make it long.

    `characters`: as people count them, those that count twice in the old alphabet twice.
    """

    characters: int
    parts: int
    foreign: tuple[str, ...] = ()
    encoding: str = "GSM-7"
    bits: int = 0  # of the text
    total_bits: int = 0  # with what ties the parts together


def segments(text: str) -> Segments:
    """Return how many parts a text needs."""
    signs = signs_of(text)
    foreign = tuple(dict.fromkeys(sign for sign in signs if sign not in GSM))
    encoding = "UCS-2" if foreign else "GSM-7"
    units = [_units(sign, encoding) for sign in signs]
    sizes = [count * _UNIT_BITS[encoding] for count in units]
    parts, bits = _parts(sizes), sum(sizes)
    return Segments(
        characters=len(signs) if foreign else sum(units),
        parts=parts,
        foreign=foreign,
        encoding=encoding,
        bits=bits,
        total_bits=bits + (parts * _HEADER_BITS if parts > 1 else 0),
    )


def signs_of(text: str) -> list[str]:
    """Return what readers see as single characters; a line break of two stays two."""
    if text.isascii():
        return list(text)
    return [sign for whole in _graphemes().findall(text) for sign in _single(whole)]


def _single(whole: str) -> Iterable[str]:
    return whole if whole == "\r\n" else (whole,)


@cache
def _graphemes() -> "regex.Pattern[str]":  # type: ignore[name-defined]  # noqa: F821
    import regex  # takes 20 ms to load, and few processes count texts

    return regex.compile(r"\X")


def _units(sign: str, encoding: str) -> int:
    if encoding == "UCS-2":
        return len(sign.encode("utf-16-le", "surrogatepass")) // 2
    return 2 if sign in TWICE else 1


def _parts(sizes: Sequence[int]) -> int:
    """Fill parts one after the other; what does not fit any more begins the next."""
    if sum(sizes) <= _PART_BITS:
        return 1
    parts, room = 1, _PART_BITS - _HEADER_BITS
    for size in sizes:
        if size > room:
            parts, room = parts + 1, _PART_BITS - _HEADER_BITS
        room -= size
    return parts
