"""Every REST body of WooCommerce's documentation is taken as a webhook without raising."""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.connectors.shops.woocommerce.shop import WooCommerce
from tests.connectors.shops.ground import account, check_storable, mutated

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))
FILES = sorted((FOLDER / "woocommerce").glob("*.jsonl"))

pytestmark = pytest.mark.skipif(not FILES, reason="the corpora are not here")

SHOP = WooCommerce()
ACCOUNT = account(
    "woocommerce",
    WooCommerceSettings(url="https://lark.example", webhook_secret=SecretStr("s3cret")),
)
RESOURCES = {
    "_orders.md": "order",
    "_customers.md": "customer",
    "_products.md": "product",
    "_product-variations.md": "product",
    "_coupons.md": "coupon",
}


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (topic, body): a webhook carries one object, so lists and batches are taken apart."""
    for file in FILES:
        for line in file.read_text().splitlines():
            row = json.loads(line)
            resource = RESOURCES.get(row["file"], row["file"].strip("_").removesuffix(".md"))
            for body in _objects(row["json"]):
                yield f"{resource}.updated", body


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [inner for item in value for inner in _objects(item)]
    if not isinstance(value, dict):
        return []
    if {"create", "update", "delete"} & set(value) and "id" not in value:
        return _objects([value.get(key) or [] for key in ("create", "update", "delete")])
    return [value]


def test_every_example_is_understood_or_known_as_not_used() -> None:
    used: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for topic, body in bodies():
        parsed = SHOP.parse(topic, json.dumps(body).encode(), ACCOUNT)
        assert bool(parsed.facts) != bool(parsed.unused), topic
        seen[topic] += 1
        used[topic] += bool(parsed.facts)
        if topic in ("order.updated", "customer.updated") and "id" in body:
            assert parsed.facts, topic
    assert used["order.updated"] > 5
    assert used["coupon.updated"] == 0
    total, taken = sum(seen.values()), sum(used.values())
    print(f"\nwoocommerce: {total}/{total} accepted, {taken} used, {total - taken} not used")


def test_examples_with_fields_dropped_and_replaced_never_raise() -> None:
    chance = random.Random(20261121)
    count = 0
    for _, body in bodies():
        for resource in ("order", "customer", "product"):
            changed = mutated(body, chance)
            if isinstance(changed, dict):
                parsed = SHOP.parse(f"{resource}.updated", json.dumps(changed).encode(), ACCOUNT)
                assert bool(parsed.facts) != bool(parsed.unused)
                check_storable(parsed)
                count += 1
    print(f"\nwoocommerce: {count} mutated bodies, none raised")
