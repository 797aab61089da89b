"""The demo shop's campaigns, in two languages: one is sent soon, one is left for a visitor to send.

A newcomer's mistake: submitting at once. Nobody has allowed offers before the shop has customers.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from shopbell.accounts.models import Staff, Store
from shopbell.campaigns.actions import (
    Plan,
    change_plan,
    start_campaign,
    submit_campaign,
    write_variant,
)
from shopbell.campaigns.audience import size_of
from shopbell.campaigns.models import Campaign, Stage
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid

DRAFT, SENT = "Soup weather", "Boards for life"
ENOUGH = 12  # people who allowed offers
LOOK_EVERY = timedelta(seconds=10)

_SOUP: dict[str, dict[str, Any]] = {
    "en": {
        "subject": "Soup weather: the iron skillet is back",
        "preheader": "And a recipe that needs nothing else",
        "blocks": [
            {"kind": "heading", "text": "Soup weather"},
            {
                "kind": "text",
                "text": "Hello {{ customer.first_name | default: 'there' }},\n\nthe cast-iron "
                "skillet is back on the shelf. It takes its time to get warm, and it stays so: "
                "onions, a tin of tomatoes, two eggs, one pan.",
            },
            {"kind": "button", "label": "See the skillet", "url": "{{ store.url }}"},
            {"kind": "divider"},
            {
                "kind": "text",
                "text": "You get this because you asked for news from us. What you get is yours "
                "to choose, below.",
            },
        ],
    },
    "de": {
        "subject": "Suppenwetter: die Eisenpfanne ist wieder da",
        "preheader": "Und ein Rezept, für das es sonst nichts braucht",
        "blocks": [
            {"kind": "heading", "text": "Suppenwetter"},
            {
                "kind": "text",
                "text": "Guten Tag{% if customer.first_name %}, {{ customer.first_name }}"
                "{% endif %},\n\ndie gusseiserne Pfanne steht wieder im Regal. Sie wird langsam "
                "warm und bleibt es: Zwiebeln, eine Dose Tomaten, zwei Eier, eine Pfanne.",
            },
            {"kind": "button", "label": "Zur Pfanne", "url": "{{ store.url }}"},
            {"kind": "divider"},
            {
                "kind": "text",
                "text": "Sie bekommen das, weil Sie Neues von uns lesen wollten. Was Sie bekommen, "
                "wählen Sie unten.",
            },
        ],
    },
}


_BOARDS: dict[str, dict[str, Any]] = {
    "en": {
        "subject": "A board that outlives its knives",
        "preheader": "Oak, oiled by hand, and how to keep it so",
        "blocks": [
            {"kind": "heading", "text": "Boards for life"},
            {
                "kind": "text",
                "text": "Hello {{ customer.first_name | default: 'there' }},\n\nour boards come "
                "from one joiner who oils each by hand. Wash it, let it dry upright, oil it "
                "twice a year: that is all it asks for.",
            },
            {"kind": "button", "label": "See the board", "url": "{{ store.url }}"},
        ],
    },
    "de": {
        "subject": "Ein Brett, das seine Messer überlebt",
        "preheader": "Eiche, von Hand geölt, und wie sie es bleibt",
        "blocks": [
            {"kind": "heading", "text": "Bretter fürs Leben"},
            {
                "kind": "text",
                "text": "Guten Tag{% if customer.first_name %}, {{ customer.first_name }}"
                "{% endif %},\n\nunsere Eichenbretter kommen von einem Tischler, der jedes von "
                "Hand ölt. Abwaschen, stehend trocknen, zweimal im Jahr ölen: mehr braucht es "
                "nicht.",
            },
            {"kind": "button", "label": "Zum Brett", "url": "{{ store.url }}"},
        ],
    },
}


def set_up_newsletter() -> None:
    """Write both, in the scope of the caller."""
    _write(SENT, _BOARDS)
    _write(DRAFT, _SOUP)


def _write(name: str, texts: Mapping[str, Mapping[str, Any]]) -> None:
    row = start_campaign(name=name, by=None, by_name="Lark & Larder")
    write_variant(campaign=row, variant="A", texts=texts)
    change_plan(campaign=row, name=name, plan=Plan(topic="news"))


class Newsletter:
    """Sends the first campaign once enough customers allowed it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._next_look: datetime | None = None
        self.done = False

    def work(self, now: datetime) -> None:
        """Look whether it is time."""
        if self.done or (self._next_look is not None and now < self._next_look):
            return
        self._next_look = now + LOOK_EVERY
        with store_scope(self.store.pk):
            self._look()

    def _look(self) -> None:
        rows = Campaign.objects.filter(name=SENT, stage=Stage.DRAFT, submitted_at=None)
        row, robin = rows.first(), Staff.objects.select_related("user").order_by("pk").first()
        self.done = row is None or robin is None
        if row is None or robin is None:
            return
        size = size_of(row)
        if size is not None and size.allowed >= ENOUGH:
            with suppress(Conflict, Invalid):  # a visitor was at it: theirs is the word
                submit_campaign(store=self.store, campaign=row, by=robin.user)
