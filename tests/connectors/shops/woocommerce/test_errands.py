"""What WooCommerce is asked to do, against a strict stand-in for its REST API."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import Account
from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.connectors.shops.woocommerce.shop import WooCommerce
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.orders.ports import Deed, Errand, ShipmentItemFacts
from tests.connectors.shops.ground import account
from tests.support.site import Answer, site

SHOP = WooCommerce()
ROOT = "/wp-json/wc/v3"
LINES = [{"id": 5, "name": "Cup", "product_id": 11, "variation_id": 0, "quantity": 2}]


@dataclass
class Store:
    """A WooCommerce with one order, 77, of 40.00."""

    account: Account = None  # type: ignore[assignment]
    status: str = "processing"
    refunds: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    coupons: list[dict[str, Any]] = field(default_factory=list)
    lose: bool = False

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        place, query = urlsplit(path).path.removeprefix(ROOT), parse_qs(urlsplit(path).query)
        match method, place:
            case "GET", "/orders/77":
                return 200, {"id": 77, "status": self.status, "customer_id": 3, "billing": {},
                             "shipping": {"city": "Berlin"}, "line_items": LINES}  # fmt: skip
            case "PUT", "/orders/77":
                self.status = body["status"]
                return 200, {"id": 77, "status": self.status}
            case "GET", "/orders/77/refunds":
                return 200, self.refunds
            case "POST", "/orders/77/refunds":
                assert body["api_refund"] is True
                assert isinstance(body["amount"], str), "an amount is text there"
                back = sum(float(one["amount"]) for one in self.refunds) + float(body["amount"])
                if back > 40:
                    said = {"code": "woocommerce_rest_invalid_order_refund",
                            "message": "Refund amount is greater than the maximum."}  # fmt: skip
                    return 400, said
                self.refunds.append({**body, "id": 500 + len(self.refunds)})
                return 201, self.refunds[-1]
            case "GET", "/orders":
                assert query["status"] == ["any"]
                return 200, self.orders
            case "POST", "/orders":
                assert all(line["total"] == "0" for line in body["line_items"])
                number = 900 + len(self.orders)
                self.orders.append({**body, "id": number, "number": str(number)})
                return 201, self.orders[-1]
            case "GET", "/coupons":
                return 200, [one for one in self.coupons if one["code"] == query["code"][0].lower()]
            case "POST", "/coupons":
                if any(one["code"] == body["code"].lower() for one in self.coupons):
                    return 400, {"code": "woocommerce_rest_coupon_code_already_exists"}
                made = {**body, "code": body["code"].lower(), "id": 800 + len(self.coupons)}
                self.coupons.append(made)
                return 201, made
        return 404, {}


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()

    def respond(method: str, path: str) -> Answer:
        status, answer = made.answer(method, path, json.loads(running.seen[-1][3] or b"{}"))
        if made.lose and method == "POST":
            return 502, {}, b"lost"
        return status, {}, json.dumps(answer).encode()

    with site(respond) as running:
        settings = WooCommerceSettings(
            url=running.url, webhook_secret=SecretStr("x"),
            consumer_key=SecretStr("ck_1"), consumer_secret=SecretStr("cs_1"),
        )  # fmt: skip
        made.account = account("woocommerce", settings)
        yield made


def errand(deed: Deed, **values: Any) -> Errand:
    return Errand(str(uuid.uuid4()), deed, "77", "EUR", **values)


def test_a_refund_goes_through_the_gateway_and_is_found_again(store: Store) -> None:
    asked = errand(Deed.REFUND, amount=1250, note="Arrived damaged")
    assert SHOP.find(store.account, asked) is None
    done = SHOP.perform(store.account, asked)
    assert store.refunds[0]["amount"] == "12.50"
    assert SHOP.find(store.account, asked) == done
    assert SHOP.find(store.account, errand(Deed.REFUND, amount=1250)) is None
    with pytest.raises(Permanent, match="greater than the maximum"):
        SHOP.perform(store.account, errand(Deed.REFUND, amount=3000))


def test_a_lost_answer_is_found_again_and_nothing_promises_to_guard_a_key(store: Store) -> None:
    asked = errand(Deed.REFUND, amount=1000)
    store.lose = True
    with pytest.raises(Temporary) as lost:
        SHOP.perform(store.account, asked)
    assert not lost.value.untouched
    assert SHOP.find(store.account, asked) is not None
    assert not SHOP.abilities(store.account)[Deed.REFUND].guards_key


def test_a_cancelled_order_gives_its_money_back_once(store: Store) -> None:
    asked = errand(Deed.CANCEL, amount=4000)
    first, again = (SHOP.perform(store.account, asked) for _ in range(2))
    assert first.facts == again.facts
    assert (len(store.refunds), store.status) == (1, "cancelled")
    store.status = "processing"  # killed between the two steps
    assert SHOP.find(store.account, asked) is not None
    assert store.status == "cancelled"


def test_goods_are_sent_again_at_no_charge(store: Store) -> None:
    asked = errand(Deed.RESHIP, items=(ShipmentItemFacts("5", 1),))
    done = SHOP.perform(store.account, asked)
    assert done.name == "900"
    [order] = store.orders
    assert [line["quantity"] for line in order["line_items"]] == [1]
    assert SHOP.find(store.account, asked) == done


def test_a_code_exists_once(store: Store) -> None:
    asked = errand(Deed.COUPON, amount=500, code="ABCD-EF")
    done = SHOP.perform(store.account, asked)
    assert SHOP.perform(store.account, asked) == done
    assert store.coupons[0]["amount"] == "5.00"
    with pytest.raises(Unsupported):
        SHOP.perform(store.account, errand(Deed.RETURN))
