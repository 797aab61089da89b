"""Facts become messages as the store wants it, and what is not told says why."""

from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.models import Message
from shopbell.notifications.actions import Notice, save_rule, tell
from shopbell.notifications.conditions import check_conditions, objection
from shopbell.notifications.kinds import KINDS
from shopbell.orders.models import Order
from tests.support.shop import make_store


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


def _order(**fields: Any) -> Order:
    values: dict[str, Any] = {
        "source": "x",
        "source_id": "1",
        "email": "mara@shop.example",
        "currency": "EUR",
        "total": 4990,
        "address": {"country": "DE"},
        "tags": ["VIP", "gift"],
        "shipping_method": "DHL Express",
        **fields,
    }
    return Order(**values)


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"countries": ["de", "AT"]}, True),
        ({"countries": ["AT"]}, False),
        ({"not_countries": ["DE"]}, False),
        ({"tags": ["vip"]}, True),
        ({"tags": ["wholesale"]}, False),
        ({"not_tags": ["GIFT"]}, False),
        ({"min_total": "49.90"}, True),
        ({"min_total": "49.91"}, False),
        ({"shipping_methods": ["express"]}, True),
        ({"shipping_methods": ["letter"]}, False),
        ({"countries": ["DE"], "tags": ["wholesale"]}, False),
    ],
)
def test_all_conditions_must_hold(store: Store, conditions: dict[str, Any], fits: bool) -> None:
    with store_scope(store.pk):
        said = objection(check_conditions(conditions), _order())
    assert (said == "") == fits
    assert fits or said.endswith(".")


@pytest.mark.parametrize(
    "conditions", [{"planets": ["Mars"]}, {"tags": "vip"}, {"tags": [1]}, {"min_total": "much"}]
)
def test_conditions_that_mean_nothing_are_refused(conditions: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_conditions(conditions)


def _tell(store: Store, kind: str, **rule: Any) -> list[tuple[str, str]]:
    """Tell one order of one kind and return (state, reason) of what stands in the ledger."""
    with store_scope(store.pk):
        if rule:
            save_rule(kind=kind, **rule)
        order = _order()
        order.save()
        for _ in range(2):  # the same fact twice is told once
            tell(notices=[Notice(kind, order.pk, "once", clock.now())])
        return [(m.state, m.reason) for m in Message.objects.all()]


def test_what_the_merchant_switched_off_stands_in_the_ledger(store: Store) -> None:
    assert _tell(store, "order_confirmed", enabled=False) == [("skipped", "switched_off")]


def test_what_was_shipped_as_off_is_not_even_mentioned(store: Store) -> None:
    assert _tell(store, "in_transit") == []


def test_what_a_filter_keeps_back_says_so(store: Store) -> None:
    rule = {"conditions": {"countries": ["AT"]}}
    assert _tell(store, "order_confirmed", **rule) == [("skipped", "filtered")]


def test_an_order_known_by_name_only_is_not_told(store: Store) -> None:
    with store_scope(store.pk):
        stub = _order(is_stub=True)
        stub.save()
        assert tell(notices=[Notice("dispatched", stub.pk, "s", clock.now())]) == 0
        assert not Message.objects.exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_told_and_ends_somewhere(store: Store, kind: str) -> None:
    assert _tell(store, kind, enabled=True) == [("queued", "")]
    with store_scope(store.pk):
        message = Message.objects.get()
    assert message.not_after is not None
    assert message.not_after > message.due_at


@pytest.mark.parametrize(
    "rule", [{"delay_minutes": -1}, {"delay_minutes": 50_000}, {"media": ["pigeon"]}]
)
def test_settings_that_cannot_be_are_refused(store: Store, rule: dict[str, Any]) -> None:
    with store_scope(store.pk), pytest.raises(Invalid):
        save_rule(kind="delivered", **rule)
