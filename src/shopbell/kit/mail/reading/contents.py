"""What is in one part: bytes decoded, text in its charset, a safe name, the type by content.

A newcomer's mistake: checking a file name before it is normalised. Invisible characters go first
(`normalised_name`), then whoever stores the file decides where; a name is never a path.
"""

import binascii
import re
import unicodedata
from io import BytesIO
from pathlib import PurePosixPath

from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.charsets import decode
from shopbell.kit.mail.reading.mails import MailPart
from shopbell.kit.mail.reading.mime import Entity
from shopbell.kit.mail.reading.words import base64_bytes, encoded_words
from shopbell.kit.text import storable

NAMELESS = "file"

_MARKUP = re.compile(
    r"\s*(?><(?:\?xml[^>]*|!doctype\s+svg[^>]*|!--(?:(?!-->).)*--)>\s*){0,9}"
    r"<(!doctype html|[a-z0-9]+)[\s>/]",
    re.I | re.S,
)
_HTML_TAGS = re.compile(
    r"!doctype html|html|head|body|script|iframe|style|title|div|table|font|span|a|b|i|p"
    r"|br|h1|h2|h3|img|form|input|object|embed|link|meta|base|ul|ol|center|pre|video|audio"
)
_TEXTS = (
    ("begin:vcalendar", "text/calendar"),
    ("begin:vcard", "text/vcard"),
    ("{\\rtf", "application/rtf"),
    ("%pdf-", "application/pdf"),
    ("%!ps", "application/postscript"),
    ("<?xml", "application/xml"),
)
_ZIPS = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_UNKNOWN = "application/octet-stream"
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ENDINGS = {
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
}


def part_bytes(entity: Entity) -> bytes:
    """Return the content with its transfer encoding undone; what cannot be undone stays."""
    encoding = entity.encoding
    if encoding == "base64":
        return base64_bytes(bytes(entity.body))
    if encoding in ("quoted-printable", "quoted", "qp"):
        return binascii.a2b_qp(entity.body)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _uudecoded(bytes(entity.body))
    return bytes(entity.body)


def part_text(entity: Entity, most: int) -> tuple[str, bool]:
    """Return the text of a part with plain line ends, and whether it was cut."""
    data = part_bytes(entity)
    cut = len(data) > most * 4
    html = entity.content_type == "text/html"
    text = decode(data[: most * 4], entity.parameters.get("charset", ""), html=html)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    if entity.parameters.get("format", "").lower() == "flowed" and not html:
        text = _unflowed(text, entity.parameters.get("delsp", "").lower() == "yes")
    return text[:most], cut or len(text) > most


def read_part(entity: Entity, number: int) -> MailPart:
    """Return an attachment."""
    content = part_bytes(entity)
    disposition, _ = entity.disposition
    identifier = entity.headers.get("content-id").strip().strip("<>").strip()[:500]
    return MailPart(
        name=part_name(entity, number),
        content_type=entity.content_type[:200],
        sniffed_type=sniffed_type(content),
        content=content,
        content_id=identifier,
        inline=disposition == "inline" or (bool(identifier) and disposition != "attachment"),
    )


def part_name(entity: Entity, number: int) -> str:
    """Return the name a part gives itself, or one made from its type and number."""
    given = entity.disposition[1].get("filename") or entity.parameters.get("name") or ""
    if not given and entity.content_type in ("message/rfc822", "message/global"):
        subject = entity.children[0].headers.get("subject") if entity.children else ""
        given = f"{subject[:100]}.eml" if subject else ""
    if not given:
        location = entity.headers.get("content-location")
        given = location.rsplit("/", 1)[-1] if location else ""
    return normalised_name(given) or f"part-{number}{_ENDINGS.get(entity.content_type, '')}"


def normalised_name(name: str) -> str:
    """Return a file name safe to show: NFC, nothing invisible, no path, at most 200 characters."""
    name = encoded_words(name)
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    name = _bare(re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1])
    if len(name) <= limits.NAME_CHARACTERS:
        return name
    ending = PurePosixPath(name).suffix[:20]
    return _bare(name[: limits.NAME_CHARACTERS - len(ending)] + ending)


def file_name(name: str) -> str:
    """Return the name under which a file from outside is stored and shown, never an empty one."""
    return storable(normalised_name(name)) or NAMELESS


def _bare(name: str) -> str:
    return re.sub(r"^[\s.]+|[\s.]+$", "", name)


def sniffed_type(content: bytes) -> str:
    """Return the type the content shows, whatever it is declared as; markup in doubt is HTML."""
    if not content:
        return "application/x-empty"
    if content.startswith(b"PK\x03\x04"):
        return _zip_type(content)
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or not _CONTROLS.search(head):
        return _text_type(decode(head).lstrip("\ufeff"), content)
    return _binary_type(content)


def _text_type(head: str, content: bytes) -> str:
    if found := _MARKUP.match(head):
        tag = found[1].lower()
        if tag == "svg" or (not _HTML_TAGS.fullmatch(tag) and "<svg" in head.lower()):
            return "image/svg+xml"
        if _HTML_TAGS.fullmatch(tag):
            return "text/html"
    start = head.lstrip().lower()
    for beginning, kind in _TEXTS:
        if start.startswith(beginning):
            return kind
    return "text/plain" if content[:4096].isascii() or _is_utf8(content) else _binary_type(content)


def _is_utf8(content: bytes) -> bool:
    try:
        content[:4096].decode()
    except UnicodeDecodeError as error:
        return error.start > len(content[:4096]) - 4
    return True


def _binary_type(content: bytes) -> str:
    import puremagic  # two hundred milliseconds that most mails do not need

    # Never with a name: puremagic would open a file of that name.
    try:
        return str(puremagic.from_string(content[:8192] + content[-2048:], mime=True)) or _UNKNOWN
    except (puremagic.PureError, ValueError):
        return _UNKNOWN


def _zip_type(content: bytes) -> str:
    if content[30:38] == b"mimetype":
        named = re.match(rb"[a-z0-9.+/-]{5,80}", content[38:140])
        return named[0].decode("ascii") if named else "application/zip"
    names = content[:4096] + content[-65536:]
    for folder, kind in _ZIPS:
        if folder in names and b"[Content_Types].xml" in names:
            return kind
    return "application/zip"


def _uudecoded(data: bytes) -> bytes:
    start = 0 if data.startswith(b"begin ") else data.find(b"\nbegin ") + 1
    if not data.startswith(b"begin ", start):
        return data
    decoded = bytearray()
    lines = BytesIO(data)
    lines.seek(start)
    next(lines)
    for line in lines:
        line = line.rstrip(b"\r\n")
        if line in (b"end", b"`", b""):
            break
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:  # too long by what some programs put at the end of a line
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded += binascii.a2b_uu(line[:count])
            except binascii.Error:
                continue
    return bytes(decoded)


def _unflowed(text: str, delete_space: bool) -> str:
    """Undo format=flowed (RFC 3676): a line that ends in a space goes on in the next."""
    lines: list[str] = []
    flowing: list[str] = []
    depth_before = 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if flowing and (depth != depth_before or bare == "-- "):
            lines.append("".join(flowing).rstrip())
            flowing = []
        if not flowing and depth:
            flowing.append(">" * min(depth, 100) + " ")
        goes_on = bare.endswith(" ") and bare != "-- "
        flowing.append(bare[:-1] if goes_on and delete_space else bare)
        depth_before = depth
        if not goes_on:
            lines.append("".join(flowing))
            flowing = []
    return "\n".join([*lines, *(["".join(flowing).rstrip()] if flowing else [])])


def shown_headers(block: bytes) -> str:
    """Return the header block decoded for people."""
    text = decode(block[: limits.SHOWN_HEADERS])
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(encoded_words(line) for line in lines).strip()[: limits.SHOWN_HEADERS]
