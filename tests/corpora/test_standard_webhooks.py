"""Published vectors of Standard Webhooks: the good are accepted, the bad refused."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connectors.shops.generic.settings import GenericShopSettings
from shopbell.connectors.shops.generic.shop import GenericShop
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature
from tests.connectors.shops.ground import account, request

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SHOPBELL_CORPORA", ROOT.parent / "shared" / "corpora"))
VECTORS = FOLDER / "signature-vectors" / "vectors.jsonl"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the corpora are not here")


def is_accepted(vector: dict[str, Any]) -> bool:
    settings = GenericShopSettings(webhook_secret=SecretStr(vector["secret"]))
    sent = request(vector["body"].encode(), vector["headers"])
    with clock.at(datetime.fromtimestamp(vector["now"], UTC)):
        try:
            GenericShop().verify(sent, account("generic", settings))
        except BadSignature:
            return False
    return True


def test_every_vector_is_judged_as_published() -> None:
    rows = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    vectors = [row for row in rows if row["scheme"] == "standard-webhooks"]
    agreed = [is_accepted(vector) == vector["valid"] for vector in vectors]
    print(f"\nstandard webhooks: {sum(agreed)}/{len(vectors)} judged as published")
    assert all(agreed)
    assert vectors
