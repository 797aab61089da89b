"""How many parts an SMS has. One character outside the old alphabet makes all of them short.

A newcomer's mistake: dividing by 160. A text of several parts has 153 in each (67 when it is not
in the GSM alphabet), and some characters of that alphabet count twice.
"""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Segments:
    """Size of an SMS. `foreign` are the characters that make it long."""

    characters: int
    parts: int
    foreign: tuple[str, ...] = ()


def segments(text: str) -> Segments:
    """Return how many parts a text needs."""
    foreign = tuple(dict.fromkeys(c for c in text if c not in _BASIC and c not in _TWICE))
    if foreign:
        units, alone, each = len(text.encode("utf-16-le")) // 2, 70, 67
    else:
        units, alone, each = sum(2 if c in _TWICE else 1 for c in text), 160, 153
    parts = 1 if units <= alone else -(-units // each)
    return Segments(len(text), parts, foreign)
