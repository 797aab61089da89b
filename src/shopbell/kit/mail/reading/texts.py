"""Chooses what people read: the plain text, the HTML, or text made from the HTML.

A newcomer's mistake: taking the first text part. Mailing lists append footers as parts of their
own, phones send text, picture, text; all of it was written or sent, so all of it is shown.
"""

import html as html_entities
import re
from collections import Counter
from dataclasses import dataclass, field

from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.contents import part_text
from shopbell.kit.mail.reading.mime import Budget, Entity
from shopbell.kit.text import storable

TOO_LONG = "The text of the mail is longer than 1 MB and was cut."
_DEEPEST = 256
_LARGEST_LAYOUT = 300_000  # characters; laying out tables takes more than linear time
_MOST_CELLS = 3000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}>")
_BEGINNING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = re.compile(
    r"area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|td|tr|th"
)
_HIDDEN = re.compile(r"<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_CELL = re.compile(r"<t[dh]\b|<table\b", re.I)
_BLOCK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote)\b[^>]*>", re.I)


@dataclass(slots=True)
class Passage:
    """A piece of what was written, as text, as HTML, or as both."""

    texts: list[Entity] = field(default_factory=list)
    pages: list[Entity] = field(default_factory=list)


def read_texts(passages: list[Passage], budget: Budget) -> tuple[str, str]:
    """Return the text and the raw HTML of all passages."""
    texts: list[str] = []
    pages: list[str] = []
    for passage in passages:
        text = "\n".join(_read(entity, budget).strip("\n") for entity in passage.texts)
        page = "\n".join(_read(entity, budget) for entity in passage.pages)
        if page and not text.strip():
            text = text_of_html(page, budget)
        texts.append(text)
        pages.append(page or f"<pre>{html_entities.escape(text)}</pre>")
    whole = "\n".join(text for text in texts if text.strip())
    if not any(passage.pages for passage in passages):
        pages = []
    return _cut(whole, budget), _cut("\n".join(pages), budget)


def _read(entity: Entity, budget: Budget) -> str:
    text, cut = part_text(entity, limits.HTML_BYTES)
    if cut:
        budget.note(TOO_LONG)
    return text


def _cut(text: str, budget: Budget) -> str:
    if len(text) * 4 <= limits.HTML_BYTES or len(data := text.encode()) <= limits.HTML_BYTES:
        return text
    budget.note(TOO_LONG)
    return data[: limits.HTML_BYTES].decode("utf-8", "ignore")


def text_of_html(page: str, budget: Budget) -> str:
    """Return the text a reader sees in a page."""
    page = page.removeprefix("\ufeff")
    if too_deep(page):
        budget.note("The HTML is nested too deep; its text may be laid out badly.")
        return _stripped(page)
    if len(page) > _LARGEST_LAYOUT or len(_CELL.findall(page)) > _MOST_CELLS:
        return _stripped(page)
    from inscriptis import get_text  # loads lxml, which the parent process does without

    try:
        text = get_text(_without_declaration(page))
    except (ValueError, RecursionError, AssertionError, LookupError, TypeError, AttributeError):
        return _stripped(page)
    lines = (line.rstrip().replace("\xa0", " ") for line in storable(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def too_deep(page: str) -> bool:
    """Whether elements are nested deeper than any honest mail needs."""
    depth = 0
    for found in _TAG.finditer(page):
        if _VOID.fullmatch(found[2].lower()):
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def most_open(page: str) -> int:
    """Return how many elements may be open at once for a parser, at most.

    Whatever looks like the beginning of a tag counts, and an end only for what is open: no trick
    with quotes or strange ends makes it less.
    """
    open_now: Counter[str] = Counter()
    count = most = 0
    for found in _BEGINNING.finditer(page):
        name = found[2].lower()
        if _VOID.fullmatch(name):
            continue
        if not found[1]:
            open_now[name] += 1
            count += 1
            most = max(most, count)
        elif open_now[name]:
            open_now[name] -= 1
            count -= 1
    return most


def _without_declaration(page: str) -> str:
    # lxml refuses text with an encoding declaration.
    return re.sub(r"\A\s*<\?xml[^>]*>", "", page)


def _stripped(page: str) -> str:
    page = _BLOCK.sub("\n", _HIDDEN.sub(" ", page))
    text = html_entities.unescape(re.sub(r"<[^<>]*>", " ", page))
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n"))
    return storable(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())
