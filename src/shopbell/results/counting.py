"""Counts a day of sending anew from the rows, and says when it is looked at next.

A day of today changes all the time, one of last month hardly ever; news of an order, an answer or
somebody leaving makes the day of its message due at once. A newcomer's mistake: counting whole
months. A day is small enough to be counted while others send.
"""

import time
import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Max, Min

from shopbell.accounts.models import Store
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc
from shopbell.messaging.states import TOLD
from shopbell.orders.models import Order
from shopbell.results.attribution import ORIGINS, attribute
from shopbell.results.models import Day, Outcome, Source, Tally, What
from shopbell.web.live import announce

PUMP = "results"
_CHUNK = 5_000
# A day so old is looked at again after so long.
_AGAIN = (
    (1, timedelta(minutes=1)),
    (7, timedelta(minutes=15)),
    (31, timedelta(hours=6)),
    (100, timedelta(days=1)),
)
_SELDOM = timedelta(days=30)
_PATIENCE = 20  # a day that takes a second to count is left alone for twenty

# How the parts of a message's data say from where it came; also what the lists of rows ask.
SOURCE = f"""CASE WHEN m.data ? 'journey' THEN '{Source.JOURNEY}'
    WHEN m.data ? 'campaign' THEN '{Source.CAMPAIGN}' ELSE '{Source.OTHER}' END"""
SOURCE_ID = "coalesce(m.data->>'journey', m.data->>'campaign')::uuid"
PART = """CASE WHEN m.data ? 'journey' THEN split_part(split_part(m.business_key, '>', 1), ':', 3)
    ELSE coalesce(m.data->>'variant', '') END"""

_COUNT = f"""
    INSERT INTO {Tally._meta.db_table} (id, store_id, day, kind, medium, source, source_id, part,
        sent, delivered, read, clicked, scanned, replied, orders, "left", revenue, cost)
    SELECT gen_random_uuid(), %(store)s, %(day)s, kind, medium, source, source_id, left(part, 60),
        sum(sent), sum(delivered), sum(read), sum(clicked), sum(scanned), sum(replied),
        sum(orders), sum("left"), sum(revenue), sum(cost)
    FROM (
        SELECT m.kind, m.medium, {SOURCE} AS source, {SOURCE_ID} AS source_id, {PART} AS part,
            1 AS sent, (m.delivered_at IS NOT NULL OR m.read_at IS NOT NULL)::int AS delivered,
            (m.read_at IS NOT NULL)::int AS read, (m.clicked_at IS NOT NULL)::int AS clicked,
            (m.clicked_at IS NULL AND m.scanned_at IS NOT NULL)::int AS scanned,
            0 AS replied, 0 AS orders, 0 AS "left", 0::bigint AS revenue,
            CASE WHEN m.cost_currency IN ('', %(currency)s) THEN coalesce(m.cost, 0)
                ELSE 0 END AS cost
        FROM {Message._meta.db_table} m
        WHERE m.store_id = %(store)s AND m.handed_at >= %(since)s AND m.handed_at < %(until)s
            AND m.origin = ANY(%(origins)s) AND m.state = ANY(%(told)s)
        UNION ALL
        SELECT m.kind, m.medium, {SOURCE}, {SOURCE_ID}, {PART}, 0, 0, 0, 0, 0, r.replied,
            r.orders, r."left", r.revenue, 0
        FROM (
            SELECT message_id, (count(*) FILTER (WHERE what = '{What.REPLY}') > 0)::int AS replied,
                count(*) FILTER (WHERE what = '{What.ORDER}') AS orders,
                (count(*) FILTER (WHERE what = '{What.LEFT}') > 0)::int AS "left",
                coalesce(sum(revenue) FILTER (WHERE currency = %(currency)s), 0) AS revenue
            FROM {Outcome._meta.db_table}
            WHERE store_id = %(store)s AND handed_at >= %(since)s AND handed_at < %(until)s
            GROUP BY message_id) r
        JOIN {Message._meta.db_table} m ON m.id = r.message_id AND m.store_id = %(store)s
        WHERE m.origin = ANY(%(origins)s) AND m.state = ANY(%(told)s)) x
    GROUP BY kind, medium, source, source_id, left(part, 60)"""


def bounds(store: Store, day: date) -> tuple[datetime, datetime]:
    """Return when a day begins and ends where the store is."""
    zone = zone_or_utc(store.timezone)
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return begin, datetime(after.year, after.month, after.day, tzinfo=zone)


def today(store: Store) -> date:
    """Return the day it is where the store is."""
    return clock.now().astimezone(zone_or_utc(store.timezone)).date()


def count_day(store: Store, key: uuid.UUID, fence: int | None = None) -> None:
    """Count one day anew (in the store's scope). `fence`: of the claim; a lost one does nothing."""
    row = Day.objects.select_for_update().filter(pk=key).first()
    if row is None or (fence is not None and row.attempts != fence):
        return
    begun = time.monotonic()
    since, until = bounds(store, row.day)
    mark(store, _attribute(store, since, until))
    _tally(store, row.day, since, until)
    took = timedelta(seconds=(time.monotonic() - begun) * _PATIENCE)
    now = clock.now()
    row.counted_at, row.lease_until = now, None
    row.due_at = now + max(took, _pause(today(store) - row.day))
    row.save(update_fields=["counted_at", "lease_until", "due_at"])
    announce(store.pk, "results")


def _attribute(store: Store, since: datetime, until: datetime) -> set[uuid.UUID]:
    placed = Order.objects.extra(  # as the index has it
        where=["coalesce(placed_at, created_at) >= %s", "coalesce(placed_at, created_at) < %s"],
        params=[since, until],
    )
    keys = list(placed.filter(customer__isnull=False).values_list("pk", flat=True))
    changed: set[uuid.UUID] = set()
    for place in range(0, len(keys), _CHUNK):
        changed |= attribute(store=store, orders=keys[place : place + _CHUNK])
    return changed


def _tally(store: Store, day: date, since: datetime, until: datetime) -> None:
    Tally.objects.filter(day=day).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "store": store.pk,
                "day": day,
                "since": since,
                "until": until,
                "currency": store.currency,
                "origins": list(ORIGINS),
                "told": [str(state) for state in TOLD],
            },
        )


def _pause(age: timedelta) -> timedelta:
    return next((pause for days, pause in _AGAIN if age.days <= days), _SELDOM)


def mark(store: Store, messages: Collection[uuid.UUID]) -> None:
    """Let the days of these messages be counted again at once."""
    if not messages:
        return
    times = Message.objects.filter(pk__in=messages, handed_at__isnull=False)
    zone = zone_or_utc(store.timezone)
    days = {at.astimezone(zone).date() for at in times.values_list("handed_at", flat=True) if at}
    if Day.objects.filter(day__in=days).update(due_at=clock.now()):
        wake(PUMP)


def mark_all() -> None:
    """Let every day be counted again, newest first."""
    Day.objects.update(due_at=clock.now())
    wake(PUMP)


def add_days(store: Store) -> int:
    """Add the days that have begun since the last look; the first time all there ever were."""
    last = Day.objects.aggregate(last=Max("day"))["last"]
    now = today(store)
    if last is None:
        sent = Message.objects.filter(handed_at__isnull=False).aggregate(at=Min("handed_at"))["at"]
        if sent is None:
            return 0
        last = sent.astimezone(zone_or_utc(store.timezone)).date() - timedelta(days=1)
    fresh = [last + timedelta(days=n) for n in range(1, (now - last).days + 1)]
    at = clock.now()
    Day.objects.bulk_create([Day(day=day, due_at=at) for day in fresh], ignore_conflicts=True)
    return len(fresh)
