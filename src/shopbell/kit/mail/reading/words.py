"""Header values as text: raw UTF-8, encoded words, parameters, comments. Linear, never raises.

A newcomer's mistake: decoding each encoded word by itself. Senders split in the middle of a
character, so neighbours of one charset are joined as bytes first.
"""

import binascii
import re
from urllib.parse import unquote_to_bytes

from shopbell.kit.mail.reading.charsets import decode
from shopbell.kit.text import storable

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')
_PARAMETER = re.compile(r'\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)')
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?$")


def header_text(raw: bytes) -> str:
    """Return a raw header value as text with line folds undone and encoded words decoded."""
    return encoded_words(unfolded(raw))


def unfolded(raw: bytes) -> str:
    """Return a raw header value as one line; encoded words stay encoded."""
    value = decode(raw).replace("\r", "\n")
    return " ".join(line.strip() for line in value.split("\n")).strip()


def encoded_words(value: str) -> str:
    """Decode every encoded word in a line of text."""
    if "=?" not in value:
        return value
    pieces: list[str] = []
    pending, charset, at = b"", "", 0
    for found in _WORD.finditer(value):
        between = value[at : found.start()]
        named = found[1].partition("*")[0].lower()
        if pending and (between.strip() or named != charset):
            pieces.append(decode(pending, charset))
            pending = b""
        if between.strip() or not at:
            pieces.append(between)
        pending, charset, at = pending + _word_bytes(found[2], found[3]), named, found.end()
    pieces.extend((decode(pending, charset), value[at:]))
    return storable("".join(pieces))


def _word_bytes(kind: str, text: str) -> bytes:
    data = text.encode()
    if kind in "qQ":
        return binascii.a2b_qp(data, header=True)
    return base64_bytes(data)


def base64_bytes(data: bytes) -> bytes:
    """Decode Base64 that may be cut, unpadded or strewn with other characters."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split `text/plain; charset=utf-8` into the lower-case value and its parameters.

    Continuations (`name*0*=`) are joined. Only the first hundred parameters count.
    """
    head, _, rest = value.partition(";")
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for count, found in enumerate(_PARAMETER.finditer(rest)):
        if count == 100:
            break
        name = _SECTION.match(found[1].lower())
        if name is None:
            continue
        quoted = found[2].startswith('"')
        content = re.sub(r"\\(.)", r"\1", found[2].strip('"')) if quoted else found[2].strip()
        sections.setdefault(name[1], []).append(
            (int(name[2] or 0), bool(name[3]) and not quoted, content)
        )
    return head.strip().lower(), {name: _joined(found) for name, found in sections.items()}


def _joined(sections: list[tuple[int, bool, str]]) -> str:
    sections = sorted(sections, key=lambda section: section[0])
    if not any(extended for _, extended, _ in sections):
        return encoded_words("".join(content for _, _, content in sections))
    first = sections[0][2]
    charset = ""
    if first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    data = b""
    for place, (_, extended, content) in enumerate(sections):
        content = content if place else first
        data += unquote_to_bytes(content) if extended else content.encode()
    return decode(data, charset)


def without_comments(value: str) -> str:
    """Return a header value without its (comments) and "quoted strings"."""
    value = _QUOTED.sub(" ", value)
    kept: list[str] = []
    depth = 0
    for piece in re.split(r"([()])", value):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(piece)
    return "".join(kept)
