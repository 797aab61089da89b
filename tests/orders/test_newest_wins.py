"""Webhooks in any order, with repeats: the last state of the shop is what stays (R-22).

The stories go through the connector as Shopify posts them. The seed is in the test's name.
"""

import json
import random
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from shopbell.connections.queries import account_of
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from shopbell.orders.ports import SHOPS, CustomerFacts, Facts, OrderFacts
from tests.orders.ground import SHOP, at, news, tell
from tests.support.shop import (
    Bench,
    add_smtp,
    ledger,
    make_bench,
    order_payload,
    receive,
    settle,
)
from tests.support.smtp_sink import SmtpSink

ORDERS = 40


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of a story."""

    topic: str
    payload: dict[str, Any]


def story(number: int, *, cancelled: bool) -> list[Hook]:
    """Return the life of an order as Shopify tells it, in true order."""
    base = order_payload(number)
    order_id = base["id"]
    [line] = base["line_items"]

    def order(topic: str, minutes: float, **changes: Any) -> Hook:
        base.update(changes, updated_at=at(minutes).isoformat())
        return Hook(topic, dict(base))

    def parcel(minutes: float, **changes: Any) -> dict[str, Any]:
        return {
            "id": 600_000 + number,
            "order_id": order_id,
            "status": "success",
            "tracking_number": f"TN{number}",
            "tracking_company": "DHL",
            "created_at": at(30).isoformat(),
            "updated_at": at(minutes).isoformat(),
            "line_items": [{"id": line["id"], "quantity": 2}],
            **changes,
        }

    refund = {
        "id": 800_000 + number,
        "order_id": order_id,
        "created_at": at(50).isoformat(),
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "10.00", "currency": "EUR"}
        ],
    }
    hooks = [
        order("orders/create", 0, financial_status="pending", created_at=at(0).isoformat()),
        order("orders/paid", 5, financial_status="paid"),
        order("orders/updated", 10, line_items=[{**line, "quantity": 3}], total_price="72.35"),
        Hook("fulfillments/create", parcel(30)),
        order("orders/fulfilled", 31, fulfillment_status="fulfilled", fulfillments=[parcel(30)]),
        Hook("fulfillments/update", parcel(40, shipment_status="in_transit")),
        Hook("refunds/create", refund),
        order(
            "orders/updated",
            51,
            financial_status="partially_refunded",
            refunds=[refund],
            fulfillments=[parcel(40, shipment_status="in_transit")],
        ),
    ]
    if cancelled:
        gone = parcel(60, status="cancelled")
        hooks += [
            Hook("fulfillments/update", gone),
            order(
                "orders/cancelled",
                61,
                cancelled_at=at(61).isoformat(),
                cancel_reason="customer",
                financial_status="refunded",
                fulfillments=[gone],
            ),
        ]
    return hooks


def state(order: Order) -> dict[str, Any]:
    """Return all of an order that a customer or merchant can see."""
    return {
        **{name: getattr(order, name) for name in ("number", "status", "payment", "total")},
        **{name: getattr(order, name) for name in ("refunded", "email", "source_updated_at")},
        "lines": sorted(order.lines.values_list("source_id", "quantity")),
        "parcels": sorted(
            order.shipments.values_list("source_id", "tracking_number", "status", "cancelled")
        ),
        "refunds": sorted(order.refunds.values_list("source_id", "amount")),
        "stub": order.is_stub,
    }


@pytest.mark.parametrize("seed", range(4))
def test_every_order_of_arrival_ends_in_the_newest_state(bench: Bench, seed: int) -> None:
    # given stories of which the shop's last word is known
    chance = random.Random(seed)
    account = account_of(bench.shop, bench.store)
    shop = SHOPS.get("shopify")
    stories = {
        number: story(number, cancelled=number % 2 == 0) for number in range(1, ORDERS // 4 + 1)
    }
    stream: list[Hook] = []
    for hooks in stories.values():
        replays = chance.choices(hooks, k=4)
        stream += [*hooks, *replays]

    # when they come in mixed, in batches of any size
    chance.shuffle(stream)
    while stream:
        size = chance.randint(1, 12)
        batch, stream = stream[:size], stream[size:]
        facts: list[Facts] = []
        for hook in batch:
            facts += shop.parse(hook.topic, _body(hook), account).facts
        tell(*facts)
    got = {order.number: state(order) for order in Order.objects.all()}
    told = news()

    # then each order is as it is when told in true order, and each change was news at most once
    Order.objects.all().delete()
    for hooks in stories.values():
        for hook in hooks:
            tell(*shop.parse(hook.topic, _body(hook), account).facts)
    assert got == {order.number: state(order) for order in Order.objects.all()}
    count = len(stories)
    cancelled = count // 2
    assert (told["order.placed"], told["refund.issued"]) == (count, count)
    assert told["order.cancelled"] == cancelled
    assert told["order.edited"] <= count
    assert count - cancelled <= told["shipment.dispatched"] <= count


def _body(hook: Hook) -> bytes:
    return json.dumps(hook.payload).encode()


def test_nothing_about_a_parcel_leaves_after_the_cancellation(committed_db: None) -> None:
    chance = random.Random(7)
    moment = clock.now()
    bench = make_bench()
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        stream = [
            (number, index, _fresh(hook, moment))
            for number in range(1, 7)
            for index, hook in enumerate(story(number, cancelled=True))
        ]
        chance.shuffle(stream)
        gone: set[int] = set()
        after: list[tuple[int, str]] = []
        for number, index, hook in stream:
            before = _sent(bench)
            receive(bench, hook.topic, hook.payload, f"{number}-{index}")
            settle()
            if hook.topic == "orders/cancelled":
                gone.add(number)
            fresh = _sent(bench) - before
            after += [(n, kind) for n, kind in fresh if n in gone]
    allowed = {"order_cancelled", "refunded"}
    assert {kind for _, kind in after} <= allowed
    with store_scope(bench.store.pk):
        kinds = list(Message.objects.filter(state="sent").values_list("kind", flat=True))
    told = ledger(bench.store)
    assert kinds.count("order_cancelled") == 6, told
    assert kinds.count("refunded") == 6, told


def test_what_waits_to_leave_when_the_cancellation_comes_is_skipped(committed_db: None) -> None:
    # given a dispatch that is known and a message about it that is about to leave
    bench = make_bench()
    moment = clock.now()
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        hooks = [_fresh(hook, moment) for hook in story(1, cancelled=True)]
        for index, hook in enumerate(hooks[:4]):
            receive(bench, hook.topic, hook.payload, f"first-{index}")
        PUMPS["intake"].run()
        PUMPS["events"].run()
        assert [row[:2] for row in ledger(bench.store) if row[0] == "dispatched"] == [
            ("dispatched", "queued")
        ]

        # when the order is cancelled before the outbox gets to it
        receive(bench, hooks[-1].topic, hooks[-1].payload, "last")
        PUMPS["intake"].run()
        settle()

    # then it stays here, and the ledger says why
    told = ledger(bench.store)
    assert [row[1:3] for row in told if row[0] == "dispatched"] == [("skipped", "order_cancelled")]
    assert [row[1] for row in told if row[0] == "order_cancelled"] == ["sent"], told


def _fresh(hook: Hook, moment: datetime) -> Hook:
    """Move a story to the last hour, so that nothing is too old to be told."""

    def moved(match: re.Match[str]) -> str:
        return (datetime.fromisoformat(match[0]) - at(62) + moment).isoformat()

    text = _body(hook).decode()
    return Hook(hook.topic, json.loads(re.sub(r"2026-11-20T0[89]:[0-9:]+\+00:00", moved, text)))


def _sent(bench: Bench) -> set[tuple[int, str]]:
    with store_scope(bench.store.pk):
        rows = Message.objects.filter(state="sent").select_related("order")
        return {(int(row.order.number[1:]), row.kind) for row in rows if row.order}


def test_a_customer_named_only_later_is_linked(bench: Bench) -> None:
    tell(OrderFacts(source_id="9", updated_at=at(1)))
    tell(OrderFacts(source_id="9", customer=CustomerFacts(email="m@example.com"), updated_at=at(2)))
    order = Order.objects.get(source=SHOP)
    assert order.customer is not None
    assert order.email == "m@example.com"
