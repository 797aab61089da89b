"""The front door beside a bare Starlette app and a Django view, in the same run, in turns.

Every request is durable before it is answered (fsync on). A newcomer's mistake: measuring with
other programs running. The load generator and PostgreSQL share the cores with what is measured.
"""

import base64
import hashlib
import hmac
import json
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.ground import Ground, ground, served
from benchmarks.load import measure

ROUNDS = 3
SECONDS = 3.0
CLIENTS = 32
BATCH = 500
_SECRET = "a webhook secret"
_KINDS = ("webhook", "event")


def run() -> dict[str, Any]:
    """Measure and return the table."""
    with ground() as place, ExitStack() as stack:
        told = _provision(place)
        ports = {
            "Shopbell": stack.enter_context(served(place, "shopbell.config.asgi")),
            "bare Starlette": stack.enter_context(served(place, "benchmarks.bare_starlette")),
            "Django view": stack.enter_context(served(place, "benchmarks.django_view")),
        }
        figures = _rounds(ports, told)
        batches = [_batch(ports["Shopbell"], told) for _ in range(ROUNDS)]
    return _table(figures, batches)


def _provision(place: Ground) -> dict[str, str]:
    """Make a store with a Shopify shop and a key; tell the yardsticks through the environment."""
    from psycopg.conninfo import make_conninfo

    from shopbell.accounts.actions import change_store, create_api_key, create_store
    from shopbell.accounts.models import Organisation
    from shopbell.config.database import EMBEDDED_NAME, EMBEDDED_USER, socket_folder
    from shopbell.config.environment import load
    from shopbell.connections.actions import save_connection
    from shopbell.kit.db.scope import store_scope

    organisation = Organisation.objects.create(name="Bench")
    store = create_store(organisation=organisation, slug="bench", name="Bench")
    change_store(store=store, policies={"api_per_minute": 100_000_000})
    connection = save_connection(
        store=store,
        family="shop",
        connector="shopify",
        slug="main",
        settings={"domain": "bench.myshopify.com", "webhook_secret": _SECRET},
    )
    with store_scope(store.pk):
        _row, key = create_api_key(name="bench", scopes=["events:write"])
    place.environment.update(
        BENCH_STORE=str(store.pk),
        BENCH_CONNECTION=str(connection.pk),
        BENCH_SECRET=_SECRET,
        BENCH_KEY=key,
        BENCH_OWNER=make_conninfo(
            host=str(socket_folder(load())), port=5432, user=EMBEDDED_USER, dbname=EMBEDDED_NAME
        ),
    )
    return {"key": key}


def _rounds(
    ports: dict[str, int], told: dict[str, str]
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    figures: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number in range(ROUNDS + 1):
        for kind in _KINDS:
            for name, port in ports.items():
                seconds = SECONDS if number else 1.0  # the first turn only warms up
                found = _one(kind, name, port, told, seconds)
                if number:
                    figures.setdefault((kind, name), []).append(found)
    return figures


def _one(kind: str, name: str, port: int, told: dict[str, str], seconds: float) -> dict[str, Any]:
    own = name == "Shopbell"
    if kind == "webhook":
        orders = [_order(number) for number in range(8)]
        path = "/hooks/shopify/bench/main" if own else "/hook"
        found = measure(
            name="hook",
            port=port,
            head=f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            "x-shopify-topic: orders/create\r\nx-shopify-shop-domain: bench.myshopify.com\r\n"
            "x-shopify-event-id: @\r\nx-shopify-triggered-at: 2026-11-21T10:00:00.123456789Z\r\n",
            heads=[f"x-shopify-hmac-sha256: {_signature(order)}\r\n" for order in orders],
            bodies=orders,
            clients=CLIENTS,
            seconds=seconds,
        )
        return _checked(found, "200")
    event = json.dumps({"id": "@", "type": "order.viewed", "data": {"order": "1001", "at": "page"}})
    found = measure(
        name="event",
        port=port,
        head=f"POST {'/api/v1/events' if own else '/event'} HTTP/1.1\r\nhost: localhost\r\n"
        f"content-type: application/json\r\nauthorization: Bearer {told['key']}\r\n",
        bodies=[event],
        id_in_body=True,
        clients=CLIENTS,
        seconds=seconds,
    )
    return _checked(found, "202")


def _batch(port: int, told: dict[str, str]) -> float:
    """Return events a second in requests of 500 from four clients."""
    events = [
        {
            "id": f"@-{number}",
            "type": "order.viewed",
            "occurred_at": "2026-11-21T10:00:00Z",
            "data": {"order": str(1000 + number), "total": 1999, "currency": "EUR"},
        }
        for number in range(BATCH)
    ]
    found = measure(
        name="batch",
        port=port,
        head="POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\n"
        f"content-type: application/json\r\nauthorization: Bearer {told['key']}\r\n",
        bodies=[json.dumps({"events": events})],
        id_in_body=True,
        clients=4,
        seconds=SECONDS,
    )
    return float(_checked(found, "202")["per_second"]) * BATCH


def _checked(found: dict[str, Any], wanted: str) -> dict[str, Any]:
    """Refuse figures of requests that failed."""
    if set(found["statuses"]) != {wanted} or found["broken"]:
        raise RuntimeError(f"requests failed: {found['statuses']}, {found['broken']} broken")
    return found


def _signature(body: str) -> str:
    digest = hmac.digest(_SECRET.encode(), body.encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def _order(number: int) -> str:
    """Return a Shopify order of usual size: three lines, addresses, totals (about 3 KB)."""
    money = {"shop_money": {"amount": "19.99", "currency_code": "EUR"}}
    address = {
        "first_name": "Ada",
        "last_name": "Lark",
        "address1": "Feldweg 7",
        "city": "Bremen",
        "zip": "28195",
        "country_code": "DE",
        "phone": "+49 421 555 0100",
    }
    line = {
        "id": 14_000_000 + number,
        "title": "Oat biscuits, six to a tin",
        "sku": "OAT-6",
        "quantity": 2,
        "price": "6.50",
        "price_set": money,
        "properties": [],
        "tax_lines": [{"title": "MwSt", "rate": 0.07, "price": "0.85", "price_set": money}],
    }
    return json.dumps(
        {
            "id": 5_000_000_000 + number,
            "admin_graphql_api_id": f"gid://shopify/Order/{5_000_000_000 + number}",
            "name": f"#{1000 + number}",
            "email": "ada@lark.example",
            "created_at": "2026-11-21T10:00:00+01:00",
            "updated_at": "2026-11-21T10:00:01+01:00",
            "currency": "EUR",
            "financial_status": "paid",
            "total_price": "19.99",
            "total_price_set": money,
            "customer": {"id": 700 + number, "email": "ada@lark.example", "locale": "de"},
            "billing_address": address,
            "shipping_address": address,
            "line_items": [line, line, line],
            "note_attributes": [],
            "shipping_lines": [{"title": "Standard", "price": "4.90", "price_set": money}],
        }
    )


def _table(
    figures: dict[tuple[str, str], list[dict[str, Any]]], batches: list[float]
) -> dict[str, Any]:
    rows: list[list[Any]] = []
    rate: dict[tuple[str, str], float] = {}
    slowest = 0.0
    for (kind, name), turns in figures.items():
        speed, p50, p99 = (
            median(turn[key] for turn in turns) for key in ("per_second", "p50_ms", "p99_ms")
        )
        rate[kind, name] = speed
        if name == "Shopbell":
            slowest = max(slowest, p99)
        ratio = rate[kind, "Shopbell"] / speed
        label = "signed order webhook" if kind == "webhook" else "single event"
        rows.append([label, name, round(speed), round(p50, 1), round(p99, 1), f"{ratio:.2f}"])
    batch = median(batches)
    rows.append([f"batches of {BATCH} events", "Shopbell", f"{batch:,.0f} events/s", "", "", ""])
    event_ratio = rate["event", "Shopbell"] / rate["event", "bare Starlette"]
    hook_ratio = rate["webhook", "Shopbell"] / rate["webhook", "bare Starlette"]
    events = rate["event", "Shopbell"]
    return {
        "title": "Front door: durable requests a second",
        "columns": ["what", "application", "requests/s", "p50 ms", "p99 ms", "Shopbell is x times"],
        "rows": rows,
        "goals": [
            ["single events/s", "4,000 or more", f"{events:,.0f}", events >= 4000],
            [
                "beside bare Starlette, events",
                "1.5 or more",
                f"{event_ratio:.2f}",
                event_ratio >= 1.5,
            ],
            [
                "beside bare Starlette, webhooks",
                "1.5 or more",
                f"{hook_ratio:.2f}",
                hook_ratio >= 1.5,
            ],
            ["p99 of both", "50 ms or less", f"{slowest:.1f} ms", slowest <= 50],
            ["batch events/s", "30,000 or more", f"{batch:,.0f}", batch >= 30_000],
        ],
        "note": (
            f"{CLIENTS} clients with kept-open connections, one process each, {ROUNDS} turns of"
            f" {SECONDS:g} s, medians. Every answer follows a COMMIT with fsync. The bare app has"
            " no stores, scopes or look-ups; the Django view has one middleware."
        ),
    }
