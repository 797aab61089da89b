"""Segments of a big shop: how long a full count takes, and one customer.

Through the same statements the pages and the pump use, in the store's scope with row-level security
on; beside them the plainest count of the profiles. `SEGMENT_CUSTOMERS` makes the shop smaller or
larger (two orders and three lines for each customer who buys, and some who do not).
"""

import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.desk import owner
from benchmarks.ground import ground

CUSTOMERS = int(os.environ.get("SEGMENT_CUSTOMERS", "1000000"))
TIMES = int(os.environ.get("SEGMENT_TIMES", "15"))

FIVE = {"all": [
    {"is": "country", "countries": ["DE", "AT", "CH"]},
    {"is": "consent", "purpose": "marketing", "channel": "email"},
    {"is": "orders", "compare": "least", "number": 2},
    {"is": "spent", "compare": "least", "amount": 100},
    {"not": "last_order", "days": 60},
]}  # fmt: skip
CROSS = {"all": [
    {"is": "bought", "what": "Candle 7", "by": "title", "days": 90},
    {"not": "bought", "what": "Mug 3", "by": "title", "days": 90},
]}  # fmt: skip


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    with ground(), owner() as database:
        store_id = _provision()
        begun = time.monotonic()
        _fill(database, store_id)
        filled = time.monotonic() - begun
        return _measured(database, store_id, filled)


def _provision() -> int:
    from shopbell.accounts.actions import create_store
    from shopbell.accounts.models import Organisation

    organisation = Organisation.objects.create(name="Bench")
    return create_store(organisation=organisation, slug="bench", name="Bench").pk


def _fill(database: Any, store_id: int) -> None:
    told = {"store": store_id, "count": CUSTOMERS}
    for statement in _STATEMENTS:
        database.execute(statement, told)
    _analyse(database)
    from shopbell.kit.db.scope import store_scope
    from shopbell.segments.profiles import missing, refresh

    while True:
        with store_scope(store_id):
            found = missing(20_000)
            refresh(customers=found)
        if not found:
            break
    _analyse(database)


def _analyse(database: Any) -> None:
    for table in (
        "customers_customer", "orders_order", "orders_line", "consent_consentevent",
        "segments_profile",
    ):  # fmt: skip
        database.execute(f"VACUUM ANALYZE {table}")


# Ids and rows lie in the order of time, as they do where a shop has grown. Every third customer has
# allowed marketing; three of four have ordered, three times at most.
_PERSON = "('01980000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_DAYS = "make_interval(days => (n * 7 + k * 131) %% 1095)"
_STATEMENTS = (
    "INSERT INTO customers_customer (id, store_id, first_name, last_name, email, phone, locale,"
    " country, timezone, first_seen_at, last_seen_at, order_count)"
    f" SELECT {_PERSON}, %(store)s, 'C' || n, '', 'c' || n || '@mail.example', '',"
    " (ARRAY['de', 'en', 'fr'])[1 + n %% 3], (ARRAY['DE', 'AT', 'CH', 'FR', 'GB'])[1 + n %% 5], '',"
    " now() - make_interval(days => n %% 900), now(), 0 FROM generate_series(1, %(count)s) n",
    "INSERT INTO consent_consentevent (id, store_id, customer_id, purpose, channel, action,"
    " wording, language, source, proof, actor, occurred_at)"
    f" SELECT uuidv7(), %(store)s, {_PERSON}, 'marketing', 'email', 'granted',"
    " '', '', 'bench', '{}', '', now() FROM generate_series(1, %(count)s, 3) n",
    "INSERT INTO orders_order (id, store_id, source, source_id, number, customer_id, is_stub,"
    " is_test, status, payment, cancel_reason, currency, total, subtotal, shipping, tax, discount,"
    " refunded, email, phone, locale, shipping_method, address, note, tags, status_url, placed_at,"
    " updated_at)"
    f" SELECT uuidv7(-{_DAYS}), %(store)s, 'bench', n || '-' || k, '',"
    f" {_PERSON}, false, false, 'closed', 'paid', '', 'EUR', 2000 + n %% 9000, 0, 0, 0, 0,"
    " 0, '', '', '', '', '{}', '', '{}', '',"
    f" now() - {_DAYS}, now()"
    " FROM generate_series(1, %(count)s) n, generate_series(1, 3) k WHERE k <= n %% 4"
    f" ORDER BY {_DAYS} DESC",
    "INSERT INTO orders_line (id, store_id, order_id, position, source_id, title, variant, sku,"
    " quantity, unit_price, total, product_id, variant_id, image_url)"
    " SELECT uuidv7(o.placed_at - now()), %(store)s, o.id, k, k::text,"
    " (ARRAY['Candle ', 'Mug ', 'Lamp '])[1 + (hashtext(o.source_id) & 1023 + k) %% 3]"
    " || (hashtext(o.source_id || k) & 1023) %% 50, '', '', 1, 1000, 1000, '', '', ''"
    " FROM orders_order o, generate_series(1, 2) k ORDER BY o.id",
)


def _measured(database: Any, store_id: int, filled: float) -> dict[str, Any]:
    from django.db import connection

    from shopbell.kit.db.scope import store_scope
    from shopbell.segments.actions import save_segment
    from shopbell.segments.membership import rebuild
    from shopbell.segments.queries import asked_now, is_in
    from shopbell.segments.sql import selected
    from shopbell.segments.tree import read

    def count(plain: Any) -> Callable[[], int]:
        def ask() -> int:
            with store_scope(store_id), connection.cursor() as cursor:
                found = selected(read(plain), asked_now())
                cursor.execute(f"SELECT count(*) {found.sql}", found.told)
                return int(cursor.fetchone()[0])

        return ask

    with store_scope(store_id):
        segment = save_segment(name="Five", definition=FIVE, by=None)
        cross = save_segment(name="Cross", definition=CROSS, by=None)
        some = [
            row[0]
            for row in database.execute(
                "SELECT id FROM customers_customer ORDER BY id LIMIT 200"
            ).fetchall()
        ]
    numbers = iter(some * TIMES)

    def one(row: Any) -> Callable[[], int]:
        def ask() -> int:
            with store_scope(store_id):
                return int(is_in(row, next(numbers)))

        return ask

    def build() -> int:
        with store_scope(store_id):
            rebuild(segment_id=segment.pk)
        return 0

    def floor() -> int:
        statement = "SELECT count(*) FROM segments_profile WHERE store_id = %s AND orders >= 2"
        return int(database.execute(statement, [store_id]).fetchone()[0])

    lines = [
        ("full count, five conditions", *_timed(count(FIVE), TIMES), 250.0),
        ("full count, bought X and not Y in 90 days", *_timed(count(CROSS), TIMES), 1000.0),
        ("one customer, from the facts, five conditions", *_timed(one(segment), 200), 5.0),
        ("one customer, from the facts, bought X and not Y", *_timed(one(cross), 200), 5.0),
        ("members of a segment brought up to date", *_timed(build, 3), 0.0),
        ("floor: the profiles with two orders, plainly", *_timed(floor, TIMES), 0.0),
    ]
    return {
        "title": f"Segments, {CUSTOMERS:,} customers",
        "columns": ["what", "median ms", "slowest ms", "found"],
        "rows": [[name, f"{mid:.1f}", f"{worst:.1f}", got] for name, mid, worst, got, _ in lines],
        "goals": [
            (name, f"<= {goal:.0f} ms", f"{mid:.1f} ms", mid <= goal)
            for name, mid, _, _, goal in lines
            if goal
        ],
        "note": f"Filled with orders, lines, permissions and profiles in {filled:.0f} s.",
    }


def _timed(ask: Callable[[], int], times: int) -> tuple[float, float, int]:
    """Return the median and the slowest in ms, and the last answer; the first is not counted."""
    ask()
    found, answer = [], 0
    for _ in range(times):
        begun = time.perf_counter()
        answer = ask()
        found.append((time.perf_counter() - begun) * 1000)
    return median(found), max(found), answer
