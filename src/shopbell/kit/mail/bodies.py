"""Text bodies made fit for any SMTP server: seven bits, short lines, CRLF.

A newcomer's mistake: sending HTML as it is. A compiled template has lines of many thousand
characters; servers cut at 998.
"""

from base64 import encodebytes
from binascii import b2a_qp

_SEVEN_BIT = bytes(range(0x20, 0x7F)) + b"\t\n"
_WIDE = bytes(range(0x80, 0x100))
_LINE = 76


def encode_body(text: str, *, boundary: str = "") -> tuple[str, bytes]:
    """Return the transfer encoding and the encoded body, ending in CRLF.

    `boundary` is a string the result never contains.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.encode("utf-8", "replace")
    if not data.endswith(b"\n"):
        data += b"\n"
    if _is_seven_bit(data) and not (boundary and boundary.encode() in data):
        return "7bit", data.replace(b"\n", b"\r\n")
    if (len(data) - len(data.translate(None, _WIDE))) * 3 > len(data):
        return "base64", encodebytes(data.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    # "=" is always written "=3D" here, so a boundary with "=_" cannot occur.
    return "quoted-printable", b2a_qp(data).replace(b"\n", b"\r\n")


def _is_seven_bit(data: bytes) -> bool:
    if data.translate(None, _SEVEN_BIT):
        return False
    if max(map(len, data.split(b"\n"))) > _LINE:
        return False
    if b" \n" in data or b"\t\n" in data:  # some servers take trailing spaces away
        return False
    return b"\nFrom " not in data and not data.startswith(b"From ")  # mailbox files change it
