"""The simulated shop does what the real Shopify connector asks of it, and tells by webhook."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pydantic import SecretStr

from shopbell.connections.models import Connection
from shopbell.connections.ports import Account
from shopbell.connections.queries import opened_settings
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.demo.admin import answer
from shopbell.demo.people import CUSTOMERS
from shopbell.demo.posts import Post
from shopbell.demo.scenario import Simulator
from shopbell.demo.seeding import seed
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Permanent
from shopbell.orders.ports import Deed, Errand, OrderFacts, Outcome, RefundFacts
from tests.connectors.shops.ground import account
from tests.demo.conftest import START
from tests.support.site import Answer, site

SHOP = Shopify()


@dataclass
class Counter:
    """A simulated shop behind a socket, and the webhooks it has posted."""

    simulator: Simulator
    account: Account
    posts: list[Post]
    now: datetime = START

    def order(self, story: str = "smooth") -> int:
        self.simulator.place_order(CUSTOMERS[0], {"honey": 2}, self.now, story)
        return next(reversed(self.simulator.orders))

    def ask(self, deed: Deed, order_id: int, key: str = "", **values: Any) -> Outcome:
        errand = Errand(key or str(uuid.uuid4()), deed, str(order_id), "EUR", **values)
        return SHOP.perform(self.account, errand)


@pytest.fixture
def counter(simulator: Simulator) -> Iterator[Counter]:
    simulator.set_speed(1, START)

    def respond(method: str, path: str) -> Answer:
        asked = json.loads(running.seen[-1][3])
        name = re.match(r"\s*(?:query|mutation)\s+([A-Za-z]+)", asked["query"])
        assert name is not None
        posts, data = answer(simulator, name[1], asked["variables"], open_counter.now)
        open_counter.posts += posts
        return 200, {}, json.dumps({"data": data}).encode()

    with site(respond) as running:
        settings = ShopifySettings(
            domain="lark.myshopify.com",
            webhook_secret=SecretStr("x"),
            access_token=SecretStr("t"),
            api_base=running.url,
        )
        open_counter = Counter(simulator, account("shopify", settings), [])
        yield open_counter


def test_a_refund_happens_once_and_comes_back_as_a_webhook(
    counter: Counter, understand: Callable[[Post, datetime], list[Any]]
) -> None:
    order_id, key = counter.order(), str(uuid.uuid4())
    first = counter.ask(Deed.REFUND, order_id, key, amount=500)
    again = counter.ask(Deed.REFUND, order_id, key, amount=500)
    assert first.reference == again.reference
    assert len(counter.simulator.find(order_id).refunds) == 1
    facts = [fact for post in counter.posts for fact in understand(post, post.at)]
    refunds = [fact for fact in facts if isinstance(fact, RefundFacts)]
    assert {(fact.source_id, fact.amount) for fact in refunds} == {(first.reference, 500)}
    with pytest.raises(Permanent, match="less money"):
        counter.ask(Deed.REFUND, order_id, amount=1_000_000)
    whole = Simulator.load(counter.simulator.doors, counter.simulator.dump())
    assert whole.find(order_id).refunds[0]["key"] == key


def test_an_order_is_cancelled_until_it_is_sent(counter: Counter) -> None:
    order_id = counter.order()
    asked = counter.ask(Deed.CANCEL, order_id)
    errand = Errand("k", Deed.CANCEL, str(order_id), "EUR")
    assert asked.pending
    assert SHOP.find(counter.account, errand) is not None
    assert counter.simulator.find(order_id).cancelled_at is not None


def test_what_is_sent_again_costs_nothing_and_is_one_order(
    counter: Counter, understand: Callable[[Post, datetime], list[Any]]
) -> None:
    order_id, key = counter.order(), str(uuid.uuid4())
    made = counter.ask(Deed.RESHIP, order_id, key)
    assert counter.ask(Deed.RESHIP, order_id, key).reference == made.reference
    fresh = counter.simulator.find(int(made.reference))
    assert (fresh.name, fresh.total, fresh.lines[0].quantity) == (made.name, 0, 2)
    facts = [fact for post in counter.posts for fact in understand(post, post.at)]
    assert {fact.total for fact in facts if isinstance(fact, OrderFacts)} == {0}


def test_a_coupon_is_made_once_and_a_return_is_opened_for_what_was_sent(counter: Counter) -> None:
    order_id = counter.order()
    first = counter.ask(Deed.COUPON, order_id, amount=1000, code="ABCD-EFGH")
    assert counter.ask(Deed.COUPON, order_id, amount=1000, code="ABCD-EFGH") == first
    with pytest.raises(Permanent, match="nothing in this order"):
        counter.ask(Deed.RETURN, order_id)
    counter.simulator.set_speed(10_080, counter.now)
    counter.now += timedelta(seconds=50)
    counter.simulator.advance(counter.now)
    assert counter.simulator.find(order_id).parcels
    made = counter.ask(Deed.RETURN, order_id, key="one")
    assert made.name.endswith("-R1")
    assert counter.ask(Deed.RETURN, order_id, key="one").reference == made.reference


@pytest.mark.django_db
def test_the_address_is_opened_by_the_token_of_the_connection_alone() -> None:
    store = seed()
    with store_scope(store.pk):
        settings = opened_settings(Connection.objects.get(connector="shopify"))
    path = settings["api_base"].split("/", 3)[3] + "/admin/api/2026-01/graphql.json"
    client = Client()
    body = {"query": "query { shop { name } }", "variables": {}}

    def ask(token: str, query: str) -> Any:
        return client.post(
            f"/{path}", body | {"query": query}, content_type="application/json",
            headers={"X-Shopify-Access-Token": token},
        )  # fmt: skip

    assert ask("", "query Shop { shop { name } }").status_code == 403
    assert ask(settings["webhook_secret"], "query Shop { shop { name } }").status_code == 403
    known = ask(settings["access_token"], "query Shop { shop { name } }")
    assert known.json()["data"]["shop"]["name"] == "Lark & Larder"
    assert ask(settings["access_token"], "mutation Burn { burn }").status_code == 422
