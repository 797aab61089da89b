"""Tells messaging which notifications there are, so that its editor can show and try texts."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from shopbell.kit import clock
from shopbell.messaging.catalogue import Plan, TextKind
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
from shopbell.notifications.conditions import objection
from shopbell.notifications.defaults import load_default, sample_context
from shopbell.notifications.kinds import GROUPS, KINDS
from shopbell.notifications.queries import settings_of_store
from shopbell.notifications.stages import standings
from shopbell.orders.models import Order


@cache
def _kinds() -> tuple[TextKind, ...]:
    return tuple(
        TextKind(
            key=key,
            title=KINDS[key].title,
            when=KINDS[key].when,
            group=group,
            purpose=KINDS[key].purpose,
            about_parcel=KINDS[key].about_parcel,
            told_alone=True,
        )
        for group, keys in GROUPS
        for key in keys
    )


class Notifications:
    """The catalogue of the shipped notifications."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        return _kinds()

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        return sample_context(kind, locale)

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the store's plan for a kind (and an order)."""
        setting = settings_of_store()[kind]
        against = objection(setting.conditions, order) if order is not None else ""
        if not setting.enabled:
            against = f"“{setting.kind.title}” is switched off."
        media = setting.media
        if order is not None:
            [standing] = standings([(order, clock.now())])
            media = setting.plan.steps_for(standing).media
        return Plan(media, not setting.respect_quiet_hours, against)

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text of a kind."""
        return load_default(kind, locale, medium)
