"""Subqueries about what customers did: orders with what is in them, and facts of the log.

Each returns one `customer_id` a row, kept to the customers that are asked about, and becomes an
EXISTS; the planner may then begin at either end.
"""

from datetime import datetime, timedelta

from shopbell.segments.vocabulary import Asked, Clause

KEPT = "NOT o.is_stub AND NOT o.is_test AND o.status <> 'cancelled'"
PLACED = "coalesce(o.placed_at, o.created_at)"


def since(asked: Asked, days: int) -> datetime | None:
    """Return the moment so many days ago; None for 0, which means any time."""
    return asked.now - timedelta(days=days) if days else None


def orders_clause(
    asked: Asked, *, days: int = 0, times: int = 1, lines: Clause | None = None
) -> Clause:
    """Return "has at least so many orders", of the last days, with such lines in them."""
    join = ""
    told: list[object] = []
    if lines is not None:
        join = " JOIN orders_line l ON l.order_id = o.id AND l.store_id = %s AND l.quantity > 0"
        told.append(asked.store_id)
    where = f"o.store_id = %s AND o.customer_id IS NOT NULL AND {KEPT}"
    told.append(asked.store_id)
    begin = since(asked, days)
    if begin is not None:
        where += f" AND {PLACED} >= %s"
        told.append(begin)
    for part in (lines, asked.narrowed("o.customer_id")):
        if part is not None and part.sql:
            where += part.sql
            told += part.told
    inner = f"SELECT o.customer_id FROM orders_order o{join} WHERE {where}"
    return happened(inner, told, times, "count(DISTINCT o.id)", "o.customer_id")


def happened(inner: str, told: list[object], times: int, counted: str, by: str) -> Clause:
    """Return the EXISTS around a subquery of customers, each with at least so many rows."""
    if times > 1:
        inner += f" GROUP BY {by} HAVING {counted} >= %s"
        told = [*told, times]
    sql = f"EXISTS (SELECT 1 FROM ({inner}) AS h WHERE h.customer_id = p.customer_id)"
    return Clause(sql, tuple(told), exists=True)
