"""How the chat's wishes are edited in rows: the fields of one line, and what it reads like.

The form of a line is that of `widget.wishes`, which has the last word.
"""

from typing import Any

from babel import Locale

from shopbell.widget.wishes import LANGUAGES, LONGEST_WAIT, MOST_ASKED, MOST_RULES

_NAMES = Locale("en").languages

ASKED: dict[str, Any] = {
    "pattern": r"(?<what>.*?[^*\s])\s*(?<needed>\*)?",
    "add": "Ask for something",
    "most": MOST_ASKED,
    "columns": [
        {
            "name": "what",
            "label": "What",
            "hint": "name, email, order or your own words",
            "most": 60,
        },
        {"name": "needed", "label": "Must be given", "kind": "checkbox", "word": "*"},
    ],
}  # fmt: skip
SPOKEN: dict[str, Any] = {
    "pattern": r"(?<page>/\S*|\*)\s+(?<after>\d{1,3})s(?<open>\s+open)?"
    r"(?:\s+(?<lang>[a-z]{2}))?:\s*(?<text>.+)",
    "add": "Say something",
    "most": MOST_RULES,
    "columns": [
        {"name": "page", "label": "On pages", "hint": "/kettles*", "start": "/*", "must": True},
        {
            "name": "after", "label": "After (seconds)", "kind": "number", "start": "30",
            "before": " ", "after": "s", "most": LONGEST_WAIT, "must": True,
        },
        {"name": "open", "label": "Only in opening hours", "kind": "checkbox", "word": " open"},
        {
            "name": "lang", "label": "To visitors who read", "before": " ",
            "choices": [["", "any language"], *([key, _NAMES[key]] for key in LANGUAGES)],
        },
        {
            "name": "text", "label": "What it says", "kind": "long", "before": ": ", "most": 200,
            "hint": "Any question about our kettles?", "must": True,
        },
    ],
}  # fmt: skip
