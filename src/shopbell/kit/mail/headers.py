"""Mail headers as bytes: checked, folded, and as RFC 2047 encoded words where they are not ASCII.

A newcomer's mistake: cleaning a bad value. CR, LF and NUL are refused (`Invalid`): whoever put them
there should hear of it, and nothing of it may leave.
"""

import re
from binascii import b2a_base64
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from shopbell.kit.errors import Invalid
from shopbell.kit.mail.addresses import Address
from shopbell.kit.text import one_line

_BREAKS = re.compile(r"[\r\n\0]")
_NAME = re.compile(r"[!-9;-~]{1,70}")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
_ENCODABLE = re.compile(r"[ -~]*")
_TYPE = re.compile(r"(?!multipart/|message/)[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}")
_FILE_NAME = re.compile(r"[A-Za-z0-9 _.,()+=@#&-]{1,60}")
_LINE = 76
_PIECE = 55
_WORD_LIMIT = 900  # a longer unbroken word gets near the 998 of RFC 5322
_CHUNK = 45  # bytes in one encoded word: 12 + 60 characters

# Headers whose value is a grammar: encoded words would break it.
_STRUCTURED = {
    "auto-submitted",
    "feedback-id",
    "in-reply-to",
    "list-help",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "precedence",
    "references",
}
_OURS = {
    "bcc",
    "cc",
    "date",
    "from",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "resent-bcc",
    "return-path",
    "sender",
    "subject",
    "to",
}


def text_header(name: str, value: str) -> bytes:
    """Return one unstructured header (`Subject`) with its line end, folded at 76 columns."""
    if len(name) + len(value) <= _LINE - 2 and _is_plain(value):
        return f"{name}: {value}\r\n".encode("ascii")
    _refuse_breaks(name, value)
    if not _is_plain(value) or max(map(len, value.split(" "))) > _WORD_LIMIT:
        return f"{name}: ".encode("ascii") + encoded_words(value, len(name) + 2) + b"\r\n"
    return _folded(name, value)


def custom_header(name: str, value: str) -> bytes:
    """Return one header a caller added; those that `assemble_mail` writes itself are refused."""
    lower = name.lower()
    if not _NAME.fullmatch(name) or lower in _OURS or lower.startswith("content-"):
        raise Invalid(f"A header called “{one_line(name, 80)}” cannot be added to a mail.")
    if lower not in _STRUCTURED:
        return text_header(name, value)
    _refuse_breaks(name, value)
    if not _is_plain(value) or max(map(len, value.split(" "))) > _WORD_LIMIT:
        raise Invalid(f"The header {name} may only hold short words of plain ASCII.")
    return _folded(name, value)


def message_id_header(value: str) -> bytes:
    """Return the Message-ID header; `value` comes with its angle brackets."""
    if len(value) > _WORD_LIMIT or not _MESSAGE_ID.fullmatch(value):
        raise Invalid(f"“{one_line(value, 80)}” is not a Message-ID.")
    return f"Message-ID: {value}\r\n".encode("ascii")


@lru_cache(maxsize=1024)
def address_header(name: str, display: str, address: Address) -> bytes:
    """Return `From: Name <address>` with the name quoted or encoded as needed."""
    # A wide address makes the header UTF-8 (RFC 6532); the sender then asks for SMTPUTF8.
    target = str(address).encode()
    if not display:
        return f"{name}: ".encode("ascii") + target + b"\r\n"
    _refuse_breaks(name, display)
    phrase = _phrase(display, len(name) + 2)
    last = len(name) + 2 + len(phrase) if b"\r\n" not in phrase else len(phrase.split(b"\n")[-1])
    gap = b" " if last + len(target) + 3 <= _LINE else b"\r\n "
    return f"{name}: ".encode("ascii") + phrase + gap + b"<" + target + b">\r\n"


def addresses_header(name: str, addresses: Sequence[Address]) -> bytes:
    """Return a header with several bare addresses, one a line."""
    joined = b",\r\n ".join(str(address).encode() for address in addresses)
    return f"{name}: ".encode("ascii") + joined + b"\r\n"


def file_headers(name: str, content_type: str) -> bytes:
    """Return the headers of a file part: its type, its name (by RFC 2231 if need be), base64."""
    _refuse_breaks("Content-Disposition", name)
    kind = content_type if _TYPE.fullmatch(content_type) else "application/octet-stream"
    named = [f'filename="{name}"'] if _FILE_NAME.fullmatch(name) else _parameter("filename", name)
    disposition = ";\r\n ".join(["Content-Disposition: attachment", *named])
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", disposition]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _parameter(name: str, value: str) -> list[str]:
    """Return a parameter in pieces that fit a line (RFC 2231, section 3 and 4)."""
    coded = quote(value, safe="", errors="replace")
    pieces: list[str] = []
    while coded:
        at = min(_PIECE, len(coded))
        while at < len(coded) and "%" in coded[at - 2 : at]:  # never between the parts of a byte
            at -= 1
        pieces.append(coded[:at])
        coded = coded[at:]
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{pieces[0]}"]
    first = "utf-8''"
    return [f"{name}*{n}*={'' if n else first}{piece}" for n, piece in enumerate(pieces)]


def encoded_words(value: str, column: int) -> bytes:
    """Return `value` as encoded words, a line each; the first starts at `column`."""
    try:
        data = value.encode()
    except UnicodeEncodeError:
        raise Invalid("A header holds half a character (a lone surrogate).") from None
    words = []
    room = max(9, min(_CHUNK, (_LINE - column - 12) // 4 * 3))
    start = 0
    while start < len(data):
        end = min(start + room, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(b"=?utf-8?b?" + b2a_base64(data[start:end], newline=False) + b"?=")
        start, room = end, _CHUNK
    return b"\r\n ".join(words)


def _phrase(display: str, column: int) -> bytes:
    if len(display) <= 60 and "=?" not in display:
        if _ATOMS.fullmatch(display):
            return display.encode("ascii")
        if _ENCODABLE.fullmatch(display) and display == display.strip() and "  " not in display:
            escaped = display.replace("\\", r"\\").replace('"', r"\"")
            return f'"{escaped}"'.encode("ascii")
    return encoded_words(display, column)


def _folded(name: str, value: str) -> bytes:
    """Fold at single spaces; a word longer than a line stays whole."""
    lines: list[str] = []
    line = f"{name}:"
    for at, word in enumerate(value.split(" ")):
        if at and len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _is_plain(value: str) -> bool:
    return not value or ("=?" not in value and _PLAIN.fullmatch(value) is not None)


def _refuse_breaks(name: str, value: str) -> None:
    if _BREAKS.search(value):
        raise Invalid(f"The header {name} holds a line break or a NUL: “{one_line(value, 80)}”.")
