"""How often somebody orders: the usual time between two of their orders.

A newcomer's mistake: the average. One long break would stretch it for years; the median forgets it.
"""

import uuid
from collections.abc import Collection

from django.db import connection

from shopbell.kit.db.scope import current_store_id

# Two orders on one day are one purchase in two parts.
_GAPS = """
    WITH gaps AS (
        SELECT customer_id, placed_at - lag(placed_at) OVER (
            PARTITION BY customer_id ORDER BY placed_at) AS gap
        FROM orders_order
        WHERE store_id = %s AND customer_id = ANY(%s) AND placed_at IS NOT NULL
            AND NOT is_stub AND NOT is_test AND status <> 'cancelled')
    SELECT customer_id,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM gap))
    FROM gaps WHERE gap >= interval '1 day' GROUP BY customer_id"""


def median_days_between_orders(people: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the median of days between the orders of each who has two or more."""
    if not people:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, [current_store_id(), list(people)])
        return {person: round(float(seconds) / 86400) for person, seconds in cursor.fetchall()}
