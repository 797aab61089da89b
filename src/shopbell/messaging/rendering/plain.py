"""The plain part of a mail, derived from its MJML while Liquid is hidden.

Made from the source rather than from the finished HTML: the layout tables of MJML would turn into
columns of blanks, and the comments that carry `{% … %}` would be dropped.
"""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    "mj-text mj-button mj-table mj-section mj-column mj-divider mj-wrapper mj-hero p div h1 h2 h3 "  # noqa: SIM905
    "h4 table tr ul ol li blockquote".split()
)
_PARAGRAPHS = frozenset("mj-text mj-button mj-table p h1 h2 h3 h4 ul ol table".split())  # noqa: SIM905
_SKIPPED = frozenset({"style", "script", "title", "mj-style"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[tuple[int, str]] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self.skipping += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _PARAGRAPHS else "\n")
            if tag == "li":
                self.parts.append("- ")
        elif tag == "td" and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("  ")
        if tag in ("a", "mj-button"):
            self.links.append((len(self.parts), dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self.skipping = max(0, self.skipping - 1)
        if tag in ("a", "mj-button") and self.links:
            place, address = self.links.pop()
            label = "".join(self.parts[place:]).strip()
            if address and label and label not in address:
                self.parts.append(f": {address}" if tag == "mj-button" else f" ({address})")
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _PARAGRAPHS else "\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SKIPPED:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_comment(self, data: str) -> None:
        if re.fullmatch(r"lq[a-z]*\d+zz", data):
            self.parts.append(data)

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain_text(markup: str) -> str:
    """Return the text of MJML or HTML whose Liquid is hidden by a `Protector`."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    text = "".join(reader.parts)
    text = "\n".join(line.strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
