"""A simulator at a fixed moment, and the real connectors that read what it posts."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.carriers.generic import CONNECTOR as CARRIER
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.demo.posts import Doors, Post
from shopbell.demo.scenario import Simulator
from shopbell.kit import clock

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def doors() -> Doors:
    return Doors(
        store="lark",
        shop_secret="the shop's secret",
        carrier_secret="the carrier's secret",
        static_url="http://127.0.0.1:8000/static/",
    )


@pytest.fixture
def simulator(doors: Doors) -> Simulator:
    return Simulator(doors, at=START, seed=7, speed=10_080)


@pytest.fixture
def understand() -> Callable[[Post, datetime], list[Any]]:
    """Verify, file and parse a post with the connector it is meant for; return its facts."""
    shop, settings = (
        Shopify(),
        ShopifySettings(
            domain="lark-and-larder.myshopify.com", webhook_secret=SecretStr("the shop's secret")
        ),
    )
    carrier_settings = CARRIER.settings_model.model_validate(
        {"webhook_secret": "the carrier's secret"}
    )

    def read(post: Post, received: datetime) -> list[Any]:
        is_shop = post.path.startswith("/hooks/shopify/lark/main")
        assert is_shop or post.path == "/hooks/generic_carrier/lark/parcels"
        connector: Any = shop if is_shop else CARRIER
        account = Account(
            id=uuid.UUID(int=1),
            store_id=1,
            store_slug="lark",
            slug="x",
            connector=connector.key,
            settings=settings if is_shop else carrier_settings,
        )
        headers = {key.lower(): value for key, value in post.headers.items()}
        request = RawRequest("POST", post.path, headers, post.body)
        with clock.at(received):
            connector.verify(request, account)
            filed = connector.identify(request, account)[0]
        parsed = connector.parse(filed.topic, post.body, account)
        return list(parsed.facts)

    return read
