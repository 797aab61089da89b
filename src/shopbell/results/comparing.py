"""Who got a campaign or went a journey's way, beside those who by chance did not.

Everybody counts on the side on which chance put them, whether their message arrived or not: who
could be reached at all was asked before. All orders count, whatever they followed on; that is what
makes the comparison fair.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.http import urlencode

from shopbell.accounts.models import Store
from shopbell.campaigns.models import Campaign, Place, Recipient
from shopbell.campaigns.reasons import NO_ADDRESS, NO_CONSENT
from shopbell.customers.models import Customer
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
    with_href: str = ""  # the people
    without_href: str = ""
    with_orders: str = ""
    without_orders: str = ""

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


_COUNTS = f"""
    FROM {Order._meta.db_table} o JOIN sides s ON s.customer_id = o.customer_id
    WHERE o.store_id = %(store)s AND NOT o.is_stub AND NOT o.is_test AND o.status <> 'cancelled'
        AND coalesce(o.placed_at, o.created_at) >= s.since
        AND coalesce(o.placed_at, o.created_at) < s.since + make_interval(days => %(days)s)"""

_SUMS = f"""
    SELECT s.side, count(*), count(b.customer_id), coalesce(sum(b.revenue), 0),
        coalesce(sum(b.revenue * b.revenue), 0)
    FROM sides s LEFT JOIN (
        SELECT o.customer_id, sum(CASE WHEN o.currency = %(currency)s
                THEN greatest(o.total - o.refunded, 0) ELSE 0 END)::float8 AS revenue
        {_COUNTS} GROUP BY o.customer_id) b ON b.customer_id = s.customer_id GROUP BY s.side"""

_OF_CAMPAIGN = f"""
    WITH sides AS (
        SELECT r.customer_id, (r.state <> '{Place.HOLDOUT}')::text AS side,
            %(since)s::timestamptz AS since
        FROM {Recipient._meta.db_table} r
        WHERE r.store_id = %(store)s AND r.campaign_id = %(campaign)s
            AND r.reason NOT IN ('{NO_ADDRESS}', '{NO_CONSENT}'))"""

_OF_SPLIT = f"""
    WITH sides AS (
        SELECT DISTINCT ON (e.customer_id) e.customer_id, p.text AS side, p.at AS since
        FROM {Passage._meta.db_table} p
        JOIN {Enrolment._meta.db_table} e ON e.id = p.enrolment_id AND e.store_id = %(store)s
        WHERE p.store_id = %(store)s AND p.journey_id = %(journey)s AND p.step = %(step)s
            AND p.text = ANY(%(ways)s) AND p.at < %(until)s
        ORDER BY e.customer_id, p.at)"""


@dataclass(frozen=True, slots=True)
class Chance:
    """On which side chance put whom, and from when on: the beginning of a statement."""

    sql: str
    values: Mapping[str, Any]

    def sums(self) -> dict[str, Side]:
        """Return the sums of each side."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql + _SUMS, self.values)
            return {side: Side(*numbers) for side, *numbers in cursor.fetchall()}

    def orders(self, side: str) -> QuerySet[Order]:
        """Return the orders that count on a side."""
        found = self._of_a_side("SELECT o.id", _COUNTS, side)
        rows = Order.objects.filter(pk__in=found).select_related("customer")
        return rows.defer("payload")

    def people(self, side: str) -> QuerySet[Customer]:
        """Return who stands on a side."""
        found = self._of_a_side("SELECT s.customer_id", " FROM sides s WHERE true", side)
        return Customer.objects.filter(pk__in=found)

    def _of_a_side(self, head: str, tail: str, side: str) -> RawSQL:
        told = {**self.values, "side": side}
        sql = f"{self.sql} {head}{tail} AND s.side = %(side)s"
        # Our own words, with the values beside them.
        names = re.findall(r"%\((\w+)\)s", sql)
        return RawSQL(  # noqa: S611
            re.sub(r"%\(\w+\)s", "%s", sql), [told[name] for name in names]
        )


def _chance(sql: str, store: Store, **told: Any) -> Chance:
    common = {"store": store.pk, "currency": store.currency, "days": DAYS}
    return Chance(sql, {**common, **told})


def chance_of_campaign(store: Store, campaign: Campaign) -> Chance:
    """Return who was meant to get a campaign ("true") and who was kept back ("false")."""
    return _chance(_OF_CAMPAIGN, store, campaign=campaign.pk, since=campaign.began_at)


def chance_of_split(store: Store, journey: Journey, split: Split) -> Chance:
    """Return who went which way (`went` of its name) so long ago that all days are over."""
    return _chance(
        _OF_SPLIT, store, journey=journey.pk, step=split.id,
        until=clock.now() - timedelta(days=DAYS), ways=[went(name) for name, _, _ in split.ways],
    )  # fmt: skip


def campaign_compared(store: Store, campaign: Campaign) -> Compared | None:
    """Return what a campaign brought; None: nobody was kept back."""
    if not campaign.holdout or campaign.began_at is None:
        return None
    people = reverse("campaigns:people", args=[store.slug, campaign.pk])
    sides = chance_of_campaign(store, campaign).sums()
    behind = reverse("results:beside_campaign", args=[store.slug, campaign.pk])
    return Compared(
        title="What it brought",
        with_label="Meant to get it",
        without_label="Kept back by chance",
        with_it=sides.get("true", Side(0, 0)),
        without=sides.get("false", Side(0, 0)),
        over=clock.now() >= campaign.began_at + timedelta(days=DAYS),
        with_href=people,
        without_href=f"{people}?state={Place.HOLDOUT}",
        with_orders=f"{behind}?side=true",
        without_orders=f"{behind}?side=false",
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
        sides = chance_of_split(store, journey, step).sums()
        behind = reverse("results:beside_journey", args=[store.slug, journey.key, step.id])
        of_way = {name: f"{behind}?{urlencode({'side': went(name)})}" for name, _, _ in step.ways}
        for name in of_way:
            if name != quiet:
                found.append(
                    Compared(
                        title=f"The way “{name}” beside “{quiet}”, which sends nothing",
                        with_label=f"Went “{name}”",
                        without_label=f"Went “{quiet}”",
                        with_it=sides.get(went(name), Side(0, 0)),
                        without=sides.get(went(quiet), Side(0, 0)),
                        over=True,
                        with_href=f"{of_way[name]}&what=people",
                        without_href=f"{of_way[quiet]}&what=people",
                        with_orders=of_way[name],
                        without_orders=of_way[quiet],
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
