"""Tells messaging of the check after delivery: its texts and its links."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shopbell.feedback.links import links_of
from shopbell.messaging.catalogue import Plan, TextKind, add_catalogue, read_text
from shopbell.messaging.context import add_links
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.titles import TITLES
from shopbell.orders.models import Order

KIND = "delivery_check"
MEDIA = ("email", "whatsapp", "sms")
_TEXTS = Path(__file__).parent / "texts"
_KIND = TextKind(
    key=KIND,
    title="Is everything right?",
    when="A day or two after a parcel has arrived",
    group="Feedback",
    purpose="survey",
    about_parcel=True,
)


class Checks:
    """The catalogue of what asks customers."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the one kind."""
        return (_KIND,)

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        return {
            "store": {"name": "Lark & Larder", "url": "https://lark.example"},
            "customer": {
                "first_name": "Nora",
                "last_name": "Winter",
                "name": "Nora Winter",
                "email": "nora@example.com",
                "locale": locale,
            },
            "order": {
                "number": "#4833",
                "currency": "EUR",
                "total": 5180,
                "lines": [{"title": "Stoneware mug", "variant": "Sage, 300 ml", "quantity": 2}],
            },
            "shipment": {"carrier": "DHL", "status": "delivered"},
            "links": {
                "answer": "https://lark.example/a/sample",
                "good": "https://lark.example/a/sample?a=good",
                "bad": "https://lark.example/a/sample?a=bad",
                "track": "https://lark.example/t/sample",
                "preferences": "https://lark.example/u/sample",
            },
            "message": {"kind": kind},
        }

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the channels it goes by; quiet hours are kept to."""
        return Plan(MEDIA, ignore_quiet=False)

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text."""
        return read_text(_TEXTS, kind, locale, medium) if kind == KIND else None


add_catalogue(Checks())
add_links(KIND, links_of)
TITLES[KIND] = _KIND.title
