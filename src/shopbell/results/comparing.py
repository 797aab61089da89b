"""Who got a campaign or went a journey's way, beside those who by chance did not.

Everybody counts on the side on which chance put them, whether their message arrived or not: who
could be reached at all was asked before. All orders count, whatever they followed on; that is what
makes the comparison fair.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.urls import reverse

from shopbell.accounts.models import Store
from shopbell.campaigns.models import Campaign, Place, Recipient
from shopbell.campaigns.reasons import NO_ADDRESS, NO_CONSENT
from shopbell.journeys.models import Enrolment, Journey, Passage
from shopbell.journeys.steps import Definition, Send, Split
from shopbell.journeys.walking import went
from shopbell.kit import clock
from shopbell.orders.models import Order
from shopbell.results.uplift import Between, Side, more_orders, more_revenue, orders_in_words

DAYS = 7  # of which orders count, from the beginning on


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides, and what is sure about their difference."""

    title: str
    with_label: str
    without_label: str
    with_it: Side
    without: Side
    over: bool  # all days that count are over
    with_href: str = ""
    without_href: str = ""

    @property
    def orders(self) -> Between | None:
        """Return the difference of orders for each person."""
        return more_orders(self.with_it, self.without)

    @property
    def revenue(self) -> Between | None:
        """Return the difference of revenue for each person, in the smallest coin."""
        return more_revenue(self.with_it, self.without)

    @property
    def says(self) -> str:
        """Return the difference in words."""
        return orders_in_words(self.orders)


_BOUGHT = f"""
    SELECT o.customer_id, sum(CASE WHEN o.currency = %(currency)s
            THEN greatest(o.total - o.refunded, 0) ELSE 0 END)::float8 AS revenue
    FROM {Order._meta.db_table} o JOIN sides s ON s.customer_id = o.customer_id
    WHERE o.store_id = %(store)s AND NOT o.is_stub AND NOT o.is_test AND o.status <> 'cancelled'
        AND coalesce(o.placed_at, o.created_at) >= s.since
        AND coalesce(o.placed_at, o.created_at) < s.since + make_interval(days => %(days)s)
    GROUP BY o.customer_id"""

_SUMS = f"""
    SELECT s.side, count(*), count(b.customer_id), coalesce(sum(b.revenue), 0),
        coalesce(sum(b.revenue * b.revenue), 0)
    FROM sides s LEFT JOIN ({_BOUGHT}) b ON b.customer_id = s.customer_id GROUP BY s.side"""

_OF_CAMPAIGN = f"""
    WITH sides AS (
        SELECT r.customer_id, (r.state <> '{Place.HOLDOUT}')::text AS side,
            %(since)s::timestamptz AS since
        FROM {Recipient._meta.db_table} r
        WHERE r.store_id = %(store)s AND r.campaign_id = %(campaign)s
            AND r.reason NOT IN ('{NO_ADDRESS}', '{NO_CONSENT}')) {_SUMS}"""

_OF_SPLIT = f"""
    WITH sides AS (
        SELECT DISTINCT ON (e.customer_id) e.customer_id, p.text AS side, p.at AS since
        FROM {Passage._meta.db_table} p
        JOIN {Enrolment._meta.db_table} e ON e.id = p.enrolment_id AND e.store_id = %(store)s
        WHERE p.store_id = %(store)s AND p.journey_id = %(journey)s AND p.step = %(step)s
            AND p.text = ANY(%(ways)s) AND p.at < %(until)s
        ORDER BY e.customer_id, p.at) {_SUMS}"""


def campaign_compared(store: Store, campaign: Campaign) -> Compared | None:
    """Return what a campaign brought; None: nobody was kept back."""
    if not campaign.holdout or campaign.began_at is None:
        return None
    people = reverse("campaigns:people", args=[store.slug, campaign.pk])
    sides = _sides(_OF_CAMPAIGN, store, campaign=campaign.pk, since=campaign.began_at)
    return Compared(
        title="What it brought",
        with_label="Meant to get it",
        without_label="Kept back by chance",
        with_it=sides.get("true", Side(0, 0)),
        without=sides.get("false", Side(0, 0)),
        over=clock.now() >= campaign.began_at + timedelta(days=DAYS),
        with_href=people,
        without_href=f"{people}?state={Place.HOLDOUT}",
    )


def journey_compared(store: Store, journey: Journey, definition: Definition) -> list[Compared]:
    """Return what the ways of a journey brought beside the way that sends nothing.

    Those count whose days are over.
    """
    found = []
    for step in definition.steps.values():
        quiet = quiet_way(definition, step) if isinstance(step, Split) else ""
        if not isinstance(step, Split) or not quiet:
            continue
        names = [name for name, _, _ in step.ways]
        until = clock.now() - timedelta(days=DAYS)
        sides = _sides(
            _OF_SPLIT, store, journey=journey.pk, step=step.id, until=until,
            ways=[went(name) for name in names],
        )  # fmt: skip
        for name in names:
            if name != quiet:
                found.append(
                    Compared(
                        title=f"The way “{name}” beside “{quiet}”, which sends nothing",
                        with_label=f"Went “{name}”",
                        without_label=f"Went “{quiet}”",
                        with_it=sides.get(went(name), Side(0, 0)),
                        without=sides.get(went(quiet), Side(0, 0)),
                        over=True,
                    )
                )
    return found


def quiet_way(definition: Definition, split: Split) -> str:
    """Return the name of the one way of a split that sends nothing; "": there is none, or more."""
    quiet = [
        name for name, _, first in split.ways if not _sends(definition, first, split.following)
    ]
    return quiet[0] if len(quiet) == 1 else ""


def _sends(definition: Definition, first: str, until: str) -> bool:
    """Return whether something is sent from a step on, up to where the ways meet again."""
    seen, ahead = {until, ""}, [first]
    while ahead:
        key = ahead.pop()
        if key in seen or key not in definition.steps:
            continue
        seen.add(key)
        step = definition.steps[key]
        if isinstance(step, Send):
            return True
        ahead += [getattr(step, name, "") for name in ("following", "then", "otherwise")]
        ahead += [start for _, _, start in getattr(step, "ways", ())]
    return False


def _sides(sql: str, store: Store, **told: Any) -> dict[str, Side]:
    values: dict[str, uuid.UUID | datetime | int | str] = {
        "store": store.pk,
        "currency": store.currency,
        "days": DAYS,
        **told,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {side: Side(*numbers) for side, *numbers in cursor.fetchall()}
