"""Tells messaging which texts journeys bring, so that its editor can show and try them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shopbell.messaging.catalogue import Plan, TextKind, read_text
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.samples import sample_basics, sample_lines, sample_product
from shopbell.messaging.titles import TITLES
from shopbell.orders.models import Order

_GROUP = "Journeys"
_PURPOSE = {"back_in_stock": "back_in_stock"}
_KINDS = tuple(
    TextKind(key, title, when, _GROUP, _PURPOSE.get(key, "marketing"), about_parcel=False)
    for key, title, when in (
        ("welcome_first", "Welcome", "Somebody subscribes"),
        ("welcome_order", "Welcome: how ordering works", "Three days later"),
        ("welcome_choose", "Welcome: what interests you", "A week later"),
        ("cart_reminder", "Cart: your things are still here", "Half an hour after a cart is left"),
        ("cart_last_call", "Cart: last reminder", "A day later"),
        ("review_request", "Ask for a review", "Two days after a good answer to the check"),
        ("replenish", "Time for more?", "When somebody usually orders again"),
        ("milestone", "Fifth order: thank you", "Three days after the fifth order"),
        ("price_drop", "Price drop", "Something they want costs less"),
        ("browse_followup", "Looked at something", "Four hours after a look"),
        ("last_question", "Reacts to nothing: shall we go on?", "Half a year without a reaction"),
        ("birthday", "Birthday", "On the morning of somebody's birthday"),
        ("points_expiring", "Points expire", "Thirty days, seven days and one day before"),
        ("back_in_stock", "Back in stock", "What somebody waits for is back"),
        ("win_back", "Win back: how is it doing?", "Three months after the last order"),
    )
)
_ABOUT_PRODUCTS = ("back_in_stock", "price_drop", "browse_followup")
TITLES.update({kind.key: kind.title for kind in _KINDS})
_TEXTS = Path(__file__).parent / "texts"


class Journeys:
    """The catalogue of the texts that come with journeys."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        return _KINDS

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        context = sample_basics(kind, locale)
        if kind in ("win_back", "review_request", "replenish", "milestone"):
            context["order"] = {"number": "#4833", "lines": sample_lines()}
        if kind == "last_question":
            context["links"] = context["links"] | {"stay": "https://lark.example/k/sample"}
        if kind == "points_expiring":
            told = {"points": 120, "points_expire_on": "2027-01-31"}
            context["customer"] = context["customer"] | {"attributes": told}
        if kind in _ABOUT_PRODUCTS:
            context["product"] = sample_product()
        if kind.startswith("cart_"):
            lines = sample_lines()
            context["cart"] = {
                "url": "https://lark.example/cart/sample",
                "lines": lines,
                "total": sum(line["total"] for line in lines),
                "currency": "EUR",
            }
        return context

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return how such a text is told: by the steps of a journey, with quiet hours."""
        return Plan(("whatsapp", "email") if kind.startswith("cart_") else ("email",), False)

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text of a kind."""
        return read_text(_TEXTS, kind, locale, medium)
