"""Deciding a test of variants by its stated rule, once its hours are over.

The rule and the hours stand in the campaign from the beginning, so nobody picks the moment at which
a variant happens to lead. A newcomer's mistake: deciding while the test is still being sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from shopbell.campaigns.models import OPEN, Campaign, Place, Recipient, Rule
from shopbell.conversations.models import Entry
from shopbell.messaging.models import Message
from shopbell.orders.models import Order


@dataclass(frozen=True, slots=True)
class Score:
    """What a variant has reached: of `told` people, `did` did what the rule counts."""

    told: int
    did: int

    @property
    def rate(self) -> float:
        """Part of those told."""
        return self.did / self.told if self.told else 0.0


_DID = {
    Rule.CLICKS: "m.clicked_at IS NOT NULL",
    Rule.ORDERS: f"""EXISTS (SELECT 1 FROM {Order._meta.db_table} o
        WHERE o.store_id = r.store_id AND o.customer_id = r.customer_id AND NOT o.is_test
        AND NOT o.is_stub AND o.status <> 'cancelled' AND o.placed_at >= r.queued_at)""",
    # Uncorrelated, so that it is read once and hashed.
    Rule.REPLIES: f"""m.id::text IN (SELECT e.data->>'answers' FROM {Entry._meta.db_table} e
        WHERE e.store_id = %(store)s AND e.created_at >= %(since)s AND e.data ? 'answers')""",
}


def scores(campaign: Campaign) -> dict[str, Score]:
    """Return what each variant has reached by the campaign's rule."""
    sql = f"""
        SELECT r.variant, count(*), count(*) FILTER (WHERE {_DID[Rule(campaign.rule)]})
        FROM {Recipient._meta.db_table} r
        JOIN {Message._meta.db_table} m ON m.store_id = r.store_id AND m.id = r.message_id
        WHERE r.store_id = %(store)s AND r.campaign_id = %(campaign)s AND r.state = '{Place.SENT}'
        GROUP BY r.variant"""
    told: dict[str, Any] = {
        "store": campaign.store_id,
        "campaign": campaign.pk,
        "since": campaign.began_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return {name: Score(told, did) for name, told, did in cursor.fetchall() if name}


def winner_of(found: Mapping[str, Score]) -> tuple[str, str]:
    """Return which variant leads, and why in words; the first one where none does."""
    ranked = sorted(found.items(), key=lambda item: (-item[1].rate, item[0]))
    if not ranked:
        return "A", "Nobody was told in the test, so it is A."
    name, best = ranked[0]
    said = ", ".join(f"{each}: {s.did} of {s.told}" for each, s in sorted(found.items()))
    if len(ranked) > 1 and ranked[1][1].rate == best.rate:
        return name, f"No variant was better ({said}), so it is {name}."
    return name, f"{name} was better ({said})."


def choose_winner(campaign: Campaign, now: datetime) -> None:
    """Decide the test if its hours are over, and let everybody else have the winner."""
    if campaign.test_share >= 100 or campaign.winner or campaign.gathered_at is None:
        return
    rows = Recipient.objects.filter(campaign_id=campaign.pk)
    if campaign.tested_at is None:
        if not rows.filter(state__in=OPEN).exclude(variant="").exclude(state="waiting").exists():
            campaign.tested_at = now
        return
    if now < campaign.tested_at + timedelta(hours=campaign.test_hours):
        return
    campaign.winner, campaign.won_by = winner_of(scores(campaign))
    due = None if campaign.local else now
    rows.filter(state=Place.PENDING, variant="").update(variant=campaign.winner, due_at=due)
