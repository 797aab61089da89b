"""The mails about sign-ups, and what the editor of texts is told about them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shopbell.messaging.catalogue import Plan, TextKind, read_text
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.titles import TITLES
from shopbell.orders.models import Order

CONFIRM, ALREADY, LINK = "confirm_signup", "already_signed_up", "preferences_link"
PURPOSE = "account"
_FOLDER = Path(__file__).parent / "texts"
_KINDS = tuple(
    TextKind(key, title, when, "Signing up", PURPOSE, about_parcel=False)
    for key, title, when in (
        (CONFIRM, "Confirm the sign-up", "Somebody sent a sign-up form"),
        (ALREADY, "Signed up already", "Somebody who is signed up sent the form again"),
        (LINK, "Link to the choices", "Somebody asked for the page on which they choose"),
    )
)
TITLES.update({kind.key: kind.title for kind in _KINDS})
_SAMPLE_TOPICS = {"en": "new in the shop, recipes", "de": "Neues im Laden, Rezepte"}
_SAMPLE_WORDING = {
    "en": "I want offers and news by e-mail and can leave at any time.",
    "de": "Ich möchte Angebote und Neues per E-Mail und kann mich jederzeit abmelden.",
}


class Signups:
    """The catalogue of the mails about sign-ups."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        return _KINDS

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        language = locale[:2] if locale[:2] in _SAMPLE_TOPICS else "en"
        context: dict[str, Any] = {
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
        }
        if kind == CONFIRM:
            context["signup"] = {
                "link": "https://example.com/j/x",
                "wording": _SAMPLE_WORDING[language],
                "topics": _SAMPLE_TOPICS[language],
            }
        return context

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the plan: by mail, at any hour, since somebody waits for it."""
        against = "It goes to whoever asked for it, not to a customer of an order." if order else ""
        return Plan(("email",), ignore_quiet=True, against=against)

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text of a kind."""
        known = any(each.key == kind for each in _KINDS)
        return read_text(_FOLDER, kind, locale, medium) if known else None
