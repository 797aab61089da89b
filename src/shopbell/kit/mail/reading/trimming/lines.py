"""Says what a line of a reply is: a quotation, a boundary, the start of a signature.

A newcomer's mistake: looking at one line. Programs wrap “On … wrote:” over three, and a header
block is only one when several headers stand together.
"""

import re

from shopbell.kit.mail.reading.trimming.phrases import (
    ABOVE,
    ADDRESS,
    DATED,
    HEADER_LINE,
    OPENER,
    ORIGINAL,
    WROTE,
)

_QUOTE = re.compile(r"\s{0,3}(?:>|&gt;)")
_NAMED_QUOTE = re.compile(r"\s{0,3}[A-Z][\w.-]{0,15}>\s")
_BAR = re.compile(r"\s{0,3}[|│┃]")
_DASHED = re.compile(r"\W{0,3}[-=_*—–]{2,}[^-=_].{0,80}?[-=_*—–]{2,}\W{0,3}$")
_RULE = re.compile(r"\s*(?:[-_=*—–]\s?){5,}$")
_ENDS = re.compile(r"[:：]\W{0,4}$|[-=_]{2,}\s*$")
_LONGEST = 400
_MOST_LINES = 4
_BLOCK = 8  # lines in which the headers of a quoted mail stand


def is_quoted(line: str) -> bool:
    """Whether a line is marked as a quotation."""
    return bool(_QUOTE.match(line) or _NAMED_QUOTE.match(line))


def is_barred(line: str) -> bool:
    """Whether a line is quoted by a bar, which tables also use."""
    return bool(_BAR.match(line))


def is_rule(line: str) -> bool:
    """Whether a line is nothing but dashes or underscores."""
    return bool(_RULE.match(line))


def header_block_at(lines: list[str], at: int) -> bool:
    """Whether the headers of a quoted mail begin at this line."""
    first = HEADER_LINE.match(lines[at])
    if first is None:
        return False
    kinds: set[str] = set()
    strangers = 0
    for line in lines[at : at + 2 * _BLOCK]:
        found = HEADER_LINE.match(line)
        if found is not None:
            kinds.update(kind for kind, value in found.groupdict().items() if value)
        elif line.strip():
            strangers += 1
            if strangers > 2 or is_quoted(line) != is_quoted(lines[at]):
                break
    if "from" not in kinds:
        return len(kinds) >= 4
    if len(kinds) != 2:
        return len(kinds) >= 3
    dated = bool(DATED.search(" ".join(lines[at : at + _BLOCK])))
    written_by = first["from"] is not None and bool(ADDRESS.search(lines[at]))
    return written_by and (dated or "subject" in kinds)


def original_marker_at(lines: list[str], at: int) -> bool:
    """Whether a line says that the original mail follows."""
    line = lines[at].strip()
    if not line or len(line) > 160:
        return False
    if ABOVE.search(line):
        return True
    dashed = bool(_DASHED.match(line))
    if ORIGINAL.search(line) and (dashed or line.endswith((":", "："))):
        return dashed or _header_follows(lines, at)
    return dashed and _header_follows(lines, at)


def attribution_ending_at(lines: list[str], at: int) -> int | None:
    """Return where “On … wrote:” begins that ends at this line, or None."""
    if is_rule(lines[at]) or not (_ENDS.search(lines[at]) or _could_be_bare(lines, at)):
        return None
    for begin in range(at, max(-1, at - _MOST_LINES), -1):
        if not lines[begin].strip() or (begin < at and is_quoted(lines[begin])):
            return None
        joined = " ".join(line.strip() for line in lines[begin : at + 1])
        if len(joined) > _LONGEST:
            return None
        if _is_attribution(joined, lines, at):
            return _with_date(lines, begin, at)
    return None


def quotation_on_line(line: str) -> bool:
    """Whether “On … wrote:” and the quotation itself share one line, as Yahoo's program writes."""
    opened = OPENER.match(line)
    wrote = WROTE.search(line) if opened and DATED.search(line[:120]) else None
    if wrote is None or wrote.start() > 250:
        return False
    ends = re.match(r"\W{0,4}[:：]", line[wrote.end() :])
    return ends is not None and ADDRESS.search(line, 0, wrote.start()) is not None


def _could_be_bare(lines: list[str], at: int) -> bool:
    """Old programs put no colon after the address: then a quotation has to follow."""
    return (
        bool(ADDRESS.search(lines[at]))
        and bool(DATED.search(lines[at]))
        and quote_follows(lines, at)
    )


def _is_attribution(joined: str, lines: list[str], at: int) -> bool:
    dated, addressed = bool(DATED.search(joined)), bool(ADDRESS.search(joined))
    wrote = WROTE.search(joined)
    followed = quote_follows(lines, at)
    if not _ENDS.search(joined):
        return dated and addressed and followed and len(joined) < 200
    if wrote is None:
        return dated and addressed and (followed or bool(re.search(r">\s*[:：]\W{0,3}$", joined)))
    if followed:
        return dated or addressed or len(joined) < 120
    return dated and (addressed or wrote.end() > len(joined) - 8)


def _with_date(lines: list[str], begin: int, at: int) -> int:
    """Take in the lines above that hold the date, when the found ones have none."""
    joined = " ".join(lines[begin : at + 1])
    if DATED.search(joined):
        return begin
    for above in range(begin - 1, max(-1, begin - 3), -1):
        if not lines[above].strip() or is_quoted(lines[above]):
            break
        if DATED.search(lines[above]):
            return above
    return begin


def quote_follows(lines: list[str], at: int) -> bool:
    """Whether the next line with anything in it is a quotation."""
    for line in lines[at + 1 : at + 6]:
        if line.strip():
            return is_quoted(line) or is_barred(line)
    return False


def _header_follows(lines: list[str], at: int) -> bool:
    following = [line for line in lines[at + 1 : at + 8] if line.strip()][:3]
    return any(HEADER_LINE.match(line) for line in following)
