"""Finds the mail that somebody has passed on: in the text below their own words, or attached.

The form decides (headers of a mail in the middle of a text, in any language), words and subject
say whether it was forwarded or answered. A newcomer's mistake: believing it. Whoever forwards a
mail can have changed every letter of it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from shopbell.kit.mail.reading.mails import Forwarded, Mail
from shopbell.kit.mail.reading.people import clean_address
from shopbell.kit.mail.reading.trimming.lines import (
    header_block_at,
    is_rule,
    original_marker_at,
)
from shopbell.kit.mail.reading.trimming.phrases import ADDRESS, FORWARDED, HEADER_LINE
from shopbell.kit.mail.reading.trimming.signatures import signature_start
from shopbell.kit.mail.reading.written_dates import read_date
from shopbell.kit.text import one_line

_MOST_LINES = 2000  # of the forwarder's own words
_LONGEST_LINE = 1000
_HEADER_LINES = 30
_DEEPEST = 3
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"))
_INVISIBLE |= dict.fromkeys(range(0x2066, 0x206A)) | {0xA0: " "}
_SUBJECT = re.compile(
    r"\s*(?:(?:fwd?|wg|weiterl|tr|rv|i|enc|doorst|vb|vl|pd|tov(?:ábbítás)?|i̇lt|İlt|ilt|πρθ|přep"
    r"|пер|пересл|转发|轉寄|轉發|転送|전달|הועבר|إعادة توجيه|fs|framsent|переслано)"
    r"(?:\[\d+\])?\s*[:：]\s*)+",
    re.I,
)
_ANSWER = re.compile(r"\s*(?:re|aw|antw|sv|ref|odp|res|回复|答复|返信)(?:\[\d+\])?\s*[:：]", re.I)
_QUOTE = re.compile(r"\s{0,3}>\s?")
_NAME_ENDS = re.compile(r"[<\[(（]|mailto:")


def find_forwarded(mail: Mail, attached: Sequence[tuple[int, Mail]] = ()) -> Forwarded | None:
    """Return the mail that `mail` passes on: the first one attached, else the one in its text."""
    says_so = bool(_SUBJECT.match(mail.subject))
    for part, inner in attached:
        if inner.from_address:
            return Forwarded(
                name=inner.from_name,
                address=inner.from_address,
                subject=inner.subject,
                sent_at=inner.date,
                text=inner.text,
                above=own_words(mail.text.split("\n")),
                marked=True,
                part=part,
                message_id=inner.message_id,
            )
    if _ANSWER.match(mail.subject):
        return None
    return forwarded_in(mail.text, marked=says_so)


def forwarded_in(text: str, *, marked: bool = False) -> Forwarded | None:
    """Return the forwarded mail in a text with what stands above it, or None."""
    if "@" not in text:
        return None
    lines = _plain(text).split("\n")
    looked_at = [line[:_LONGEST_LINE] for line in lines[: _MOST_LINES + _HEADER_LINES]]
    for at in range(min(len(looked_at), _MOST_LINES)):
        if HEADER_LINE.match(looked_at[at]) and header_block_at(looked_at, at):
            return _read(lines, looked_at, at, marked=marked)
    return None


def innermost(found: Forwarded, passed_on_by: set[str]) -> Forwarded | None:
    """Return the first of the nested forwarded mails that none of `passed_on_by` has written.

    One that names its writer without an address is the last resort.
    """
    above, outer = [found.above], found
    for _ in range(_DEEPEST):
        if found.address and found.address not in passed_on_by:
            return replace(
                found,
                above="\n\n".join(each for each in above if each),
                marked=outer.marked,
                part=outer.part,
                message_id=outer.message_id if found is outer else "",
            )
        inside = forwarded_in(found.text, marked=True)
        if inside is None:
            break
        above.append(inside.above)
        found = inside
    return None if outer.address else outer


def own_words(lines: Sequence[str]) -> str:
    """Return somebody's words without the signature below them."""
    kept = list(lines)
    end = signature_start([line[:_LONGEST_LINE] for line in kept])
    return "\n".join(line.rstrip() for line in kept[:end]).strip("\n")


def bare_forward(subject: str) -> str:
    """Return a subject without the mark of having been forwarded."""
    return _SUBJECT.sub("", subject)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)


def _read(lines: list[str], looked_at: list[str], at: int, *, marked: bool) -> Forwarded | None:
    begin, announced = _announcement(looked_at, at)
    quoted = bool(_QUOTE.match(looked_at[at]))
    headers, end = _headers(looked_at, at)
    name, address = _person(headers.get("from", ""))
    if not name and not address:
        return None
    body = lines[end:]
    if quoted:
        body = [_QUOTE.sub("", line, count=1) for line in body]
    return Forwarded(
        name=name,
        address=address,
        subject=one_line(headers.get("subject", ""), 998),
        sent_at=read_date(headers.get("date", "")),
        text="\n".join(line.rstrip() for line in body).strip("\n"),
        above=own_words(lines[:begin]),
        marked=marked or announced,
    )


def _announcement(lines: list[str], at: int) -> tuple[int, bool]:
    """Return where “Forwarded message” above the headers begins, and whether it says forwarded."""
    begin, announced = at, False
    for above in range(at - 1, max(-1, at - 5), -1):
        line = lines[above]
        if FORWARDED.search(line) and len(line) < 160:
            begin, announced = above, True
        elif is_rule(line) or original_marker_at(lines, above):
            begin = above
        elif line.strip(" >"):
            break
    return begin, announced


def _headers(lines: list[str], at: int) -> tuple[dict[str, str], int]:
    """Return the values of the header block that begins at a line, and where the text begins."""
    found: dict[str, str] = {}
    last, end = "", at
    while end < min(len(lines), at + _HEADER_LINES):
        line = _QUOTE.sub("", lines[end], count=1)
        header = HEADER_LINE.match(lines[end])
        kind = next((k for k, v in header.groupdict().items() if v), "") if header else ""
        if header and (kind not in found or kind == "cc"):
            found.setdefault(kind, "")
            found[kind] = (found[kind] + " " + lines[end][header.end() :]).strip(" *_")
            last = kind
        elif not line.strip():
            if not _goes_on(lines, end, found):
                break
        elif not _continues(line, last, found):
            break
        else:
            found[last] = f"{found[last]} {line.strip()}".strip()
        end += 1
    return found, end


def _goes_on(lines: list[str], at: int, found: dict[str, str]) -> bool:
    """Whether behind an empty line another header follows that was not there yet."""
    for line in lines[at + 1 : at + 3]:
        header = HEADER_LINE.match(line)
        if header:
            return any(value and kind not in found for kind, value in header.groupdict().items())
        if line.strip(" >"):
            return False
    return False


def _continues(line: str, last: str, found: dict[str, str]) -> bool:
    """Whether a line is the rest of the header above it and not the first of the text."""
    said = found.get(last, "")
    if not said:
        return bool(last)
    if last in ("to", "cc"):
        return "@" in line or said.endswith((",", ";"))
    if last == "from":
        return not ADDRESS.search(said) and bool(ADDRESS.search(line))
    return line[:1] in " \t" and len(said) > 60


def _person(value: str) -> tuple[str, str]:
    """Return name and address out of `Mara Kern <mara@x.example>` in any program's manner."""
    found = ADDRESS.search(value)
    address = clean_address(found[0].removeprefix("mailto:")) if found else ""
    ends = _NAME_ENDS.search(value)
    name = value[: ends.start()] if ends else value
    if address and address in name.lower():
        name = name[: name.lower().index(address)]
    return one_line(name, 200).strip(" \"'*_;,"), address
