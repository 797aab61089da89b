"""Splits the text of a reply into new words, quotation and signature."""

import re
from dataclasses import dataclass

from shopbell.kit.mail.reading.trimming.signatures import signature_start
from shopbell.kit.mail.reading.trimming.sorting import classify, sort_out

_MOST_LINES = 5000
_LONGEST_LINE = 1000
_WRAPPED_ADDRESS = re.compile(
    r"[ \t]{0,9}\n\s{0,9}<[ \t]{0,9}\n[ \t]{0,9}mailto:([^\n]{1,200})\n[ \t]{0,9}>"
)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A reply taken apart; every line of it is in one of the three."""

    new: str
    quoted: str
    signature: str


def trim_text(text: str) -> Trimmed:
    """Return the new words, what they quote, and the signature."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u200b", "").replace("\xa0", " ")
    text = _WRAPPED_ADDRESS.sub(r" <\1>", text)
    lines = text.split("\n")
    looked_at = [line[:_LONGEST_LINE] for line in lines[:_MOST_LINES]]
    kinds, boundary = classify(looked_at)
    new, old = sort_out(looked_at, kinds)
    own = [lines[at] for at in new]
    end = signature_start([line[:_LONGEST_LINE] for line in own])
    rest = [*(lines[at] for at in old), *lines[boundary:]]
    return Trimmed(_joined(own[:end]), _joined(rest), _joined(own[end:]))


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")
