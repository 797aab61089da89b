"""What the shop tests share: accounts without a database, fixtures, signed requests, tampering."""

import base64
import dataclasses
import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from shopbell.connections.ports import Account, RawRequest, Settings
from shopbell.orders.ports import Parsed

HERE = Path(__file__).parent
WEBHOOK_URL = "https://bell.example/hooks/x/lark/main"


def account(connector: str, settings: Settings) -> Account:
    return Account(
        id=uuid.UUID(int=7),
        store_id=1,
        store_slug="lark",
        slug="main",
        connector=connector,
        settings=settings,
        webhook_url=WEBHOOK_URL,
    )


def fixture(shop: str, name: str) -> dict[str, Any]:
    found = json.loads((HERE / shop / "fixtures" / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


def hmac_base64(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def request(body: bytes, headers: Mapping[str, str]) -> RawRequest:
    lower = {key.lower(): value for key, value in headers.items()}
    return RawRequest(method="POST", url=WEBHOOK_URL, headers=lower, body=body)


def flipped(data: bytes, limit: int = 200) -> Iterator[bytes]:
    """Yield copies of `data` with one bit changed, spread over at most `limit` places."""
    step = max(len(data) // limit, 1)
    for place in range(0, len(data), step):
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**40, "", " ", "x" * 5000, "\0", "\ud800", "NaN", "1e999",
    "-0.00", [], {}, [None], [[]], {"id": None}, [{"id": []}], "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00+14:00", "gid://shopify/Order/x", "javascript:alert(1)", "🫖", 1e308,
]  # fmt: skip


def mutated(value: Any, chance: random.Random) -> Any:
    """Return a copy of a JSON value with fields dropped and replaced by odd ones here and there."""
    if chance.random() < 0.06:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: mutated(item, chance) for key, item in value.items() if chance.random() > 0.06}
    if isinstance(value, list):
        return [mutated(item, chance) for item in value]
    return value


def check_storable(parsed: Parsed) -> None:
    """Assert that everything in the facts fits PostgreSQL: texts, numbers, times, JSON."""
    for fact in parsed.facts:
        _check(dataclasses.asdict(fact))


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key)
            if key != "raw":
                _check(item)
            else:
                assert "\\u0000" not in json.dumps(item, allow_nan=False)
                json.dumps(item, ensure_ascii=False).encode()
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    elif isinstance(value, str):
        assert "\0" not in value
        value.encode()
    elif isinstance(value, datetime):
        assert value.tzinfo is not None
    elif isinstance(value, int):
        assert -(2**31) <= value < 2**63
