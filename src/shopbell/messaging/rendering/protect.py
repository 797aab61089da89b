"""Carries Liquid unharmed through MJML and the CSS inliner.

Before: every Liquid tag becomes a word (inside attributes and for `{{ … }}`) or a comment (for
`{% … %}` in the open, where a word would be moved out of a table). After: they are put back.
A newcomer's mistake: letting an HTML parser see `{% for %}` between table rows.
"""

import re
from dataclasses import dataclass, field

from shopbell.kit.errors import Invalid

_LIQUID = re.compile(
    r"\{%-?\s*(raw|comment|doc)\b.*?\{%-?\s*end\1\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL
)
_COMMENT = re.compile(r"<!--(?!\[).*?-->", re.DOTALL)


def without_comments(markup: str) -> str:
    """Return markup without comments; line numbers stay."""
    return _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), markup)


def line_at(text: str, place: int) -> int:
    """Return the line of a place in `text`, counted from 1."""
    return text.count("\n", 0, place) + 1


@dataclass
class Protector:
    """Hides the Liquid of one or more texts and puts it back."""

    liquid: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    salt: str = ""

    def choose_salt(self, *texts: str) -> None:
        """Make sure that no token looks like something the merchant wrote."""
        while any(f"lq{self.salt}" in text for text in texts):
            self.salt += "x"

    def hide_in_text(self, text: str) -> str:
        """Hide the Liquid of plain text, where a comment would be shown."""
        return _LIQUID.sub(lambda match: self._word(match.group(), 1), text)

    def hide_in_markup(self, markup: str) -> str:
        """Hide the Liquid of MJML or HTML."""
        parts, last, state = [], 0, ""
        for match in _LIQUID.finditer(markup):
            literal = markup[last : match.start()]
            state = _advance(state, literal)
            parts.append(literal)
            tag, line = match.group(), line_at(markup, match.start())
            if state == "<":
                raise Invalid(f"Line {line}: {_short(tag)} must stand in quotes inside an element.")
            is_control = tag.startswith("{%") and not re.match(r"\{%-?\s*(echo|raw)\b", tag)
            word = self._word(tag, line)
            parts.append(f"<!--{word}-->" if is_control and not state else word)
            last = match.end()
        return "".join([*parts, markup[last:]])

    def show(self, text: str) -> str:
        """Put the Liquid back."""

        def one(match: re.Match[str]) -> str:
            return self.liquid[int(match[1] or match[2])]

        return self._token().sub(one, text)

    def _token(self) -> re.Pattern[str]:
        word = rf"lq{self.salt}(\d+)zz"
        return re.compile(f"<!--{word}-->|{word}")

    def lost_in(self, text: str, among: int) -> tuple[str, int] | None:
        """Return the first of the first `among` tags (and its line) that did not survive."""
        there = {int(match[1] or match[2]) for match in self._token().finditer(text)}
        for number, tag in enumerate(self.liquid[:among]):
            if number not in there:
                return _short(tag), self.lines[number]
        return None

    def _word(self, tag: str, line: int) -> str:
        if tag in self.liquid:
            return f"lq{self.salt}{self.liquid.index(tag)}zz"
        self.liquid.append(tag)
        self.lines.append(line)
        return f"lq{self.salt}{len(self.liquid) - 1}zz"


def _advance(state: str, literal: str) -> str:
    """Follow where we are: in the open (""), in an element ("<") or in a quoted value."""
    for character in literal:
        if not state:
            state = "<" if character == "<" else ""
        elif state == "<":
            if character in "\"'":
                state = character
            elif character == ">":
                state = ""
        elif character == state:
            state = "<"
    return state


def _short(tag: str) -> str:
    folded = " ".join(tag.split())
    return folded if len(folded) <= 60 else folded[:59] + "…"
