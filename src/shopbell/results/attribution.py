"""Which message an order counts for: the last one clicked, else read, else arrived, in its time.

One statement for any number of orders. It may run any number of times: an order that was
cancelled or refunded, a receipt that came late and a changed rule all come out right.
Only what journeys and campaigns send, and other offers, can have brought an order: the
confirmation of the order before has not.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from shopbell.accounts.models import Store
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.states import TOLD
from shopbell.orders.models import Order
from shopbell.results.models import Outcome, What
from shopbell.results.policy import Window, window_of

# From whom messages come that count at all; not tests, and not what people write themselves.
ORIGINS = ("rule", "resend")
_SELLS = "(m.purpose = 'marketing' OR m.data ? 'journey' OR m.data ? 'campaign')"

_FIND = f"""
    WITH asked AS (
        SELECT o.id, o.customer_id, coalesce(o.placed_at, o.created_at) AS at, o.currency,
            greatest(o.total - o.refunded, 0) AS revenue
        FROM {Order._meta.db_table} o
        WHERE o.store_id = %(store)s AND o.id = ANY(%(orders)s) AND NOT o.is_stub
            AND NOT o.is_test AND o.status <> 'cancelled' AND o.customer_id IS NOT NULL),
    found AS (
        SELECT a.*, t.message_id, t.handed_at, t.by FROM asked a CROSS JOIN LATERAL (
            SELECT m.id AS message_id, m.handed_at, x.by
            FROM {Message._meta.db_table} m CROSS JOIN LATERAL (VALUES
                (1, 'click', m.clicked_at, %(click)s),
                (2, 'read', m.read_at, %(read)s),
                (3, 'arrived', coalesce(m.delivered_at, m.read_at, m.sent_at),
                    CASE WHEN m.medium = '{Medium.EMAIL}' THEN %(mail_arrived)s
                        ELSE %(arrived)s END)) AS x (rank, by, touched, hours)
            WHERE m.store_id = %(store)s AND m.customer_id = a.customer_id
                AND m.handed_at <= a.at AND m.origin = ANY(%(origins)s)
                AND m.state = ANY(%(told)s) AND {_SELLS}
                AND x.hours > 0 AND x.touched <= a.at
                AND x.touched > a.at - make_interval(hours => x.hours::int)
            ORDER BY x.rank, x.touched DESC, m.id DESC LIMIT 1) t)"""

_WRITE = f"""{_FIND},
    gone AS (
        DELETE FROM {Outcome._meta.db_table} r
        WHERE r.store_id = %(store)s AND r.what = '{What.ORDER}' AND r.ref = ANY(%(orders)s)
            AND NOT EXISTS (SELECT 1 FROM found f WHERE f.id = r.ref)
        RETURNING r.message_id),
    before AS (
        SELECT r.message_id FROM {Outcome._meta.db_table} r JOIN found f ON f.id = r.ref
        WHERE r.store_id = %(store)s AND r.what = '{What.ORDER}' AND r.message_id <> f.message_id),
    written AS (
        INSERT INTO {Outcome._meta.db_table} AS r
            (id, store_id, what, ref, message_id, handed_at, at, by, revenue, currency)
        SELECT gen_random_uuid(), %(store)s, '{What.ORDER}', f.id, f.message_id, f.handed_at,
            f.at, f.by, f.revenue, f.currency
        FROM found f
        ON CONFLICT (store_id, what, ref) DO UPDATE SET message_id = EXCLUDED.message_id,
            handed_at = EXCLUDED.handed_at, at = EXCLUDED.at, by = EXCLUDED.by,
            revenue = EXCLUDED.revenue, currency = EXCLUDED.currency
        WHERE (r.message_id, r.at, r.by, r.revenue, r.currency)
            <> (EXCLUDED.message_id, EXCLUDED.at, EXCLUDED.by, EXCLUDED.revenue, EXCLUDED.currency)
        RETURNING r.message_id)
    SELECT message_id FROM gone UNION SELECT message_id FROM before
    UNION SELECT message_id FROM written"""


def attribute(*, store: Store, orders: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Write down which messages orders count for; returns the messages of which that is news."""
    if not orders:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, _params(store, orders, window_of(store)))
        return {row[0] for row in cursor.fetchall()}


def _params(store: Store, orders: Sequence[uuid.UUID], window: Window) -> dict[str, Any]:
    return {
        "store": store.pk,
        "orders": list(orders),
        "origins": list(ORIGINS),
        "told": [str(state) for state in TOLD],
        **window.as_policy(),
    }
