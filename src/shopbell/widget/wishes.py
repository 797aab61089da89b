"""What the chat asks before it begins, and what it says by itself: lines a merchant writes.

`email*` asks for an address that must be given; any other word is a field of its own.
`/kettles* 30s open de: Any question?` speaks after thirty seconds on these pages, in opening hours,
to visitors who read German.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "ar")
KNOWN = ("name", "email", "order")
MOST_ASKED, MOST_RULES = 4, 6
_LABEL, _SAID, _ANSWER = 60, 200, 200
_RULE = re.compile(
    r"(?P<page>/\S*|\*)\s+(?P<after>\d{1,3})s"
    r"(?P<open>\s+open)?(?:\s+(?P<lang>[a-z]{2}))?:\s*(?P<text>.+)"
)
LONGEST_WAIT = 600


@dataclass(frozen=True, slots=True)
class Ask:
    """A field before the chat begins. `name` is one of `KNOWN`, or empty for one with a `label`."""

    name: str
    label: str
    required: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Something the chat says by itself. `page` is a pattern for the path."""

    page: str
    after: int
    open: bool
    lang: str
    text: str


def parse_asks(lines: Sequence[str]) -> list[Ask]:
    """Read the fields.

    Raises:
        Invalid: they are too many, or one is too long or stands there twice.
    """
    found = []
    for line in lines:
        required = line.endswith("*")
        label = line.removesuffix("*").strip()
        if not 0 < len(label) <= _LABEL:
            raise Invalid(f"{line[:80]!r}: a field has 1 to {_LABEL} characters.")
        name = label.lower() if label.lower() in KNOWN else ""
        found.append(Ask(name, "" if name else label, required))
    if len(found) > MOST_ASKED:
        raise Invalid(f"Ask for {MOST_ASKED} things at most: everybody has to fill them in.")
    if len({(ask.name, ask.label.lower()) for ask in found}) < len(found):
        raise Invalid("A field stands there twice.")
    return found


def parse_rules(lines: Sequence[str]) -> list[Rule]:
    """Read what the chat says by itself.

    Raises:
        Invalid: a line is not like `/kettles* 30s: Any question?`.
    """
    found = []
    for line in lines:
        match = _RULE.fullmatch(line)
        if match is None or not 1 <= int(match["after"]) <= LONGEST_WAIT:
            raise Invalid(
                f"{line[:80]!r} is not understood. Write /kettles* 30s: Any question?"
                " or /* 60s open de: Können wir helfen?"
            )
        if match["lang"] and match["lang"] not in LANGUAGES:
            raise Invalid(f"{match['lang']!r} is none of {', '.join(LANGUAGES)}.")
        if len(match["text"]) > _SAID:
            raise Invalid(f"Say it in {_SAID} characters: {line[:60]!r}…")
        found.append(
            Rule(
                match["page"],
                int(match["after"]),
                bool(match["open"]),
                match["lang"] or "",
                match["text"],
            )
        )
    if len(found) > MOST_RULES:
        raise Invalid(f"{MOST_RULES} lines at most.")
    return found


def asks_for_page(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Return the fields as the script takes them."""
    return [asdict(ask) for ask in parse_asks(lines)]


def rules_for_page(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rules as the script takes them, each page as a regular expression."""
    return [
        asdict(rule) | {"page": "^" + re.escape(rule.page).replace(r"\*", ".*") + "$"}
        for rule in parse_rules(lines)
    ]


def answers_to(asks: Sequence[Ask], told: Any) -> dict[str, str]:
    """Return what a visitor told before the chat began, as far as it was asked for."""
    if not isinstance(told, dict):
        return {}
    found = {}
    for ask in asks:
        answer = told.get(ask.name or ask.label)
        if isinstance(answer, str) and answer.strip():
            found[ask.name or ask.label] = one_line(storable(answer), _ANSWER)
    return found
