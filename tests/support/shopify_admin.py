"""A strict stand-in for Shopify's Admin API: what it is asked must be as the documentation says.

It keeps orders and what was done to them, refuses a second request under one key that differs, and
can be told to do the work and lose the answer (`lose_next`), or to be away (`away`).
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.site import Answer, site

TOKEN = "shpat_stand_in"
_PATH = re.compile(r"/admin/api/[0-9]{4}-[0-9]{2}/graphql\.json")
_NAME = re.compile(r"\s*(?:query|mutation)\s+([A-Za-z]+)")


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def money(amount: float) -> dict[str, Any]:
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": "EUR"}}


@dataclass
class Admin:
    """The shop behind the stand-in. `asked` are the names of the operations, in order."""

    url: str = ""
    paid: dict[str, list[float]] = field(default_factory=dict)  # amounts by order gid
    refunds: list[dict[str, Any]] = field(default_factory=list)
    cancelled: dict[str, str] = field(default_factory=dict)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    coupons: dict[str, dict[str, Any]] = field(default_factory=dict)
    returns: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)  # by idempotency key
    asked: list[str] = field(default_factory=list)
    lose_next: str = ""  # this operation is done, but the answer is lost
    away: bool = False
    refuse: str = ""
    numbers: int = 7000

    def answer(self, query: str, variables: dict[str, Any]) -> Any:
        """Answer one operation."""
        found = _NAME.match(query)
        assert found, f"no name in {query[:60]!r}"
        name = found[1]
        self.asked.append(name)
        return getattr(self, f"do_{name.lower()}")(query, variables)

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    def do_shop(self, query: str, variables: dict[str, Any]) -> Any:
        return {"shop": {"name": "Stand-in", "myshopifyDomain": "", "currencyCode": "EUR"}}

    def do_subscriptions(self, query: str, variables: dict[str, Any]) -> Any:
        return {"webhookSubscriptions": {"pageInfo": {"hasNextPage": False}, "nodes": []}}

    def do_subscribe(self, query: str, variables: dict[str, Any]) -> Any:
        made = {"webhookSubscription": {"id": gid("WebhookSubscription", self._number())}}
        return {"webhookSubscriptionCreate": {**made, "userErrors": []}}

    def do_moneyoforder(self, query: str, variables: dict[str, Any]) -> Any:
        order = variables["id"]
        sales = [
            {"id": gid("OrderTransaction", 100 + place), "kind": "SALE", "status": "SUCCESS",
             "gateway": "shopify_payments", "amountSet": money(amount), "parentTransaction": None}
            for place, amount in enumerate(self.paid.get(order, []))
        ]  # fmt: skip
        back = [
            {"id": gid("OrderTransaction", 900), "kind": "REFUND", "status": "SUCCESS",
             "gateway": "shopify_payments", "amountSet": money(float(share["amount"])),
             "parentTransaction": {"id": share["parentId"]}}
            for refund in self.refunds if refund["orderId"] == order
            for share in refund["transactions"]
        ]  # fmt: skip
        mine = [refund for refund in self.refunds if refund["orderId"] == order]
        return {"order": {"id": order, "cancelledAt": self.cancelled.get(order),
                          "transactions": sales + back,
                          "refunds": [self._refund(refund) for refund in mine]}}  # fmt: skip

    def do_refund(self, query: str, variables: dict[str, Any]) -> Any:
        assert "@idempotent(key: $key)" in query, "Shopify wants a key from 2026-04 on"
        given, key = variables["input"], variables["key"]
        assert given.keys() <= {"orderId", "note", "notify", "transactions", "refundLineItems"}
        if key in self.answers:
            known, answer = self.answers[key]
            assert known == json.dumps(given), "another request under a known key"
            return answer
        if self.refuse:
            return self._refused("refundCreate", self.refuse, refund=None)
        back = sum(float(share["amount"]) for share in given["transactions"])
        before = sum(self._sum(one) for one in self.refunds if one["orderId"] == given["orderId"])
        if back + before > sum(self.paid.get(given["orderId"], [])) + 0.001:
            return self._refused("refundCreate", "Refund exceeds the paid amount.", refund=None)
        for share in given["transactions"]:
            assert share["kind"] == "REFUND"
            assert share["parentId"].startswith("gid://shopify/")
        refund = {**given, "id": gid("Refund", self._number())}
        self.refunds.append(refund)
        answer = {"refundCreate": {"refund": self._refund(refund), "userErrors": []}}
        self.answers[key] = (json.dumps(given), answer)
        return answer

    def _sum(self, refund: dict[str, Any]) -> float:
        return sum(float(share["amount"]) for share in refund["transactions"])

    def _refund(self, refund: dict[str, Any]) -> dict[str, Any]:
        return {"id": refund["id"], "createdAt": _now(), "note": refund["note"],
                "totalRefundedSet": money(self._sum(refund))}  # fmt: skip

    def _refused(self, name: str, said: str, **empty: Any) -> Any:
        return {name: {**empty, "userErrors": [{"field": ["input"], "message": said}]}}

    def do_cancelled(self, query: str, variables: dict[str, Any]) -> Any:
        at = self.cancelled.get(variables["id"])
        return {"order": {"id": variables["id"], "name": "#1", "cancelledAt": at}}

    def do_cancel(self, query: str, variables: dict[str, Any]) -> Any:
        assert variables["reason"] in ("CUSTOMER", "INVENTORY", "FRAUD", "STAFF", "OTHER")
        assert variables["refundMethod"] == {"originalPaymentMethodsRefund": True}
        self.cancelled[variables["orderId"]] = _now()
        job = {"id": "gid://shopify/Job/1", "done": False}
        return {"orderCancel": {"job": job, "orderCancelUserErrors": []}}

    def do_drafts(self, query: str, variables: dict[str, Any]) -> Any:
        tag = re.fullmatch(r"tag:'(.+)'", variables["query"])
        assert tag, variables
        nodes = [draft for draft in self.drafts if tag[1] in draft["tags"]]
        return {"draftOrders": {"nodes": nodes}}

    def do_goodsoforder(self, query: str, variables: dict[str, Any]) -> Any:
        number = int(variables["id"].rsplit("/", 1)[1]) - 5_000_000_000
        line = {"id": gid("LineItem", 90_000 + number), "title": "Speckled cup", "quantity": 2,
                "variant": {"id": gid("ProductVariant", 1)}}  # fmt: skip
        address = {"firstName": "Mara", "lastName": "K", "address1": "Lane 1", "city": "Berlin",
                   "zip": "10115", "countryCodeV2": "DE"}  # fmt: skip
        return {"order": {"id": variables["id"], "name": f"#{number}", "email": "m@example.com",
                          "customer": {"id": gid("Customer", 1)}, "shippingAddress": address,
                          "lineItems": {"nodes": [line]}}}  # fmt: skip

    def do_draft(self, query: str, variables: dict[str, Any]) -> Any:
        given = variables["input"]
        assert given["appliedDiscount"]["valueType"] == "PERCENTAGE"
        assert "countryCodeV2" not in given["shippingAddress"], "an input, not a node"
        key = gid("DraftOrder", self._number())
        self.drafts.append({**given, "id": key, "status": "OPEN", "order": None})
        return {"draftOrderCreate": {"draftOrder": {"id": key}, "userErrors": []}}

    def do_complete(self, query: str, variables: dict[str, Any]) -> Any:
        [draft] = [one for one in self.drafts if one["id"] == variables["id"]]
        if draft["status"] == "COMPLETED":
            return self._refused("draftOrderComplete", "This order has been paid.", draftOrder=None)
        number = self._number()
        draft |= {"status": "COMPLETED",
                  "order": {"id": gid("Order", number), "name": f"#{number}"}}  # fmt: skip
        return {"draftOrderComplete": {"draftOrder": draft, "userErrors": []}}

    def do_coupon(self, query: str, variables: dict[str, Any]) -> Any:
        given = variables["basicCodeDiscount"]
        assert {"title", "code", "context", "startsAt"} <= given.keys()
        if given["code"] in self.coupons:
            errors = [{"field": ["code"], "message": "Code must be unique", "code": "TAKEN"}]
            payload = {"codeDiscountNode": None, "userErrors": errors}
            return {"discountCodeBasicCreate": payload}
        self.coupons[given["code"]] = {**given, "id": gid("DiscountCodeNode", self._number())}
        node = {"id": self.coupons[given["code"]]["id"]}
        return {"discountCodeBasicCreate": {"codeDiscountNode": node, "userErrors": []}}

    def do_couponbycode(self, query: str, variables: dict[str, Any]) -> Any:
        known = self.coupons.get(variables["code"])
        return {"codeDiscountNodeByCode": {"id": known["id"]} if known else None}

    def do_returnable(self, query: str, variables: dict[str, Any]) -> Any:
        number = int(variables["orderId"].rsplit("/", 1)[1]) - 5_000_000_000
        gone = sum(line["quantity"] for one in self.returns for line in one["returnLineItems"])
        item = {"id": gid("FulfillmentLineItem", 5),
                "lineItem": {"id": gid("LineItem", 90_000 + number)}}  # fmt: skip
        nodes = [{"quantity": 2 - gone, "fulfillmentLineItem": item}] if gone < 2 else []
        parcel = {"returnableFulfillmentLineItems": {"nodes": nodes}}
        return {"returnableFulfillments": {"nodes": [parcel]}}

    def do_return(self, query: str, variables: dict[str, Any]) -> Any:
        given = variables["returnInput"]
        assert all(len(line["returnReasonNote"]) <= 255 for line in given["returnLineItems"])
        made = {"id": gid("Return", self._number()), "name": "#1-R1", "status": "OPEN"}
        self.returns.append({**given, **made})
        return {"returnCreate": {"return": made, "userErrors": []}}

    def do_returns(self, query: str, variables: dict[str, Any]) -> Any:
        nodes = [
            {**one, "returnLineItems": {"nodes": one["returnLineItems"]}}
            for one in self.returns if one["orderId"] == variables["id"]
        ]  # fmt: skip
        return {"order": {"returns": {"nodes": nodes}}}


@contextmanager
def shopify_admin() -> Iterator[Admin]:
    """Open a stand-in on a loopback port."""
    admin = Admin()

    def respond(method: str, path: str) -> Answer:
        _, _, headers, body = running.seen[-1]
        if admin.away:
            return 503, {}, b"away"
        if method != "POST" or not _PATH.fullmatch(path):
            return 404, {}, b"{}"
        if headers.get("x-shopify-access-token") != TOKEN:
            return 401, {}, b'{"errors": "[API] Invalid API key or access token"}'
        asked = json.loads(body)
        data = admin.answer(asked["query"], asked["variables"])
        if admin.lose_next and admin.lose_next == admin.asked[-1]:
            admin.lose_next = ""
            return 502, {}, b"lost on the way"
        return 200, {}, json.dumps({"data": data}).encode()

    with site(respond) as running:
        admin.url = running.url
        yield admin
