"""The mail with the link to one's data, and what the editor of texts is told about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shopbell.messaging.catalogue import Plan, TextKind, read_text
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.titles import TITLES
from shopbell.orders.models import Order

DATA = "your_data"
PURPOSE = "account"
_FOLDER = Path(__file__).parent / "texts"
_KIND = TextKind(
    DATA, "Link to one's data", "A customer asked for their data", "Privacy", PURPOSE, False
)
TITLES[DATA] = _KIND.title


class Privacy:
    """The catalogue of the mail with the data."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        return (_KIND,)

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        return {
            "store": {
                "name": "Lark & Larder",
                "url": "https://lark.example",
                "brand_colour": "#2f5d50",
                "address": "Lark & Larder, Lerchenweg 3, 28203 Bremen",
            },
            "customer": {"email": "mara@example.com", "locale": locale},
            "links": {
                "preferences": "https://example.com/u/x",
                "unsubscribe": "https://example.com/u/x",
            },
            "message": {"kind": kind},
            "privacy": {"link": "https://example.com/d/x/1"},
        }

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the plan: by mail, at any hour, since somebody waits for it."""
        against = "It goes to whoever asked for it, not to a customer of an order." if order else ""
        return Plan(("email",), ignore_quiet=True, against=against)

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text."""
        return read_text(_FOLDER, kind, locale, medium) if kind == DATA else None
