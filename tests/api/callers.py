"""Programs of a merchant: a store, a key, and requests as they are made with it."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from shopbell.accounts.actions import create_api_key
from shopbell.accounts.models import Store
from shopbell.kit.db.scope import store_scope
from tests.support.shop import make_store


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    json: Any
    headers: Any


@dataclass(slots=True)
class Caller:
    """A store and a key of it."""

    store: Store
    key: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request with the key; `body` is made JSON unless it is bytes."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.key}"} | headers
        response = Client().generic(
            method,
            f"/api/v1{path}",
            raw or b"",
            content_type=given.pop("Content-Type", "application/json"),
            headers=given,
        )
        return Answer(response.status_code, json.loads(response.content), response.headers)

    def get(self, path: str) -> Any:
        """Return what is answered with 200."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.json
        return answer.json


def make_caller(slug: str, *scopes: str) -> Caller:
    """Make a store and a key; without scopes it may do everything."""
    store = make_store(slug)
    return Caller(store, make_key(store, *scopes))


def make_key(store: Store, *scopes: str) -> str:
    """Make a further key."""
    with store_scope(store.pk):
        name = "+".join(scopes) or "all"
        return create_api_key(name=name, scopes=list(scopes) or ["*"])[1]


def order(number: int = 1001, /, **changes: Any) -> dict[str, Any]:
    """Return an order as a merchant's program tells it."""
    return {
        "id": str(number),
        "number": f"#{number}",
        "status": "open",
        "payment": "paid",
        "currency": "EUR",
        "total": "49.90",
        "shipping": "5.00",
        "customer": {"id": "c1", "email": "mara@example.com", "first_name": "Mara"},
        "lines": [
            {"id": "l1", "title": "Speckled cup", "quantity": 2, "unit_price": "22.45"},
        ],
        "updated_at": "2026-11-21T10:00:00Z",
    } | changes
