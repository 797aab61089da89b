"""Splits the HTML of a reply into what is new and what is quoted.

The page becomes lines that remember where they came from, and the rules for text decide; classes
and ids that mail programs use only mark some lines beforehand. A newcomer's mistake: showing the
result. It is as hostile as the mail was and still has to be sanitised.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from shopbell.kit.mail.reading.texts import too_deep
from shopbell.kit.mail.reading.trimming.sorting import Kind, classify, sort_out

_BLOCKS = re.compile(
    r"address|article|blockquote|body|center|dd|div|dl|dt|fieldset|footer|form|h1|h2|h3|h4"
    r"|h5|h6|header|hr|li|ol|p|pre|section|table|tbody|tr|ul"
)
_SILENT = frozenset({"head", "script", "style", "title", "meta", "link", "base"})
_LINES = 5000
_LARGEST = 1024 * 1024

# What programs put around or before the mail they quote.
_BOUNDARY = re.compile(
    r"divrplyfwdmsg|appendonsend|olk_src_body_section|yahoo_quoted|protonmail_quote"
    r"|tutanota_quote|zmail_extra"
    r"|isreplycontent|isforwardcontent|outlookmessageheader|reference-message|reply-intro"
    r"|aolmsgpart|x_gmail_quote_container",
    re.I,
)
_PREFIX = re.compile(
    r"moz-cite-prefix|gmail_attr|yahoo_quoted_begin|quoteheader|tutanota_quote_header", re.I
)
_QUOTED = re.compile(r"gmail_quote|yahoo_quoted|protonmail_quote|mailquote|quoted-text", re.I)
_RULED = re.compile(
    r"border-top:\s*(?:1\.0pt\s+)?solid\s+#?(?:e1e1e1|b5c4df)|border-top:\s*#?(?:e1e1e1"
    r"|b5c4df)\s+1\.0pt\s+solid",
    re.I,
)
_CUT = "sb-cut"


@dataclass(slots=True)
class _Line:
    """One line of the page. `node` and `where` say where it begins: before it, in it, behind it."""

    text: str
    node: Any
    where: str
    quoted: bool = False
    marked: Kind | None = None
    boundary: bool = False


def trim_html(page: str) -> tuple[str, str]:
    """Return the page without its quotation, and the quotation; the page itself and "" if none."""
    if not page.strip() or len(page) > _LARGEST or too_deep(page):
        return page, ""
    from lxml import etree, html  # only where pages are trimmed

    try:
        root = html.document_fromstring(re.sub(r"\A\s*<\?xml[^>]*>", "", page))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return page, ""
    lines = _Reader().read(root)
    cut = _cut_at(lines)
    if cut == len(lines):
        return _without_quotes(root, lines, page)
    if not any(line.text.strip() for line in lines[:cut]):
        return "", page
    return _divided(root, lines[cut])


def _cut_at(lines: list[_Line]) -> int:
    """Return the number of the first line from which everything is old."""
    texts = [_as_text(line) for line in lines]
    hard = next((at for at, line in enumerate(lines) if line.boundary), len(lines))
    kinds, boundary = classify(
        texts[:hard], {at: line.marked for at, line in enumerate(lines[:hard]) if line.marked}
    )
    new, _ = sort_out(texts, kinds)
    if new == list(range(len(new))):
        return len(new)
    return boundary if boundary < len(lines) else len(lines)


def _as_text(line: _Line) -> str:
    return f"> {line.text}" if line.quoted and line.text.strip() else line.text


def _without_quotes(root: Any, lines: list[_Line], page: str) -> tuple[str, str]:
    """Take single quotations out of a page whose new words stand below them."""
    texts = [_as_text(line) for line in lines]
    kinds, _ = classify(texts, {at: line.marked for at, line in enumerate(lines) if line.marked})
    new, old = sort_out(texts, kinds)
    if not old or not new or any(kinds[at] is Kind.QUOTE for at in new):
        return page, ""
    quoted: list[str] = []
    for node in _tops({line.node: None for at in old if (line := lines[at]).text.strip()}):
        quoted.append(_written(node, with_tail=False))
        _remove(node)
    return _written(root), "".join(quoted)


def _tops(nodes: "dict[Any, None]") -> list[Any]:
    """Return the quotations around the given nodes, or the nodes, outermost and once each."""
    tops: dict[Any, None] = {}
    for node in nodes:
        around = [one for one in (node, *node.iterancestors()) if _is_quotation(one)]
        tops[around[-1] if around else node] = None
    return [node for node in tops if not any(one in tops for one in node.iterancestors())]


def _remove(node: Any) -> None:
    parent = node.getparent()
    if parent is None or node.tag in ("body", "html"):
        return
    before = node.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (node.tail or "")
    else:
        parent.text = (parent.text or "") + (node.tail or "")
    parent.remove(node)


def _divided(root: Any, line: _Line) -> tuple[str, str]:
    """Cut the page in two before a line; both halves keep the elements around the cut."""
    marker = _placed_marker(root, line)
    other = deepcopy(root)
    twin = next(other.iter(_CUT))
    _drop_after(marker)
    _drop_before(twin)
    return _written(root), _written(other)


def _placed_marker(root: Any, line: _Line) -> Any:
    marker = root.makeelement(_CUT)
    node = line.node
    if line.where == "in":
        marker.tail, node.text = node.text, None
        node.insert(0, marker)
    else:
        parent = node.getparent()
        place = parent.index(node) + (line.where == "behind")
        if line.where == "behind":
            marker.tail, node.tail = node.tail, None
        parent.insert(place, marker)
    while _is_first(marker):  # rather before the box than in it, or an empty box would stay
        parent = marker.getparent()
        before = marker.tail
        parent.remove(marker)
        parent.text, marker.tail = before, None
        grandparent = parent.getparent()
        grandparent.insert(grandparent.index(parent), marker)
    return marker


def _is_first(marker: Any) -> bool:
    parent = marker.getparent()
    if parent.tag in ("body", "html") or parent.getparent() is None:
        return False
    return marker.getprevious() is None and not (parent.text or "").strip()


def _drop_after(marker: Any) -> None:
    node = marker
    while (parent := node.getparent()) is not None:
        for sibling in list(node.itersiblings()):
            parent.remove(sibling)
        node.tail = None
        node = parent
    _drop_marker(marker)


def _drop_before(marker: Any) -> None:
    node = marker
    while (parent := node.getparent()) is not None:
        for sibling in list(node.itersiblings(preceding=True)):
            if sibling.tag != "head":
                parent.remove(sibling)
        parent.text = None
        node = parent
    _drop_marker(marker)


def _drop_marker(marker: Any) -> None:
    _remove(marker)


def _written(node: Any, *, with_tail: bool = True) -> str:
    from lxml import etree

    text = etree.tostring(node, encoding="unicode", method="html", with_tail=with_tail)
    return str(text)


def _names(node: Any) -> str:
    return f"{node.get('id') or ''} {node.get('class') or ''} {node.get('name') or ''}"


def _is_quotation(node: Any) -> bool:
    if node.tag == "blockquote":
        return True
    return (
        node.tag == "div"
        and bool(_QUOTED.search(_names(node)))
        and node.find(".//blockquote") is None
    )


class _Reader:
    """Turns a page into lines."""

    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self.open: _Line | None = None
        self.quotes = 0
        self.boundary = False
        self.marked: Kind | None = None

    def read(self, root: Any) -> list[_Line]:
        """Return the lines of the page, at most five thousand."""
        from lxml import etree

        body = root.find("body")
        silent = 0
        for event, node in etree.iterwalk(
            body if body is not None else root, events=("start", "end", "comment")
        ):
            if len(self.lines) > _LINES:
                break
            tag = node.tag if isinstance(node.tag, str) else ""
            if event == "start":
                silent += tag in _SILENT
                self._begin(node, tag)
                if not silent:
                    self._say(node.text, node, "in")
                continue
            if event == "end":
                silent -= tag in _SILENT
                self._end(node, tag)
            if not silent and node is not body and node is not root:
                self._say(node.tail, node, "behind")
        self._finish()
        return self.lines

    def _begin(self, node: Any, tag: str) -> None:
        if _BLOCKS.fullmatch(tag) or tag == "br":
            self._finish()
        names = _names(node)
        ruled = tag in ("div", "td") and bool(_RULED.search(node.get("style") or ""))
        stops = tag == "hr" and names.strip() in ("stopSpelling", "zwchr")
        if _BOUNDARY.search(names) or stops or (ruled and ":" in "".join(node.itertext())[:300]):
            self._finish()
            self.lines.append(_Line("", node, "before", boundary=True))
        if _PREFIX.search(names):
            self.marked = Kind.ATTRIBUTION
        if _is_quotation(node):
            self.quotes += 1
        if tag == "hr":
            self.lines.append(_Line("_" * 20, node, "before"))

    def _end(self, node: Any, tag: str) -> None:
        if _BLOCKS.fullmatch(tag):
            self._finish()
        if _PREFIX.search(_names(node)):
            self.marked = None
        if _is_quotation(node):
            self.quotes -= 1

    def _say(self, text: str | None, node: Any, where: str) -> None:
        text = re.sub(r"[\s\xa0\u200b]+", " ", text or "")
        if not text.strip() and self.open is None:
            return
        if self.open is None:
            self.open = _Line("", node, where, self.quotes > 0, self.marked)
        self.open.text += text

    def _finish(self) -> None:
        if self.open is not None:
            self.open.text = self.open.text.strip()
            self.lines.append(self.open)
            self.open = None
