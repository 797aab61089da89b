"""Turns what carriers write (codes, sentences, many languages) into the nine statuses.

Used for free text and for codes a connector has no table for. The sentence is asked before the
code, because codes are short and mean different things from carrier to carrier; pass `carrier`
when you know it. A scan nobody understands is still a scan: it counts as in transit.
"""

import re
from functools import cache

from shopbell.orders.ports import ShipmentStatus, SubStatus
from shopbell.orders.tracking.carriers import fold
from shopbell.orders.tracking.vocabulary_codes import CODES, CODES_BY_CARRIER
from shopbell.orders.tracking.vocabulary_phrases import PHRASES

type Meaning = tuple[ShipmentStatus, SubStatus]

UNKNOWN: Meaning = (ShipmentStatus.PENDING, SubStatus.NONE)
SCANNED: Meaning = (ShipmentStatus.IN_TRANSIT, SubStatus.NONE)

# Longer texts are footnotes and legal hints; the meaning stands at the beginning.
MAX_TEXT = 400


@cache
def _rules() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None, Meaning], ...]:
    """Compile the phrase table once: (what must occur, what must not, meaning)."""
    compiled = []
    for status, sub_status, wanted, unwanted in PHRASES:
        compiled.append(
            (_words(wanted), _words(unwanted) if unwanted else None, (status, sub_status))
        )
    return tuple(compiled)


def _words(phrases: str) -> re.Pattern[str]:
    """One pattern of lines of phrases; `*` inside a phrase stands for up to four words."""
    parts = []
    for line in phrases.strip().splitlines():
        for phrase in line.split("|"):
            folded = " ".join(
                _GAP if word == "*" else _word(word) for word in phrase.strip().split()
            )
            parts.append(folded.replace(f" {_GAP} ", r"(?: \S+){0,4} "))
    return re.compile(rf"(?:^| )(?:{'|'.join(parts)})(?= |$)")


_GAP = "\0"


def _word(word: str) -> str:
    """A trailing `-` stands for any ending, as in `zugestell-`."""
    if word.endswith("-"):
        return re.escape(fold(word)) + r"\S*"
    return re.escape(fold(word))


def from_text(text: str) -> Meaning | None:
    """Return what a sentence means, or None if no phrase of ours occurs in it."""
    folded = fold(text[:MAX_TEXT])
    if not folded:
        return None
    for wanted, unwanted, meaning in _rules():
        if wanted.search(folded) and not (unwanted and unwanted.search(folded)):
            return meaning
    return None


def from_code(code: str, carrier: str = "") -> Meaning | None:
    """Return what a code means, or None. `OUT_FOR_DELIVERY`, `outForDelivery` and `OFD` work."""
    key = re.sub(r"[^A-Z0-9]+", "", code.upper())
    if not key:
        return None
    own = CODES_BY_CARRIER.get(carrier.split("-")[0], {})
    if key in own:
        return own[key]
    if key in CODES:
        return CODES[key]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code)
    return from_text(spaced.replace("_", " ")) if len(key) > 4 else None


def normalise(
    code: str = "", text: str = "", carrier: str = ""
) -> tuple[ShipmentStatus, SubStatus]:
    """Return status and sub-status of one scan. Never raises; nothing at all gives `pending`."""
    by_text = from_text(text)
    by_code = from_code(code, carrier)
    if by_text and by_code:
        return _reconcile(by_text, by_code)
    if by_text or by_code:
        return by_text or by_code or UNKNOWN
    return SCANNED if text.strip() or code.strip() else UNKNOWN


def _reconcile(by_text: Meaning, by_code: Meaning) -> Meaning:
    """The sentence wins, unless it only says "moving" where the code knows more."""
    if by_text == SCANNED and by_code[0] is not ShipmentStatus.IN_TRANSIT:
        return by_code
    if by_text[0] is by_code[0] and by_text[1] is SubStatus.NONE:
        return by_code
    return by_text
