"""Every published example of a Shopify webhook is understood, or recorded as known and not used."""

import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.connectors.shops.shopify.shop import Shopify
from tests.connectors.shops.ground import account, check_storable, mutated

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))
FILES = sorted((FOLDER / "shopify-webhooks").glob("*.jsonl"))

pytestmark = pytest.mark.skipif(not FILES, reason="the corpora are not here")

# Families that the product needs; an example of them that is not used must have a reason we know.
NEEDED = ("orders/", "fulfillments/", "fulfillment_events/create", "refunds/", "customers/update",
          "customers/redact", "customers/data_request", "shop/redact", "app/uninstalled",
          "products/", "checkouts/", "carts/")  # fmt: skip
NOT_NEEDED = {"orders/risk_assessment_changed", "orders/shopify_protect_eligibility_changed"}

SHOP = Shopify()
ACCOUNT = account(
    "shopify", ShopifySettings(domain="lark.myshopify.com", webhook_secret=SecretStr("s3cret"))
)


def examples() -> list[dict[str, Any]]:
    return [json.loads(line) for file in FILES for line in file.read_text().splitlines()]


def test_every_example_is_understood_or_known_as_not_used() -> None:
    used: Counter[str] = Counter()
    rows = examples()
    for row in rows:
        parsed = SHOP.parse(row["topic"], json.dumps(row["payload"]).encode(), ACCOUNT)
        assert bool(parsed.facts) != bool(parsed.unused), row["topic"]
        used[row["topic"]] += bool(parsed.facts)
        if row["topic"].startswith(NEEDED) and row["topic"] not in NOT_NEEDED:
            assert parsed.facts, row["topic"]
    total = sum(used.values())
    print(
        f"\nshopify: {len(rows)}/{len(rows)} accepted, {total} used, {len(rows) - total} not used"
    )


def test_true_ids_survive_the_rounding_of_the_examples() -> None:
    checked = 0
    for row in examples():
        gid = row["payload"].get("admin_graphql_api_id", "")
        if row["topic"] in ("orders/create", "refunds/create", "products/update"):
            facts = SHOP.parse(row["topic"], json.dumps(row["payload"]).encode(), ACCOUNT).facts
            assert getattr(facts[0], "source_id", None) == gid.rsplit("/", 1)[1]
            checked += 1
    assert checked


def test_examples_with_fields_dropped_and_replaced_never_raise() -> None:
    chance = random.Random(20261121)
    count = 0
    for row in examples():
        for _ in range(6):
            body = mutated(row["payload"], chance)
            if not isinstance(body, dict):
                continue
            parsed = SHOP.parse(row["topic"], json.dumps(body).encode(), ACCOUNT)
            assert bool(parsed.facts) != bool(parsed.unused)
            check_storable(parsed)
            count += 1
    print(f"\nshopify: {count} mutated bodies, none raised")
