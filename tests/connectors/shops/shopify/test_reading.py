"""Reading back from Shopify: pages, cursors, the cost budget, subscriptions, the health check."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import Account
from shopbell.connectors.shops.shopify import history
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.connectors.shops.shopify.topics import WANTED
from shopbell.kit.errors import Invalid, Permanent, Temporary, Unsupported
from shopbell.orders.ports import (
    CustomerFacts,
    OrderFacts,
    PaymentStatus,
    ProductFacts,
    ReturnFacts,
    ReturnStatus,
    ShipmentStatus,
    pages,
)
from tests.connectors.shops.ground import WEBHOOK_URL, account, fixture
from tests.support.site import Answer, site

SHOP = Shopify()
SINCE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

type Call = tuple[str, dict[str, Any]]
type Respond = Callable[[str, dict[str, Any]], dict[str, Any] | Answer]


def cost(available: float, requested: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": 50}
    return {"cost": {"requestedQueryCost": requested, "throttleStatus": status}}


def page(kind: str, nodes: list[dict[str, Any]], after: str = "") -> dict[str, Any]:
    info = {"hasNextPage": bool(after), "endCursor": after or None}
    data: dict[str, Any] = {kind: {"pageInfo": info, "nodes": nodes}}
    return {"data": data | {"shop": {"currencyCode": "JPY"}}, "extensions": cost(1900)}


@contextmanager
def shopify(respond: Respond, token: str = "shpat_1") -> Iterator[tuple[Account, list[Call]]]:
    """A stand-in for the Admin API. `respond` gets the query and its variables."""
    calls: list[Call] = []

    def answer(method: str, path: str) -> Answer:
        _, _, headers, body = running.seen[-1]
        if path != "/admin/api/2026-01/graphql.json":
            return 404, {}, b"{}"
        if headers.get("x-shopify-access-token") != "shpat_1":
            return 401, {}, b'{"errors": "[API] Invalid API key or access token"}'
        asked = json.loads(body)
        calls.append((asked["query"], asked["variables"]))
        found = respond(asked["query"], asked["variables"])
        return found if isinstance(found, tuple) else (200, {}, json.dumps(found).encode())

    with site(answer) as running:
        settings = ShopifySettings(
            domain="lark.myshopify.com",
            webhook_secret=SecretStr("x"),
            access_token=SecretStr(token),
            api_base=running.url,
        )
        yield account("shopify", settings), calls


def counted(query: str) -> bool:
    return "Count" in query


def test_an_order_is_read_with_parcels_refunds_and_returns() -> None:
    node = fixture("shopify", "node_order")
    count = {"data": {"ordersCount": {"count": 41}}}
    with shopify(lambda q, v: count if counted(q) else page("orders", [node])) as (shop, calls):
        read = SHOP.changes(shop, "orders", SINCE, "")

    order, returned = read.facts
    assert isinstance(order, OrderFacts)
    assert (order.source_id, order.number, order.total) == ("9007199254740993", "#1042", 7730)
    assert order.payment is PaymentStatus.PARTIALLY_REFUNDED
    assert (order.locale, order.tags, order.shipping_method) == (
        "de",
        ("gift", "berlin"),
        "DHL Paket",
    )
    assert [(line.quantity, line.unit_price, line.total) for line in order.lines or ()] == [
        (1, 4990, 4990),
        (2, 1250, 2250),  # the refunded packet had been sent
    ]
    (parcel,) = order.shipments
    assert parcel.status is ShipmentStatus.OUT_FOR_DELIVERY
    assert [scan.source_id for scan in parcel.events] == ["70", "71"]
    assert [(item.line_id[-1], item.quantity) for item in parcel.items or ()] == [
        ("1", 1),
        ("2", 2),
    ]
    assert [refund.amount for refund in order.refunds] == [1125]
    assert isinstance(returned, ReturnFacts)
    assert (returned.order_id, returned.status) == ("9007199254740993", ReturnStatus.REGISTERED)
    assert (read.cursor, read.total, read.throttle) == ("", 41, 0.0)
    assert calls[-1][1]["query"] == "updated_at:>='2026-11-20T12:00:00Z'"


def test_the_same_order_means_the_same_lines_by_webhook_and_by_read() -> None:
    # otherwise each read after a webhook would look like an edit of the order
    node = fixture("shopify", "node_order")
    with shopify(lambda q, v: page("orders", [node])) as (shop, _):
        read = SHOP.changes(shop, "orders", None, "").facts[0]
        body = json.dumps(fixture("shopify", "order_partly_refunded")).encode()
        told = SHOP.parse("orders/updated", body, shop).facts[0]
    assert isinstance(read, OrderFacts)
    assert isinstance(told, OrderFacts)
    for name in (
        "source_id",
        "number",
        "total",
        "subtotal",
        "shipping",
        "tax",
        "discount",
        "lines",
    ):
        assert getattr(read, name) == getattr(told, name), name
    assert read.shipments[0].items == told.shipments[0].items


def test_customers_and_products_are_read() -> None:
    nodes = {
        "customers": fixture("shopify", "node_customer"),
        "products": fixture("shopify", "node_product"),
    }

    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        kind = "customers" if "customers(" in query else "products"
        return page(kind, [nodes[kind], {}])

    with shopify(respond) as (shop, _):
        (customer,) = SHOP.changes(shop, "customers", None, "").facts
        (product,) = SHOP.changes(shop, "products", None, "").facts
    assert isinstance(customer, CustomerFacts)
    assert (customer.email, customer.phone) == ("ada@example.org", "+49301234567")
    assert [(c.channel, c.granted, c.double_opt_in) for c in customer.consents] == [
        ("email", True, True),
        ("sms", False, False),
    ]
    assert isinstance(product, ProductFacts)
    assert (product.currency, product.url) == ("JPY", "https://lark.example/teapot")
    assert [variant.price for variant in product.variants or ()] == [4990]  # yen have no decimals


def test_all_pages_are_read_to_the_end_and_only_the_first_is_counted() -> None:
    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if counted(query):
            return {"data": {"ordersCount": {"count": 3}}}
        place = int(variables["after"] or 0)
        node = {"id": f"gid://shopify/Order/{place + 1}", "updatedAt": "2026-11-20T13:00:00Z"}
        return page("orders", [node], str(place + 1) if place < 2 else "")

    with shopify(respond) as (shop, calls):
        read = list(pages(SHOP, shop, "orders", SINCE))
    found = [fact.source_id for one in read for fact in one.facts if isinstance(fact, OrderFacts)]
    assert found == ["1", "2", "3"]
    assert [one.total for one in read] == [3, None, None]
    assert len(calls) == 4
    assert all("2026-11-20T12:00:00Z" in variables["query"] for _, variables in calls)


def test_a_long_run_starts_afresh_before_shopify_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "RESTART_AFTER", 2)

    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        nodes = [
            {"id": f"gid://shopify/Order/{n}", "updatedAt": f"2026-11-21T0{n}:00:00Z"}
            for n in (1, 2)
        ]
        return page("orders", nodes, "next")

    with shopify(respond) as (shop, calls):
        first = SHOP.changes(shop, "orders", SINCE, "")
        SHOP.changes(shop, "orders", SINCE, first.cursor)
    assert calls[-1][1]["query"] == "updated_at:>='2026-11-21T02:00:00Z'"
    assert calls[-1][1]["after"] is None


def test_a_long_order_is_read_with_all_its_lines() -> None:
    node = fixture("shopify", "node_order")
    node["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "L20"}
    more = {
        "pageInfo": {"hasNextPage": False},
        "nodes": [node["lineItems"]["nodes"][0] | {"id": "gid://shopify/LineItem/3"}],
    }

    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "OrderLines" in query:
            assert variables == {"id": node["id"], "after": "L20"}
            return {"data": {"order": {"lineItems": more}}}
        return page("orders", [node])

    with shopify(respond) as (shop, _):
        order = SHOP.changes(shop, "orders", None, "").facts[0]
    assert isinstance(order, OrderFacts)
    assert [line.source_id for line in order.lines or ()][-1] == "3"
    assert len(order.lines or ()) == 3


def test_the_budget_tells_how_long_to_wait_before_the_next_page() -> None:
    answer = page("orders", []) | {"extensions": cost(available=150, requested=400)}
    with shopify(lambda q, v: answer) as (shop, _):
        assert SHOP.changes(shop, "orders", None, "").throttle == 5.0


def test_being_throttled_is_temporary_and_names_the_wait() -> None:
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    answer = {"errors": [error], "extensions": cost(available=20, requested=120)}
    with shopify(lambda q, v: answer) as (shop, _), pytest.raises(Temporary) as caught:
        SHOP.changes(shop, "orders", None, "cur" and json.dumps({"first": 10}))
    assert caught.value.retry_after == 2.0


def test_a_page_that_costs_too_much_is_halved_and_stays_small() -> None:
    sizes = []

    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if counted(query):
            return {
                "data": {},
                "errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}],
            }
        sizes.append(variables["first"])
        if variables["first"] > 3:
            return {
                "errors": [{"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED"}}]
            }
        node = {"id": "gid://shopify/Order/1"}
        return page("orders", [node], "next" if len(sizes) < 4 else "")

    with shopify(respond) as (shop, _):
        assert len(list(pages(SHOP, shop, "orders", None))) == 2
    assert sizes == [10, 5, 2, 2]


def test_a_query_that_is_too_expensive_even_for_one_gives_up() -> None:
    answer = {"errors": [{"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
    with shopify(lambda q, v: answer) as (shop, calls), pytest.raises(Permanent):
        SHOP.changes(shop, "orders", None, "")
    assert [v["first"] for q, v in calls if not counted(q)] == [10, 5, 2, 1]


def test_fields_the_token_may_not_see_do_not_stop_the_reading() -> None:
    error = {
        "message": "Access denied for returns field.",
        "extensions": {"code": "ACCESS_DENIED"},
        "path": ["orders", "nodes", 0, "returns"],
    }
    answer = page("orders", [{"id": "gid://shopify/Order/1", "returns": None}]) | {
        "errors": [error]
    }
    with shopify(lambda q, v: answer) as (shop, _):
        assert len(SHOP.changes(shop, "orders", None, "").facts) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            {"errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]},
            Temporary,
        ),
        ({"errors": [{"message": "no scope", "extensions": {"code": "ACCESS_DENIED"}}]}, Permanent),
        ({"errors": "Not Found"}, Permanent),
        ({}, Temporary),
        ({"data": None}, Temporary),
        ((200, {}, b"<html>"), Temporary),
        ((502, {}, b""), Temporary),
        ((429, {"Retry-After": "2.0"}, b""), Temporary),
        ((402, {}, b"frozen"), Permanent),
    ],
)
def test_errors_are_told_apart(answer: Any, error: type[Exception]) -> None:
    with shopify(lambda q, v: answer) as (shop, _), pytest.raises(error):
        SHOP.changes(shop, "orders", None, json.dumps({"first": 1}))


def test_what_cannot_be_read_is_unsupported() -> None:
    webhooks_only = account(
        "shopify", ShopifySettings(domain="lark.myshopify.com", webhook_secret=SecretStr("x"))
    )
    with pytest.raises(Unsupported):
        SHOP.changes(webhooks_only, "orders", None, "")
    with pytest.raises(Unsupported):
        SHOP.audit(webhooks_only)
    assert SHOP.check(webhooks_only).ok
    with shopify(lambda q, v: {}) as (shop, _):
        with pytest.raises(Unsupported):
            SHOP.changes(shop, "themes", None, "")
        with pytest.raises(Invalid):
            SHOP.changes(shop, "orders", None, "page 2")


def test_missing_subscriptions_are_made_and_others_left_alone() -> None:
    present = [
        {"id": "1", "topic": "ORDERS_CREATE", "uri": WEBHOOK_URL},
        {"id": "2", "topic": "ORDERS_PAID", "uri": "https://other.example/hooks"},
    ]
    made: list[tuple[str, dict[str, str]]] = []

    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "webhookSubscriptions(" in query:
            if variables["after"] is None:
                info = {"hasNextPage": True, "endCursor": "c"}
                return {"data": {"webhookSubscriptions": {"pageInfo": info, "nodes": present[:1]}}}
            return {"data": {"webhookSubscriptions": {"nodes": present[1:]}}}
        if variables["topic"] == "RETURNS_REQUEST":
            return {"errors": [{"message": "no such topic in this version"}]}
        made.append((variables["topic"], variables["subscription"]))
        problem = [{"field": None, "message": "Protected customer data"}]
        refused = variables["topic"].startswith("CUSTOMERS_")
        created = {"webhookSubscription": None if refused else {"id": "9"}}
        created["userErrors"] = problem if refused else []  # type: ignore[assignment]
        return {"data": {"webhookSubscriptionCreate": created}}

    with shopify(respond) as (shop, _):
        audit = SHOP.audit(shop)
    assert audit.present == ("orders/create",)
    assert "orders/paid" in audit.created
    assert ("ORDERS_PAID", {"uri": WEBHOOK_URL, "format": "JSON"}) in made
    problems = dict(problem.split(": ", 1) for problem in audit.problems)
    assert problems["customers/create"] == "Protected customer data"
    assert "no such topic" in problems["returns/request"]
    assert len(audit.present) + len(audit.created) + len(audit.problems) == len(WANTED)


def test_older_versions_of_the_api_call_the_address_otherwise() -> None:
    from shopbell.connectors.shops.shopify.client import Client
    from shopbell.connectors.shops.shopify.subscriptions import audit

    def respond(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "webhookSubscriptions(" in query:
            assert "callbackUrl" in query
            return {"data": {"webhookSubscriptions": {"nodes": []}}}
        assert variables["subscription"] == {"callbackUrl": WEBHOOK_URL, "format": "JSON"}
        return {"data": {"webhookSubscriptionCreate": {"webhookSubscription": {"id": "1"}}}}

    with shopify(respond) as (shop, _):
        assert audit(Client(shop.settings), "2025-07", WEBHOOK_URL).created == WANTED
        assert audit(Client(shop.settings), "2025-07", "").problems


def test_the_check_names_the_shop() -> None:
    data = {"shop": {"name": "Lark & Larder", "myshopifyDomain": "lark.myshopify.com"}}
    with shopify(lambda q, v: {"data": data}) as (shop, _):
        health = SHOP.check(shop)
    assert health.ok
    assert "Lark & Larder" in health.summary


def test_the_check_says_what_is_wrong_and_what_to_do() -> None:
    data = {"shop": {"name": "Other", "myshopifyDomain": "other.myshopify.com"}}
    with shopify(lambda q, v: {"data": data}) as (shop, _):
        other = SHOP.check(shop)
    with shopify(lambda q, v: {}, token="wrong") as (shop, _):
        wrong_key = SHOP.check(shop)
    with shopify(lambda q, v: (404, {}, b"")) as (shop, _):
        nowhere = SHOP.check(shop)
    with shopify(lambda q, v: (503, {}, b"")) as (shop, _):
        down = SHOP.check(shop)
    assert "other.myshopify.com" in other.hint
    assert "token" in wrong_key.hint
    assert "domain" in nowhere.hint
    assert "again" in down.hint
    assert not any(health.ok for health in (other, wrong_key, nowhere, down))
