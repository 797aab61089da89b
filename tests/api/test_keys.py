"""Keys, scopes, bounds, and how refusals read: one shape for all of them."""

from typing import Any

import pytest

from shopbell.accounts.actions import change_store, revoke_api_key
from shopbell.accounts.models import ApiKey
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order
from tests.api.callers import Caller, make_key, order


def operations() -> list[tuple[str, str, list[dict[str, list[str]]]]]:
    import shopbell.api.urls  # noqa: F401  (declares the operations)
    from shopbell.api.document import PREFIX, document

    return [
        (method.upper(), path.removeprefix(PREFIX).replace("{ref}", "x"), said["security"])
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
        if not path.endswith("/events")
    ]


def test_every_operation_wants_a_key_and_its_scope(lark: Caller) -> None:
    none = Caller(lark.store, "sb_" + "x" * 40)
    little = Caller(lark.store, make_key(lark.store, "events:write"))
    found = operations()
    assert len(found) >= 34
    for method, path, security in found:
        stranger = none.ask(method, path, {})
        assert stranger.status == 401, path
        assert stranger.json["error"]["code"] == "unknown_key"
        assert stranger.headers["WWW-Authenticate"] == "Bearer"
        [scope] = security[0]["Bearer"] or [""]
        if scope:
            refused = little.ask(method, path, {})
            assert refused.status == 403, path
            assert scope in refused.json["error"]["message"]
            enough = Caller(lark.store, make_key(lark.store, scope, "events:write"))
            assert enough.ask(method, path, {}).status in (200, 404, 422), path
            with store_scope(lark.store.pk):
                ApiKey.objects.filter(scopes__contains=[scope]).delete()


def test_a_revoked_key_is_unknown_at_once(lark: Caller) -> None:
    assert lark.ask("GET", "/store").status == 200
    with store_scope(lark.store.pk):
        key = ApiKey.objects.get()
        assert key.last_used_at is not None
        revoke_api_key(key=key)
    assert lark.ask("GET", "/store").status == 401
    for header in ("", "Bearer", "Basic abc", f"Bearer  {lark.key} x"):
        assert lark.ask("GET", "/store", Authorization=header).status == 401


def test_a_key_may_not_ask_without_end(lark: Caller) -> None:
    change_store(store=lark.store, policies={"api_per_minute": 3})
    statuses = [lark.ask("GET", "/store") for _ in range(4)]
    assert [answer.status for answer in statuses] == [200, 200, 200, 429]
    assert 1 <= int(statuses[-1].headers["Retry-After"]) <= 60


def test_a_misspelt_parameter_is_refused_instead_of_ignored(lark: Caller) -> None:
    answer = lark.ask("GET", "/messages?ordr=1001")
    assert answer.status == 422
    assert "ordr" in answer.json["error"]["fields"]
    assert "order" in answer.json["error"]["remedy"]
    assert lark.ask("GET", "/messages?state=lost").json["error"]["fields"].keys() == {"state"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"colour": "red"}, "colour"),
        ({"is_stub": True}, "is_stub"),
        ({"store_id": 1}, "store_id"),
        ({"refunded": "3"}, "refunded"),
        ({"customer": {"email": "a@example.com", "is_staff": True}}, "customer.is_staff"),
        ({"lines": [{"title": "Cup", "quantity": 1, "order_id": "7"}]}, "lines.0.order_id"),
        ({"lines": [{"title": "Cup", "quantity": "many"}]}, "lines.0.quantity"),
        ({"total": "49.999"}, "total"),
        ({"placed_at": "2026-11-21T10:00:00"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
        ({"placed_at": "2026-11-21T10:00:00-18:33"}, "placed_at"),
        ({"payment": "maybe"}, "payment"),
    ],
)
def test_what_is_not_of_the_contract_is_refused_with_its_path(
    lark: Caller, changes: dict[str, Any], path: str
) -> None:
    answer = lark.ask("POST", "/orders", order(**changes))
    assert answer.status == 422
    assert path in answer.json["error"]["fields"]
    with store_scope(lark.store.pk):
        assert not Order.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_not_json_is_refused(lark: Caller, body: bytes) -> None:
    answer = lark.ask("POST", "/orders", body)
    assert answer.status == 400
    assert answer.json["error"]["code"] == "not_json"


def test_other_shapes_types_sizes_and_methods_are_refused(lark: Caller) -> None:
    assert lark.ask("POST", "/orders", b"[]").status == 422
    assert lark.ask("POST", "/orders", order(), **{"Content-Type": "text/plain"}).status == 415
    large = lark.ask("POST", "/orders", order(note="x" * 1_100_000))
    assert (large.status, large.json["error"]["code"]) == (413, "too_large")
    deep = b'{"id":"1","note":' + b'{"a":' * 200 + b"1" + b"}" * 201
    assert lark.ask("POST", "/orders", deep).status == 422
    wrong = lark.ask("DELETE", "/orders/7")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET")
    assert wrong.json["error"]["code"] == "method_not_allowed"
    assert lark.ask("GET", "/nothing").json["error"]["code"] == "not_found"
    assert lark.ask("POST", "/orders?source=", order()).status == 422
    assert lark.ask("POST", "/orders?source=a%00b", order()).status == 422
