"""A whole mail as bytes, put together by hand: about fifty times faster than `EmailMessage`.

A newcomer's mistake: adding a header by string formatting. Everything goes through `headers.py`,
which refuses line breaks. Dot-stuffing belongs to SMTP and is not done here.
"""

from base64 import encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

from shopbell.kit import clock
from shopbell.kit.mail.addresses import parse_address
from shopbell.kit.mail.bodies import encode_body
from shopbell.kit.mail.headers import (
    address_header,
    addresses_header,
    custom_header,
    file_headers,
    message_id_header,
    text_header,
)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that goes along."""

    name: str
    content_type: str
    content: bytes


def assemble_mail(
    *,
    from_address: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    from_name: str = "",
    to_name: str = "",
    reply_to: str = "",
    message_id: str,
    headers: Iterable[tuple[str, str]] = (),
    date: datetime | None = None,
    cc: Sequence[str] = (),
    files: Sequence[MailFile] = (),
) -> bytes:
    """Return the mail with CRLF line ends; all bytes are ASCII unless an address is wide.

    The same arguments give the same bytes, so a retry is the same mail.

    Raises:
        Invalid: an address is wrong, or a header holds a line break, a NUL or is not ours to set.
    """
    parts = [
        address_header("From", from_name, parse_address(from_address)),
        address_header("To", to_name, parse_address(to)),
    ]
    if cc:
        parts.append(addresses_header("Cc", [parse_address(each) for each in cc]))
    if reply_to:
        parts.append(address_header("Reply-To", "", parse_address(reply_to)))
    parts.append(text_header("Subject", subject))
    parts.append(_date_header(date or clock.now()))
    parts.append(message_id_header(message_id))
    parts.extend([custom_header(name, value) for name, value in headers])
    parts.append(b"MIME-Version: 1.0\r\n")
    body = _words(text, html, message_id)
    parts.extend(_with_files(body, files, message_id) if files else body)
    return b"".join(parts)


def _words(text: str, html: str, message_id: str) -> Sequence[bytes]:
    if text and html:
        return _alternatives(text, html, message_id)
    return _part("html" if html else "plain", html or text, "")


def _with_files(body: Sequence[bytes], files: Sequence[MailFile], message_id: str) -> list[bytes]:
    # Made of the Message-ID, which nobody knows before, so it occurs nowhere else.
    boundary = "=_f" + blake2b(message_id.encode(), digest_size=12).hexdigest()
    line = f"\r\n--{boundary}\r\n".encode("ascii")
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n'.encode("ascii")
    parts = [head, line, *body]
    for file in files:
        parts += [line, file_headers(file.name, file.content_type), b"\r\n"]
        parts.append(encodebytes(file.content).replace(b"\n", b"\r\n"))
    return [*parts, f"\r\n--{boundary}--\r\n".encode("ascii")]


def _alternatives(text: str, html: str, seed: str) -> list[bytes]:
    boundary = "=_" + blake2b(seed.encode(), digest_size=12).hexdigest()
    # The line end before a boundary belongs to the boundary, not to the part above it.
    line = f"\r\n--{boundary}\r\n".encode("ascii")
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
    return [
        head.encode("ascii"),
        line,
        *_part("plain", text, boundary),
        line,
        *_part("html", html, boundary),
        f"\r\n--{boundary}--\r\n".encode("ascii"),
    ]


def _part(kind: str, content: str, boundary: str) -> tuple[bytes, bytes]:
    encoding, body = encode_body(content, boundary=boundary, html=kind == "html")
    return _part_head(kind, encoding), body


@lru_cache
def _part_head(kind: str, encoding: str) -> bytes:
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode("ascii")


def _date_header(moment: datetime) -> bytes:
    return _date_of_second(int(moment.timestamp()))


@lru_cache(maxsize=64)
def _date_of_second(second: int) -> bytes:
    # strftime would write the names in the language of the process.
    at = datetime.fromtimestamp(second, UTC)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"Date: {day}, {at.day:02} {month} {at.year:04} {at:%H:%M:%S} +0000\r\n".encode("ascii")
