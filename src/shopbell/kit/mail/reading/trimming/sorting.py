"""Decides which lines of a reply are somebody's own words, for text and HTML alike.

A newcomer's mistake: cutting at the first quotation. Some answer below it, some between the lines;
only what follows the last of somebody's words, or a boundary, is certain to be old.
"""

import re
from collections.abc import Mapping
from enum import Enum

from shopbell.kit.mail.reading.trimming.lines import (
    attribution_ending_at,
    header_block_at,
    is_barred,
    is_quoted,
    is_rule,
    original_marker_at,
    quotation_on_line,
)

_POINTS_DOWN = re.compile(
    r"\b(?:below|inline|in-line|between|unten|zwischen|ci-dessous|abajo|sotto|hieronder|abaixo|poniżej"
    r"|nedan|nedenfor|alla|níže|ниже|нижче|aşağıda|alább|mai\sjos|παρακάτω)\b|以下|下に|아래|أدناه|למטה",
    re.I,
)


class Kind(Enum):
    """What a line of a reply is."""

    BLANK = " "
    TEXT = "t"
    QUOTE = "q"
    ATTRIBUTION = "a"


def classify(lines: list[str], marked: Mapping[int, Kind] | None = None) -> tuple[list[Kind], int]:
    """Return the kind of each line up to the boundary from which on everything is old.

    `marked` are the lines a mail program has said itself what they are.
    """
    marked = marked or {}
    kinds: list[Kind] = []
    fenced = False
    for at, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not line.strip():
            kinds.append(Kind.BLANK)
        elif at in marked:
            kinds.append(marked[at])
        elif fenced:
            kinds.append(Kind.TEXT)
        elif is_quoted(line) or (is_barred(line) and _bars_around(lines, at)):
            kinds.append(Kind.QUOTE)
        elif (
            header_block_at(lines, at) or original_marker_at(lines, at) or quotation_on_line(line)
        ) and attribution_ending_at(lines, at) is None:
            return kinds, _with_rule_above(lines, kinds, at)
        elif (begin := attribution_ending_at(lines, at)) is not None:
            kinds[begin:] = [Kind.ATTRIBUTION] * (at + 1 - begin)
        else:
            kinds.append(Kind.TEXT)
    return kinds, len(lines)


def _bars_around(lines: list[str], at: int) -> bool:
    """Whether bars make a quotation: three lines in a row, and not columns of a table."""
    start = at
    while start > 0 and is_barred(lines[start - 1]) and at - start < 3:
        start -= 1
    block = lines[start : start + 4]
    return (
        len(block) > 2
        and all(map(is_barred, block[:3]))
        and all(line.count("|") < 3 for line in block)
    )


def _with_rule_above(lines: list[str], kinds: list[Kind], at: int) -> int:
    begin = at
    for above in range(at - 1, max(-1, at - 4), -1):
        if is_rule(lines[above]) or original_marker_at(lines, above):
            begin = above
        elif lines[above].strip():
            break
    del kinds[begin:]
    return begin


def sort_out(lines: list[str], kinds: list[Kind]) -> tuple[list[int], list[int]]:
    """Return the numbers of the new lines and of the old ones."""
    said = [at for at, kind in enumerate(kinds) if kind is Kind.TEXT]
    quotes = [at for at, kind in enumerate(kinds) if kind is Kind.QUOTE]
    everything = range(len(kinds))
    if not said:
        return [], list(everything)
    first = next(
        (at for at, kind in enumerate(kinds) if kind in (Kind.QUOTE, Kind.ATTRIBUTION)), None
    )
    if first is None:
        return list(everything), []
    unmarked = _unmarked_quotation(kinds, first)
    if unmarked is not None and said[0] < unmarked:
        return list(range(unmarked)), list(range(unmarked, len(kinds)))
    above = [at for at in said if at < first]
    between = [at for at in said if quotes and quotes[0] < at < quotes[-1]]
    if between and not _is_old_thread(lines, kinds, between):
        return _keep_between(kinds, said, quotes)
    if above and quotes and not _points_down(lines, above):
        end = first
        return list(range(end)), list(range(end, len(kinds)))
    old = {at for at in everything if kinds[at] in (Kind.QUOTE, Kind.ATTRIBUTION)}
    return [at for at in everything if at not in old], sorted(old)


def _unmarked_quotation(kinds: list[Kind], first: int) -> int | None:
    """Return where an attribution stands that no marked quotation follows: the rest is old."""
    at = first
    while at < len(kinds):
        if kinds[at] is Kind.ATTRIBUTION:
            begin = at
            while at < len(kinds) and kinds[at] in (Kind.ATTRIBUTION, Kind.BLANK):
                at += 1
            if at < len(kinds) and kinds[at] is Kind.TEXT:
                return begin
        at += 1
    return None


def _is_old_thread(lines: list[str], kinds: list[Kind], between: list[int]) -> bool:
    """Whether what stands between quotations is only what wrapped out of their long lines."""
    return all(
        kinds[at - 1] is Kind.QUOTE
        and kinds[at + 1] is Kind.QUOTE
        and len(lines[at - 1]) > 60
        and len(lines[at]) < 40
        and not lines[at].lstrip()[:1].isupper()
        for at in between
    )


def _keep_between(
    kinds: list[Kind], said: list[int], quotes: list[int]
) -> tuple[list[int], list[int]]:
    """Keep the quotations that are answered below them; the rest is old."""
    last = said[-1]
    old = {at for at, kind in enumerate(kinds) if kind is Kind.ATTRIBUTION}
    old.update(at for at in quotes if at > last)
    return [at for at in range(len(kinds)) if at not in old], sorted(old)


def _points_down(lines: list[str], above: list[int]) -> bool:
    """Whether the words above the quotation are only a greeting, or say to look below."""
    words = [lines[at].strip() for at in above]
    if len(words) > 3:
        return False
    text = " ".join(words)
    greeting = (
        len(words) == 1
        and len(text) < 40
        and text.endswith((",", "!", ":"))
        and len(text.split()) < 5
    )
    return greeting or bool(_POINTS_DOWN.search(text))
