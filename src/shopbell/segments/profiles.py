"""Making profiles anew from the tables that hold the facts, for a batch of customers at a time.

One statement whatever the batch. Blocks of addresses are stored as keyed hashes; the database makes
the same hash from the address (HMAC-SHA256 by its two halves), so no address leaves it. A
newcomer's mistake: counting orders here and in a condition by different rules; what is no stub, no
test and not cancelled is an order.
"""

import hashlib
import uuid
from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection

from shopbell.accounts.models import Store
from shopbell.consent.models import ConsentAction
from shopbell.consent.soft import OBJECTIONS, PLEA, PURPOSE
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.segments.bits import REACH, all_bits
from shopbell.segments.vocabulary import Clause

_BLOCK = 64  # bytes of SHA-256's block


def refresh(*, customers: Collection[uuid.UUID]) -> None:
    """Make the profiles of customers anew; those who are gone or erased lose theirs."""
    if not customers:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, _told(customers, Store.objects.get(pk=current_store_id())))


def true_of(found: Clause, customers: Collection[uuid.UUID], *, store: Store) -> set[uuid.UUID]:
    """Return for which customers a clause about `MADE` holds, by the facts and not what is kept.

    Nothing is written: the profiles live as long as the statement.
    """
    told = _told(customers, store)
    pieces = found.sql.split("%s")
    names = [f"given{number}" for number in range(len(found.told))]
    sql = pieces[0] + "".join(
        f"%({name})s{piece}" for name, piece in zip(names, pieces[1:], strict=True)
    )
    told.update(zip(names, found.told, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {_MAKING} SELECT p.customer_id {sql}", told)
        return {row[0] for row in cursor.fetchall()}


def _told(customers: Collection[uuid.UUID], store: Store) -> dict[str, Any]:
    bits = all_bits()
    outer, inner = _pads(store.link_key)
    return {
        "store": store.pk,
        "ids": list(customers),
        "currency": store.currency,
        "names": list(bits),
        "bits": list(bits.values()),
        "outer": outer,
        "now": clock.now(),
        **{medium: inner + f"suppression\0{medium}\0".encode() for medium in REACH},
    }


def missing(limit: int) -> list[uuid.UUID]:
    """Return customers who have no profile yet."""
    with connection.cursor() as cursor:
        store = current_store_id()
        cursor.execute(_MISSING, [store, store, limit])
        return [row[0] for row in cursor.fetchall()]


@cache
def _pads(key: str) -> tuple[bytes, bytes]:
    """Return the outer and inner beginnings of an HMAC-SHA256."""
    raw = key.encode()
    raw = hashlib.sha256(raw).digest() if len(raw) > _BLOCK else raw
    raw = raw.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x5C for byte in raw), bytes(byte ^ 0x36 for byte in raw)


_MISSING = """
    SELECT id FROM customers_customer WHERE store_id = %s AND erased_at IS NULL
    EXCEPT SELECT customer_id FROM segments_profile WHERE store_id = %s LIMIT %s"""


def _hash(medium: str, column: str) -> str:
    return (
        f"encode(sha256(%(outer)s::bytea || sha256(%({medium})s::bytea"
        f" || convert_to(lower(btrim(c.{column})), 'UTF8'))), 'hex')"
    )


def _free(medium: str, column: str) -> str:
    """Return SQL for a channel's number where its address is not blocked for everything."""
    return (
        f"CASE WHEN c.{column} <> '' AND NOT EXISTS (SELECT 1 FROM blocked b"
        f" WHERE b.customer_id = c.id AND b.medium = '{medium}' AND b.scope = '*')"
        f" THEN {REACH[medium]} ELSE 0 END"
    )


_ADDRESSES = {"email": "email", "sms": "phone", "whatsapp": "phone"}
_HASHES = ", ".join(
    f"('{medium}', CASE WHEN c.{column} <> '' THEN {_hash(medium, column)} END)"
    for medium, column in _ADDRESSES.items()
)
_REACHABLE = " + ".join(_free(medium, column) for medium, column in _ADDRESSES.items())
_COLUMNS = (
    "first_seen_at", "spent", "granted", "orders", "open_orders", "reachable", "has_email",
    "has_phone", "country", "language", "first_order_at", "last_order_at", "delivered_at",
    "returned_at", "refunded_at", "cart_at", "bought_at", "made_at",
)  # fmt: skip
# What `consent/soft.py` asks of Python: who objected once is no customer to be written to unasked.
_NEVER_OBJECTED = f"""NOT EXISTS (SELECT 1 FROM ever b WHERE b.customer_id = c.id
            AND b.scope IN ('*', '{PURPOSE}')
            AND (b.reason IN ({", ".join(f"'{each.value}'" for each in OBJECTIONS)})
                OR b.reason = '{PLEA.value}' AND b.lifted_at IS NULL))
        AND NOT EXISTS (SELECT 1 FROM consent_consentevent e WHERE e.store_id = %(store)s
            AND e.customer_id = c.id AND e.purpose = '{PURPOSE}'
            AND e.action = '{ConsentAction.WITHDRAWN.value}')"""
MADE = "made"
_MAKING = f"""
    c AS MATERIALIZED (
        SELECT id, first_seen_at, email, phone, locale, country FROM customers_customer
        WHERE store_id = %(store)s AND id = ANY(%(ids)s) AND erased_at IS NULL),
    ever AS MATERIALIZED (
        SELECT c.id AS customer_id, s.medium, s.scope, s.reason, s.lifted_at FROM c
        CROSS JOIN LATERAL (VALUES {_HASHES}) AS h (medium, hash)
        JOIN consent_suppression s ON s.store_id = %(store)s AND s.medium = h.medium
            AND s.address_hash = h.hash),
    blocked AS MATERIALIZED (
        SELECT customer_id, medium, scope FROM ever WHERE lifted_at IS NULL),
    {MADE} (id, store_id, customer_id, {", ".join(_COLUMNS)}) AS (
    SELECT c.id, %(store)s::bigint, c.id, c.first_seen_at,
        coalesce(o.spent, 0)::bigint, coalesce(g.granted, 0),
        coalesce(o.orders, 0), least(coalesce(o.under_way, 0), 32000),
        {_REACHABLE}, c.email <> '', c.phone <> '', upper(c.country),
        lower(split_part(replace(c.locale, '_', '-'), '-', 1)),
        o.first_at, o.last_at, o.delivered_at, o.returned_at, o.refunded_at, k.cart_at,
        CASE WHEN {_NEVER_OBJECTED} THEN o.bought_at END, %(now)s::timestamptz
    FROM c
    LEFT JOIN LATERAL (
        SELECT count(*) AS orders, min(r.placed) AS first_at, max(r.placed) AS last_at,
            max(r.placed) FILTER (WHERE r.email <> ''
                AND lower(btrim(r.email)) = lower(btrim(c.email))) AS bought_at,
            sum(CASE WHEN r.currency IN (%(currency)s, '') THEN r.total - r.refunded ELSE 0 END)
                AS spent,
            count(*) FILTER (WHERE r.status = 'open' AND (s.parcels IS NULL OR s.parcels = 0
                OR s.arrived < s.parcels)) AS under_way,
            max(s.delivered_at) AS delivered_at, max(t.returned_at) AS returned_at,
            max(m.refunded_at) AS refunded_at
        FROM (SELECT *, coalesce(placed_at, created_at) AS placed FROM orders_order
            WHERE store_id = %(store)s AND customer_id = c.id
            AND NOT is_stub AND NOT is_test AND status <> 'cancelled') r
        LEFT JOIN LATERAL (
            SELECT count(*) AS parcels, count(*) FILTER (WHERE status = 'delivered') AS arrived,
                max(delivered_at) AS delivered_at FROM orders_shipment
            WHERE store_id = %(store)s AND order_id = r.id AND NOT cancelled AND NOT "returning"
        ) s ON true
        LEFT JOIN LATERAL (
            SELECT max(created_at) AS returned_at FROM orders_return WHERE store_id = %(store)s
            AND order_id = r.id AND status NOT IN ('requested', 'declined', 'cancelled')
        ) t ON true
        LEFT JOIN LATERAL (
            SELECT max(coalesce(refunded_at, created_at)) AS refunded_at FROM orders_refund
            WHERE store_id = %(store)s AND order_id = r.id AND amount > 0
        ) m ON true
    ) o ON true
    LEFT JOIN LATERAL (
        SELECT bit_or(n.bit) AS granted FROM (
            SELECT DISTINCT ON (purpose, channel) purpose, channel, action
            FROM consent_consentevent WHERE store_id = %(store)s AND customer_id = c.id
            AND topic = ''
            ORDER BY purpose, channel, occurred_at DESC, id DESC) e
        JOIN unnest(%(names)s::text[], %(bits)s::bigint[]) AS n (name, bit)
            ON n.name = e.purpose || '/' || e.channel
        WHERE e.action = 'granted' AND NOT EXISTS (SELECT 1 FROM blocked b
            WHERE b.customer_id = c.id AND b.medium = e.channel AND b.scope = e.purpose)
    ) g ON true
    LEFT JOIN LATERAL (
        SELECT max(coalesce(source_updated_at, created_at)) AS cart_at FROM orders_cart
        WHERE store_id = %(store)s AND customer_id = c.id AND NOT completed
        AND jsonb_array_length(CASE jsonb_typeof(lines) WHEN 'array' THEN lines ELSE '[]' END) > 0
    ) k ON true)"""
_REFRESH = f"""
    WITH gone AS (
        DELETE FROM segments_profile p WHERE p.store_id = %(store)s AND p.customer_id = ANY(%(ids)s)
        AND EXISTS (SELECT 1 FROM customers_customer e WHERE e.store_id = %(store)s
            AND e.id = p.customer_id AND e.erased_at IS NOT NULL)),
    {_MAKING}
    INSERT INTO segments_profile (id, store_id, customer_id, {", ".join(_COLUMNS)})
    SELECT id, store_id, customer_id, {", ".join(_COLUMNS)} FROM {MADE}
    ON CONFLICT (store_id, customer_id) DO UPDATE SET
        {", ".join(f"{name} = EXCLUDED.{name}" for name in _COLUMNS)}"""


def refresh_oldest(limit: int) -> int:
    """Make the oldest profiles anew where they are over a day old: what no news told of, mends."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [current_store_id(), clock.now() - _OLD, limit])
        found = [row[0] for row in cursor.fetchall()]
    refresh(customers=found)
    return len(found)


_OLD = timedelta(days=1)
_OLDEST = """
    SELECT customer_id FROM segments_profile WHERE store_id = %s AND made_at < %s
    ORDER BY made_at LIMIT %s"""
