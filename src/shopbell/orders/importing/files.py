"""CSV files as people have them: any usual encoding and separator, and safe ones going out.

A newcomer's mistake: counting lines. A cell may hold line breaks; the row numbers here are those
that a spreadsheet shows.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shopbell.kit.errors import Invalid

MAX_BYTES = 50_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 200
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_RISKY = tuple("=+-@\t\r＝＋－＠")
_LOOKED_AT = 20

type Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be read: its text, separator and header."""

    text: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Yield the filled rows with their numbers (the header is row 1).

        Raises:
            Invalid: too many rows, or a cell that never ends.
        """
        count = 0
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        try:
            for number, cells in enumerate(reader, start=1):
                if number == 1 or not any(cell.strip() for cell in cells):
                    continue
                count += 1
                if count > MAX_ROWS:
                    raise Invalid(
                        f"This file has more than {MAX_ROWS:,} rows.",
                        remedy="Split it into several files.",
                    )
                yield number, [_plain(cell) for cell in cells]
        except csv.Error as error:
            raise Invalid(
                f"This file cannot be read after row {count + 1} ({error}).",
                remedy="Is a quotation mark left open there?",
            ) from None


def open_sheet(content: bytes) -> Sheet:
    """Return a file that can be read, with what was found out about it.

    Raises:
        Invalid: it is empty, too large, or no table.
    """
    if len(content) > MAX_BYTES:
        raise Invalid(f"A file may have {MAX_BYTES // 1_000_000} MB at most.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid(
            "This is a spreadsheet, not a CSV file.",
            remedy="Save it as CSV in your spreadsheet program and choose that file.",
        )
    text, encoding = _decoded(content)
    if not text.strip():
        raise Invalid("This file is empty.")
    delimiter = _delimiter(text)
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    if len(header) > MAX_COLUMNS:
        raise Invalid(f"A file may have {MAX_COLUMNS} columns at most.")
    if not any(heading.strip() for heading in header):
        raise Invalid("The first row is empty.", remedy="Put the headings into the first row.")
    return Sheet(text, encoding, delimiter, tuple(heading.strip() for heading in header))


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "windows-1252"


def _delimiter(text: str) -> str:
    """Return the separator that makes the widest table of equal rows."""

    def width(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
        try:
            widths = [len(cells) for cells, _ in zip(reader, range(_LOOKED_AT), strict=False)]
        except csv.Error:
            return 0, 0
        return sum(each == widths[0] for each in widths) if widths[0] > 1 else 0, widths[0]

    return max(DELIMITERS, key=width)


def _plain(cell: str) -> str:
    """Return a cell without blanks, and without the mark that `safe` puts before a formula."""
    marked = cell.startswith("'") and cell[1:].startswith(_RISKY)
    return (cell[1:] if marked else cell).strip()


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def write_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as a CSV file that spreadsheets open as they should (RFC 4180, with a mark)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[safe(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
