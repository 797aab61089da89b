"""Reading a shop back: what webhooks missed, the whole history, and the subscriptions (R-24, R-25).

The shop is a stand-in for Shopify's Admin API on loopback. The clock is set, so hours pass at once.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.events.models import Event
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from shopbell.orders.sync import audit_shop, import_history, poll_shop
from tests.connectors.shops.ground import fixture
from tests.support.shop import (
    SECRET,
    Bench,
    add_smtp,
    make_store,
    order_payload,
    receive,
    settle,
)
from tests.support.site import Answer, Site, site
from tests.support.smtp_sink import SmtpSink

PAGE = 4


class FakeShop:
    """Orders sorted by their last change, in pages of four; can be throttled or forgetful."""

    def __init__(self) -> None:
        self.orders: dict[int, datetime] = {}  # number → last change
        self.paid: set[int] = set()
        self.throttled = 0
        self.forgets_cursors = False
        self.pages: list[tuple[str, str]] = []  # (since, after)
        self.topics: set[str] = set()
        self.site: Site | None = None

    def answer(self, method: str, path: str) -> Answer:
        """Answer one GraphQL request."""
        assert self.site is not None
        asked = json.loads(self.site.seen[-1][3])
        found = self._respond(asked["query"], asked["variables"])
        return found if isinstance(found, tuple) else (200, {}, json.dumps(found).encode())

    def _respond(self, query: str, variables: dict[str, Any]) -> dict[str, Any] | Answer:
        if "webhookSubscriptionCreate" in query:
            self.topics.add(variables["topic"])
            made = {"webhookSubscription": {"id": "9"}, "userErrors": []}
            return {"data": {"webhookSubscriptionCreate": made}}
        if "webhookSubscriptions(" in query:
            return {"data": {"webhookSubscriptions": {"nodes": []}}}
        kind = next((k for k in ("orders", "customers", "products") if f"{k}(" in query), "")
        if "Count" in query:
            kind = re.findall(r"(\w+)Count", query)[0]
            return {"data": {f"{kind}Count": {"count": len(self.orders)}}}
        if kind != "orders":
            return _page(kind, [], "")
        return self._orders(variables)

    def _orders(self, variables: dict[str, Any]) -> dict[str, Any] | Answer:
        if self.throttled:
            self.throttled -= 1
            return 429, {"Retry-After": "3"}, b""
        since = re.findall(r"'(.+)'", variables["query"] or "")
        after = variables["after"] or ""
        if after and self.forgets_cursors:
            self.forgets_cursors = False
            return {"errors": [{"message": "Invalid cursor for current pagination sort."}]}
        self.pages.append((since[0] if since else "", after))
        begin = datetime.fromisoformat(since[0]) if since else datetime(2000, 1, 1, tzinfo=UTC)
        numbers = sorted((n for n, at in self.orders.items() if at >= begin), key=self.orders.get)  # type: ignore[arg-type]
        place = int(after or 0)
        nodes = [self._node(number) for number in numbers[place : place + PAGE]]
        more = str(place + PAGE) if len(numbers) > place + PAGE else ""
        return _page("orders", nodes, more)

    def _node(self, number: int) -> dict[str, Any]:
        at = self.orders[number].strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            **fixture("shopify", "node_order"),
            "id": f"gid://shopify/Order/{5_000_000_000 + number}",
            "name": f"#{number}",
            "email": f"mara{number}@example.com",
            "processedAt": at,
            "updatedAt": at,
            "fulfillments": [],
            "refunds": [],
            "returns": {"nodes": []},
            "customerLocale": "en",
            "displayFinancialStatus": "PAID" if number in self.paid else "PENDING",
            "customer": None,
            "lineItems": {"nodes": [_line(number)]},
        }


def _line(number: int) -> dict[str, Any]:
    """Return the line that `order_payload` has too."""
    price = {"shopMoney": {"amount": "22.45", "currencyCode": "EUR"}}
    return {
        "id": f"gid://shopify/LineItem/{90_000 + number}",
        "title": "Speckled cup",
        "quantity": 2,
        "currentQuantity": 2,
        "originalUnitPriceSet": price,
    }


def _page(kind: str, nodes: list[dict[str, Any]], after: str) -> dict[str, Any]:
    info = {"hasNextPage": bool(after), "endCursor": after or None}
    return {"data": {kind: {"pageInfo": info, "nodes": nodes}, "shop": {"currencyCode": "EUR"}}}


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    made = FakeShop()
    with site(made.answer) as running:
        made.site = running
        yield made


@pytest.fixture
def bench(committed_db: None, shop: FakeShop) -> Bench:
    store = make_store()
    assert shop.site is not None
    with store_scope(store.pk):
        connection = save_connection(
            store=store,
            family="shop",
            connector="shopify",
            slug="main",
            settings={
                "domain": "lark.myshopify.com",
                "webhook_secret": SECRET,
                "access_token": "shpat_1",
                "api_base": shop.site.url,
            },
        )
    return Bench(store, connection)


def _connection(bench: Bench) -> Connection:
    with store_scope(bench.store.pk):
        return Connection.objects.get(pk=bench.shop.pk)


def _numbers(bench: Bench) -> list[str]:
    with store_scope(bench.store.pk):
        return sorted(Order.objects.values_list("number", flat=True))


def _poll(bench: Bench) -> tuple[int, list[float]]:
    waits: list[float] = []
    return poll_shop(bench.store.pk, bench.shop.pk, wait=waits.append), waits


def test_what_webhooks_missed_during_five_hours_is_told_once(bench: Bench, shop: FakeShop) -> None:
    # given a shop whose webhooks reached us until noon, and not for five hours after
    noon = clock.now() - timedelta(hours=5)
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        _age(bench, noon - timedelta(hours=1))
        with clock.at(noon):
            _poll(bench)
        for number in range(1, 11):
            shop.orders[number] = noon + timedelta(minutes=25 * number)
        heard = order_payload(3, **_times(shop.orders[3]))
        receive(bench, "orders/create", heard, "e3")
        settle()
        sink.wait_for(1)

        # when the next poll runs, and the one after
        _poll(bench)
        settle()
        sink.wait_for(10)
        _poll(bench)
        # and late webhooks arrive after all
        for number in (3, 7):
            receive(
                bench,
                "orders/create",
                order_payload(number, **_times(shop.orders[number])),
                f"l{number}",
            )
        settle()

        # then every order is here, and each customer heard of it once
        assert len(_numbers(bench)) == 10
        assert sink.count == 10
        assert len({mail.recipients for mail in sink.messages}) == 10
    with store_scope(bench.store.pk):
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def _times(at: datetime) -> dict[str, str]:
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"created_at": text, "updated_at": text, "financial_status": "pending"}


def _age(bench: Bench, created_at: datetime) -> None:
    with store_scope(bench.store.pk):
        Connection.objects.filter(pk=bench.shop.pk).update(created_at=created_at)


def test_each_poll_asks_from_where_the_last_one_began_with_an_overlap(
    bench: Bench, shop: FakeShop
) -> None:
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    _age(bench, start)
    with clock.at(start + timedelta(minutes=15)):
        _poll(bench)
    with clock.at(start + timedelta(minutes=30)):
        _poll(bench)
    assert [since for since, _ in shop.pages] == ["2026-11-20T11:50:00Z", "2026-11-20T12:05:00Z"]


def test_a_throttled_poll_waits_as_told_and_goes_on(bench: Bench, shop: FakeShop) -> None:
    _fill(shop, 6)
    shop.throttled = 2
    _, waits = _poll(bench)
    assert waits[:2] == [3.0, 3.0]
    assert len(_numbers(bench)) == 6
    assert _connection(bench).state == "ok"


def test_a_shop_that_does_not_answer_is_noted_and_loses_nothing(
    bench: Bench, shop: FakeShop
) -> None:
    _fill(shop, 6)
    shop.throttled = 99
    _poll(bench)
    assert (_connection(bench).state, _numbers(bench)) == ("trouble", [])
    shop.throttled = 0
    _poll(bench)
    assert (_connection(bench).state, len(_numbers(bench))) == ("ok", 6)


def test_a_poll_that_was_killed_goes_on_and_misses_nothing_that_changed_meanwhile(
    bench: Bench, shop: FakeShop
) -> None:
    # given a poll that is killed after its first page
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    _age(bench, start - timedelta(hours=1))
    shop.orders = {n: start + timedelta(seconds=n) for n in range(10)}
    with clock.at(start + timedelta(minutes=5)), pytest.raises(KeyboardInterrupt):
        poll_shop(bench.store.pk, bench.shop.pk, wait=_killed)
    assert len(_numbers(bench)) == PAGE

    # when it goes on hours later
    with clock.at(start + timedelta(hours=5)):
        _poll(bench)
    assert len(_numbers(bench)) == 10

    # then the poll after it looks back to when the first one began
    with clock.at(start + timedelta(hours=5, minutes=15)):
        _poll(bench)
    assert shop.pages[-1][0] == "2026-11-20T11:55:00Z"


def _killed(seconds: float) -> None:
    raise KeyboardInterrupt


def test_a_place_the_shop_has_forgotten_is_read_from_the_start(
    bench: Bench, shop: FakeShop
) -> None:
    _fill(shop, 6)
    with pytest.raises(KeyboardInterrupt):
        poll_shop(bench.store.pk, bench.shop.pk, wait=_killed)
    shop.forgets_cursors = True
    _poll(bench)
    assert len(_numbers(bench)) == 6
    assert _connection(bench).state == "ok"


def _fill(shop: FakeShop, count: int) -> None:
    shop.orders = {n: clock.now() + timedelta(seconds=n) for n in range(1, count + 1)}


def test_an_import_goes_on_where_it_was_killed_and_tells_nobody(
    bench: Bench, shop: FakeShop
) -> None:
    # given an import that is killed after its second page
    old = datetime(2025, 6, 1, tzinfo=UTC)
    shop.orders = {n: old + timedelta(days=n) for n in range(15)}
    pages = iter([0.0])

    def killed_later(seconds: float) -> None:
        if next(pages, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_history(bench.store.pk, bench.shop.pk, wait=killed_later)
    assert _connection(bench).sync["import"]["state"] == "running"
    assert len(_numbers(bench)) == 2 * PAGE

    # when it is started again
    import_history(bench.store.pk, bench.shop.pk, wait=lambda seconds: None)

    # then it goes on, counts each order once, and nothing of it was news
    progress = _connection(bench).sync["import"]
    assert (progress["state"], progress["done"]["orders"]) == ("done", 15)
    assert progress["total"]["orders"] == 15
    assert [after for _, after in shop.pages] == ["", "4", "8", "12"]
    assert len(_numbers(bench)) == 15
    with store_scope(bench.store.pk):
        assert not Event.objects.filter(name__startswith="order.").exists()
        assert not Event.objects.filter(name="customer.added").exists()
        assert Message.objects.count() == 0


def test_an_order_from_before_the_connection_is_known_but_told_too_late(
    bench: Bench, shop: FakeShop
) -> None:
    # an old order of which the first we hear is a change
    with SmtpSink() as sink:
        add_smtp(bench.store, sink.port)
        old = order_payload(
            77, created_at="2025-01-01T10:00:00Z", updated_at=clock.now().isoformat()
        )
        receive(bench, "orders/updated", old, "e77")
        settle()
        assert sink.count == 0
    with store_scope(bench.store.pk):
        assert [(m.kind, m.state) for m in Message.objects.all()] == [
            ("order_confirmed", "expired")
        ]


def test_missing_subscriptions_are_made_again(bench: Bench, shop: FakeShop) -> None:
    audit_shop(bench.store.pk, bench.shop.pk)
    assert {"ORDERS_CREATE", "FULFILLMENTS_CREATE"} <= shop.topics
    note = _connection(bench).sync["audit"]
    assert (len(note["mended"]), note["problems"]) == (len(shop.topics), [])


def test_a_shop_that_is_switched_off_is_left_alone(bench: Bench, shop: FakeShop) -> None:
    _fill(shop, 2)
    with store_scope(bench.store.pk):
        Connection.objects.update(state="off")
    assert _poll(bench)[0] == 0
    assert import_history(bench.store.pk, bench.shop.pk) == 0
    audit_shop(bench.store.pk, bench.shop.pk)
    assert shop.pages == []
    assert shop.topics == set()
