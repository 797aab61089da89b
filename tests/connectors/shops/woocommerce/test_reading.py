"""Reading back from WooCommerce: pages, the webhooks it switches off, the health check."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import Account
from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.connectors.shops.woocommerce.shop import WooCommerce
from shopbell.connectors.shops.woocommerce.topics import WANTED
from shopbell.kit.errors import Invalid, Permanent, Temporary, Unsupported
from shopbell.orders.ports import OrderFacts, ProductFacts, pages
from tests.connectors.shops.ground import WEBHOOK_URL, account, fixture
from tests.support.site import Answer, Site, site

SHOP = WooCommerce()
SINCE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BASIC = "Basic " + base64.b64encode(b"ck_1:cs_1").decode()

type Respond = Callable[[str, str, dict[str, str]], Any]


@contextmanager
def woo(respond: Respond, secret: str = "cs_1") -> Iterator[tuple[Account, Site]]:
    """A stand-in for the REST API. `respond` gets method, path and query; it may return Answer."""

    def answer(method: str, target: str) -> Answer:
        if running.seen[-1][2].get("authorization") != BASIC:
            return 401, {}, b'{"code": "woocommerce_rest_cannot_view"}'
        parts = urlsplit(target)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        found = respond(method, parts.path.removeprefix("/wp-json/wc/v3/"), query)
        return found if isinstance(found, tuple) else (200, {}, json.dumps(found).encode())

    with site(answer) as running:
        settings = WooCommerceSettings(
            url="https://lark.example",
            webhook_secret=SecretStr("hook secret"),
            consumer_key=SecretStr("ck_1"),
            consumer_secret=SecretStr(secret),
            api_base=running.url,
        )
        yield account("woocommerce", settings), running


def test_all_pages_of_what_changed_are_read() -> None:
    asked: list[dict[str, str]] = []

    def respond(method: str, path: str, query: dict[str, str]) -> Answer:
        asked.append(query)
        found = [fixture("woocommerce", "order") | {"id": int(query["page"])}]
        return 200, {"X-WP-Total": "3", "X-WP-TotalPages": "3"}, json.dumps(found).encode()

    with woo(respond) as (shop, _):
        read = list(pages(SHOP, shop, "orders", SINCE))
    assert [f.source_id for page in read for f in page.facts if isinstance(f, OrderFacts)] == [
        "1",
        "2",
        "3",
    ]
    assert [page.total for page in read] == [3, None, None]
    assert asked[0]["modified_after"] == "2026-11-20T12:00:00"
    assert asked[0]["dates_are_gmt"] == "true"
    assert (asked[0]["orderby"], asked[0]["order"]) == ("id", "asc")


def test_everything_is_read_when_no_time_is_given() -> None:
    with woo(lambda m, p, q: (200, {}, b"[]")) as (shop, running):
        page = SHOP.changes(shop, "orders", None, "")
    assert (page.facts, page.cursor, page.total) == ((), "", None)
    assert "modified_after" not in running.seen[0][1]


def test_drafts_among_the_orders_are_passed_over() -> None:
    draft = {"id": 1, "status": "checkout-draft"}
    with woo(lambda m, p, q: [draft, fixture("woocommerce", "order"), "odd", {}]) as (shop, _):
        assert len(SHOP.changes(shop, "orders", None, "").facts) == 1


def test_products_get_the_currency_of_the_shop() -> None:
    def respond(method: str, path: str, query: dict[str, str]) -> Any:
        if path == "data/currencies/current":
            return {"code": "JPY"}
        return [fixture("woocommerce", "product") | {"price": "4990"}]

    with woo(respond) as (shop, _):
        (product,) = SHOP.changes(shop, "products", None, "").facts
    assert isinstance(product, ProductFacts)
    assert product.currency == "JPY"
    assert [variant.price for variant in product.variants or ()] == [4990]


def test_new_customers_are_read_until_they_are_older_than_asked_for() -> None:
    def respond(method: str, path: str, query: dict[str, str]) -> Answer:
        day = 22 - int(query["page"])
        found = [
            {"id": day, "email": "a@example.org", "date_created_gmt": f"2026-11-{day}T00:00:00"}
        ]
        return 200, {"X-WP-TotalPages": "500"}, json.dumps(found).encode()

    with woo(respond) as (shop, running):
        assert len(list(pages(SHOP, shop, "customers", SINCE))) == 2
    assert "orderby=registered_date" in running.seen[0][1]


def test_disabled_webhooks_are_switched_on_and_missing_ones_made() -> None:
    hooks = [
        {"id": 1, "topic": "order.created", "status": "active", "delivery_url": WEBHOOK_URL},
        {
            "id": 2,
            "topic": "order.updated",
            "status": "disabled",
            "delivery_url": WEBHOOK_URL + "/",
        },
        {
            "id": 3,
            "topic": "order.deleted",
            "status": "active",
            "delivery_url": "https://x.example/",
        },
        {"id": 4, "topic": "order.created", "status": "disabled", "delivery_url": WEBHOOK_URL},
    ]

    def respond(method: str, path: str, query: dict[str, str]) -> Any:
        if method == "GET":
            return hooks
        if method == "POST" and b"customer.deleted" in running.seen[-1][3]:
            return 400, {}, b'{"message": "Webhook topic must be valid."}'
        return {"id": 9}

    with woo(respond) as (shop, running):
        audit = SHOP.audit(shop)
    assert audit.present == ("order.created",)
    assert audit.enabled == ("order.updated",)
    assert "order.deleted" in audit.created
    assert [problem.split(":")[0] for problem in audit.problems] == ["customer.deleted"]
    puts = [(path, body) for method, path, _, body in running.seen if method == "PUT"]
    assert puts == [("/wp-json/wc/v3/webhooks/2", b'{"status":"active"}')]
    made = [json.loads(body) for method, _, _, body in running.seen if method == "POST"]
    assert made[0]["secret"] == "hook secret"
    assert made[0]["delivery_url"] == WEBHOOK_URL
    assert len(made) + 2 == len(WANTED)


def test_webhooks_beyond_the_first_page_are_found() -> None:
    other = {"topic": "order.created", "status": "active", "delivery_url": "https://x.example/"}

    def respond(method: str, path: str, query: dict[str, str]) -> Any:
        if method != "GET":
            return {"id": 9}
        if query["page"] == "1":
            return [other | {"id": n} for n in range(1, 101)]
        return [other | {"id": 101, "delivery_url": WEBHOOK_URL}]

    with woo(respond) as (shop, _):
        assert SHOP.audit(shop).present == ("order.created",)


def test_busy_broken_and_refusing_shops_are_told_apart() -> None:
    cases: list[tuple[Answer, type[Exception]]] = [
        ((503, {"Retry-After": "60"}, b"maintenance"), Temporary),
        ((429, {}, b""), Temporary),
        ((200, {}, b"<html>Not JSON</html>"), Temporary),
        ((200, {}, b'{"not": "a list"}'), Temporary),
        ((404, {}, b""), Permanent),
    ]
    for answer, error in cases:
        with woo(lambda m, p, q, answer=answer: answer) as (shop, _), pytest.raises(error):  # type: ignore[misc]
            SHOP.changes(shop, "orders", None, "")


def test_what_cannot_be_read_is_unsupported() -> None:
    settings = WooCommerceSettings(url="https://lark.example", webhook_secret=SecretStr("x"))
    webhooks_only = account("woocommerce", settings)
    with pytest.raises(Unsupported):
        SHOP.changes(webhooks_only, "orders", None, "")
    with pytest.raises(Unsupported):
        SHOP.audit(webhooks_only)
    assert SHOP.check(webhooks_only).ok
    with woo(lambda m, p, q: []) as (shop, _):
        with pytest.raises(Unsupported):
            SHOP.changes(shop, "coupons", None, "")
        with pytest.raises(Invalid):
            SHOP.changes(shop, "orders", None, "next")


def test_the_check_says_what_is_wrong_and_what_to_do() -> None:
    with woo(lambda m, p, q: []) as (shop, running):
        good = SHOP.check(shop)
    with woo(lambda m, p, q: [], secret="wrong") as (shop, _):
        wrong_key = SHOP.check(shop)
    with woo(lambda m, p, q: (404, {}, b"")) as (shop, _):
        nowhere = SHOP.check(shop)
    with woo(lambda m, p, q: (500, {}, b"")) as (shop, _):
        broken = SHOP.check(shop)
    assert good.ok
    assert running.url in good.summary
    assert "https://" in wrong_key.hint
    assert "permalinks" in nowhere.hint
    assert "again" in broken.hint
    assert not any(health.ok for health in (wrong_key, nowhere, broken))
