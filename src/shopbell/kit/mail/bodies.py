"""Text bodies made fit for any SMTP server: seven bits, short lines, CRLF.

A newcomer's mistake: sending HTML as it is. A compiled template has lines of many thousand
characters; servers cut at 998.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp

_SEVEN_BIT = bytes(range(0x20, 0x7F)) + b"\t\n"
_WIDE = bytes(range(0x80, 0x100))
_LINE = 76
_MARKUP_LINE = 900  # bytes; servers must take 998
_STYLE = re.compile(r"<style\b", re.IGNORECASE)


def encode_body(text: str, *, boundary: str = "", html: bool = False) -> tuple[str, bytes]:
    """Return the transfer encoding and the encoded body, ending in CRLF.

    `boundary` is a string the result never contains. HTML may have longer lines, and references in
    place of characters beyond ASCII: what browsers show is the same.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = _with_references(text) if html else text
    if plain.isascii():
        data = plain.encode("ascii")
        if not data.endswith(b"\n"):
            data += b"\n"
        seven = _is_seven_bit(data, _MARKUP_LINE if html else _LINE)
        if seven and not (boundary and boundary.encode() in data):
            return "7bit", data.replace(b"\n", b"\r\n")
    data = text.encode("utf-8", "replace")
    if not data.endswith(b"\n"):
        data += b"\n"
    if (len(data) - len(data.translate(None, _WIDE))) * 3 > len(data):
        return "base64", encodebytes(data.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    # "=" is always written "=3D" here, so a boundary with "=_" cannot occur.
    return "quoted-printable", b2a_qp(data).replace(b"\n", b"\r\n")


def _with_references(html: str) -> str:
    """Return HTML in ASCII if that says the same and is not much longer."""
    if html.isascii():
        return html
    # A style sheet knows no references.
    if not all(part.partition("</")[0].isascii() for part in _STYLE.split(html)[1:]):
        return html
    said = html.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return said if len(said) < 1.5 * len(html) else html


def _is_seven_bit(data: bytes, most: int) -> bool:
    if data.translate(None, _SEVEN_BIT):
        return False
    if max(map(len, data.split(b"\n"))) > most:
        return False
    if b" \n" in data or b"\t\n" in data:  # some servers take trailing spaces away
        return False
    return b"\nFrom " not in data and not data.startswith(b"From ")  # mailbox files change it
