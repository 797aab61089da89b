"""From a fact to a mail accepted by an SMTP server: how soon on an idle system, how many in a row.

A whole Shopbell runs (`shopbell up`: PostgreSQL, web, one worker); orders come in as signed Shopify
webhooks and as API batches, mails go to a sink in a process of its own. The clock runs from the
moment the request is sent until the sink counts the mail.
"""

import base64
import hashlib
import hmac
import http.client
import json
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.whole import API_KEY, SECRET, Whole, whole
from tests.support.payloads import order_payload
from tests.support.smtp_sink import SinkProcess

IDLE, BULK, CHUNK = 100, 3000, 500


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    with SinkProcess() as sink, whole(sink.port) as place:
        _post_order(place, 1)
        _wait_for(sink, 1, 30.0)  # the first one compiles the text and opens the line
        base = 1 + _settle(place, sink)
        waits = [_one(place, sink, base + n, n) for n in range(IDLE)]
        start = base + IDLE
        webhooks = _bulk_webhooks(place, sink, start)
        batches = _bulk_batches(place, sink, start + BULK)
    waits.sort()
    p50, p99 = statistics.median(waits) * 1000, waits[int(len(waits) * 0.99) - 1] * 1000
    return {
        "title": "Fact to mail",
        "columns": ["what", "figure"],
        "rows": [
            ["idle, webhook sent → mail accepted, p50", f"{p50:.0f} ms"],
            ["idle, p99", f"{p99:.0f} ms"],
            [f"{BULK} signed webhooks → {BULK} mails, whole way", f"{webhooks:,.0f}/s"],
            [f"{BULK} orders in API batches → {BULK} mails, whole way", f"{batches:,.0f}/s"],
        ],
        "goals": [
            ["idle p50", "≤ 100 ms", f"{p50:.0f} ms", p50 <= 100],
            ["idle p99", "≤ 500 ms", f"{p99:.0f} ms", p99 <= 500],
            [
                "throughput, one worker",
                "≥ 500/s",
                f"{max(webhooks, batches):,.0f}/s",
                max(webhooks, batches) >= 500,
            ],
        ],
        "note": (
            "Orders of one line; each is parsed, upserted with its customer, judged, rendered in"
            " the child process and handed over by SMTP. Web, worker, PostgreSQL, sink and load"
            " share two cores."
        ),
    }


def _one(place: Whole, sink: SinkProcess, count: int, number: int) -> float:
    time.sleep(0.05)
    begun = time.perf_counter()
    _post_order(place, 10_000 + number)
    _wait_for(sink, count + 1 - 0, 10.0)
    return time.perf_counter() - begun


def _settle(place: Whole, sink: SinkProcess) -> int:
    """Let the warm-up end; returns how many mails beyond the first have come (none)."""
    time.sleep(3.0)
    return sink.count() - 1


def _bulk_webhooks(place: Whole, sink: SinkProcess, base: int) -> float:
    bodies = [_order(20_000 + n) for n in range(BULK)]
    line = http.client.HTTPConnection("127.0.0.1", place.port)
    begun = time.perf_counter()
    for number, body in enumerate(bodies):
        line.request("POST", "/hooks/shopify/bench/main", body, _signed(body, f"bulk{number}"))
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200
    _wait_for(sink, base + BULK, 120.0)
    return BULK / (time.perf_counter() - begun)


def _bulk_batches(place: Whole, sink: SinkProcess, base: int) -> float:
    now = datetime.now(UTC).isoformat()
    events = [
        {"id": f"b{n}", "type": "order.updated", "source": "bench", "data": _canonical(n, now)}
        for n in range(BULK)
    ]
    line = http.client.HTTPConnection("127.0.0.1", place.port)
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    begun = time.perf_counter()
    for start in range(0, BULK, CHUNK):
        body = json.dumps({"events": events[start : start + CHUNK]})
        line.request("POST", "/api/v1/events", body, headers)
        answer = line.getresponse()
        said = answer.read()
        assert answer.status == 202, said[:300]
    _wait_for(sink, base + BULK, 120.0)
    return BULK / (time.perf_counter() - begun)


def _canonical(number: int, now: str) -> dict[str, Any]:
    return {
        "id": f"api-{number}",
        "number": f"A{number}",
        "currency": "EUR",
        "total": "49.90",
        "payment": "paid",
        "placed_at": now,
        "updated_at": now,
        "customer": {"email": f"bulk{number}@example.com", "first_name": "Mara"},
        "lines": [
            {
                "id": "1",
                "title": "Speckled cup",
                "quantity": 2,
                "unit_price": "22.45",
                "total": "44.90",
            }
        ],
    }


def _post_order(place: Whole, number: int) -> None:
    body = _order(number)
    line = http.client.HTTPConnection("127.0.0.1", place.port)
    line.request("POST", "/hooks/shopify/bench/main", body, _signed(body, f"one{number}"))
    assert line.getresponse().status == 200
    line.close()


def _order(number: int) -> bytes:
    now = datetime.now(UTC).isoformat()
    return json.dumps(order_payload(number, created_at=now, updated_at=now)).encode()


def _signed(body: bytes, event: str) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": "bench.myshopify.com",
        "X-Shopify-Event-Id": event,
    }


def _wait_for(sink: SinkProcess, count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while sink.count() < count:
        if time.monotonic() > deadline:
            raise SystemExit(f"{sink.count()} of {count} mails came within {seconds:.0f} s")
        time.sleep(0.001)
