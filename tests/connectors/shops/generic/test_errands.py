"""A shop of one's own does what staff ask: one signed POST, the same key is the same errand."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connections.ports import Account, RawRequest
from shopbell.connectors.shops.generic.settings import GenericShopSettings
from shopbell.connectors.shops.generic.shop import GenericShop
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.orders.ports import Deed, Errand, RefundFacts
from tests.connectors.shops.ground import account
from tests.support.site import Answer, site

SHOP = GenericShop()
SECRET = "a secret that both sides know"


class Endpoint:
    """The store's own address, written after the README."""

    def __init__(self) -> None:
        self.done: dict[str, dict[str, Any]] = {}
        self.account: Account = account(
            "generic", GenericShopSettings(webhook_secret=SecretStr(SECRET))
        )
        self.paths: list[str] = []

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        self.paths.append(path)
        SHOP.verify(RawRequest("POST", path, headers, body), self.account)  # same signature
        asked = json.loads(body)
        key, kind = asked["key"], asked["type"]
        if kind.endswith(".find"):
            return 200, self.done.get(key, {"status": "none"})
        if asked["data"]["amount"] > 5000:
            return 422, {"message": "More than was paid."}
        known = {"status": "done", "reference": f"R{len(self.done) + 1}"}
        return 200, self.done.setdefault(key, known)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()

    def respond(method: str, path: str) -> Answer:
        _, _, headers, body = running.seen[-1]
        status, answer = made.answer(path, headers, body)
        return status, {}, json.dumps(answer).encode()

    with site(respond) as running:
        settings = GenericShopSettings(
            webhook_secret=SecretStr(SECRET),
            actions_url=f"{running.url}/desk/actions?shop=1",
            actions=["refund"],
        )
        made.account = account("generic", settings)
        yield made


def errand(amount: int = 1250, deed: Deed = Deed.REFUND) -> Errand:
    return Errand(str(uuid.uuid4()), deed, "A-1", "EUR", amount=amount)


def test_a_refund_is_asked_once_under_its_key(endpoint: Endpoint) -> None:
    asked = errand()
    assert SHOP.find(endpoint.account, asked) is None
    done = SHOP.perform(endpoint.account, asked)
    assert SHOP.perform(endpoint.account, asked) == done == SHOP.find(endpoint.account, asked)
    assert done.facts == (RefundFacts("R1", "A-1", 1250, "EUR"),)
    assert set(endpoint.paths) == {"/desk/actions?shop=1"}


def test_a_refusal_is_final_and_what_was_not_declared_is_not_asked(endpoint: Endpoint) -> None:
    with pytest.raises(Permanent, match="More than was paid"):
        SHOP.perform(endpoint.account, errand(5001))
    assert list(SHOP.abilities(endpoint.account)) == [Deed.REFUND]
    with pytest.raises(Unsupported):
        SHOP.perform(endpoint.account, errand(deed=Deed.COUPON))


def test_an_answer_that_says_nothing_is_a_doubt(endpoint: Endpoint) -> None:
    asked = errand()
    endpoint.done[asked.key] = {"status": "perhaps"}
    with pytest.raises(Temporary):
        SHOP.perform(endpoint.account, asked)
    endpoint.done[asked.key] = {"status": "done"}
    with pytest.raises(Temporary, match="no reference"):
        SHOP.find(endpoint.account, asked)
