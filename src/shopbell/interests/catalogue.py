"""The mails about waiting lists, and what the editor of texts is told about them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shopbell.messaging.catalogue import Plan, TextKind, add_catalogue, read_text
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.samples import sample_basics, sample_product
from shopbell.messaging.titles import TITLES
from shopbell.orders.models import Order

CONFIRM, NOTED = "confirm_waiting", "waiting_noted"
PURPOSE = "account"
_FOLDER = Path(__file__).parent / "texts"
_KINDS = (
    TextKind(
        CONFIRM, "Confirm the place in a waiting list", "Somebody asks to be told when it is back",
        "Signing up", PURPOSE, about_parcel=False,
    ),
    TextKind(
        NOTED, "In the waiting list", "Somebody known asks to be told when it is back",
        "Signing up", PURPOSE, about_parcel=False,
    ),
)  # fmt: skip
TITLES.update({kind.key: kind.title for kind in _KINDS})


class WaitingMails:
    """The catalogue of the mails about waiting lists."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        return _KINDS

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        return sample_basics(kind, locale) | {
            "product": sample_product(),
            "waiting": {
                "link": "https://example.com/w/x",
                "wording": "I want to be told by e-mail when this is back in stock.",
            },
        }

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the plan: by mail, at any hour, since somebody waits for it."""
        against = "It goes to whoever asked for it, not to a customer of an order." if order else ""
        return Plan(("email",), ignore_quiet=True, against=against)

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text of a kind."""
        known = any(each.key == kind for each in _KINDS)
        return read_text(_FOLDER, kind, locale, medium) if known else None


add_catalogue(WaitingMails())
