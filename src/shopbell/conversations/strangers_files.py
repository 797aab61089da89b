"""What strangers may send as a file: known kinds, by content and never by name, 10 MB at most."""

import io
import zipfile

import puremagic

from shopbell.kit.errors import Invalid

LARGEST = 10_000_000
KINDS = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/heic",
        "application/pdf",
        "video/mp4",
        "video/quicktime",
        "video/webm",
    }
)
_OFFICE = {  # all of them begin as ZIP archives; what is inside tells
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class NotTaken(Invalid):
    """A file of a kind that is not taken."""


def kind_of(content: bytes) -> str:
    """Return the type of a file by its content.

    Raises:
        Invalid: it is empty.
        NotTaken: it is of a kind that is not taken.
    """
    if not content:
        raise Invalid("The file is empty.")
    try:
        guesses = puremagic.magic_string(content)
    except puremagic.PureError:
        guesses = []
    found = next((each.mime_type for each in guesses if each.mime_type in KINDS), "")
    if found:
        return found
    if content.startswith(b"PK") and (office := _office_kind(content)):
        return office
    if _is_plain_text(content):
        return "text/plain"
    raise NotTaken("Files of this kind are not taken.")


def _office_kind(content: bytes) -> str:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ""
    return next((kind for name, kind in _OFFICE.items() if name in names), "")


def _is_plain_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    start = text.lstrip("\ufeff \t\r\n")
    return not start.startswith(("<", "%", "#!")) and all(
        character.isprintable() or character in "\t\r\n" for character in text
    )
