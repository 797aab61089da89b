"""The simulated shop's side of Shopify's Admin API: what staff ask of the shop really happens.

Pure: takes the name of an operation and its variables, changes the ledger, returns webhooks to post
and the answer's `data`. A newcomer's mistake: answering a repeated key with a second refund.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from shopbell.demo import shopify_format as shopify
from shopbell.demo.catalogue import CURRENCY
from shopbell.demo.ledger import DemoOrder
from shopbell.demo.posts import Post
from shopbell.demo.scenario import Simulator
from shopbell.kit.errors import Conflict, Invalid, NotFound
from shopbell.kit.money import minor

type Body = dict[str, Any]
type Done = tuple[list[Post], Body]

EDITED = "Taken out of the order"
KEPT = 200  # drafts and coupons


def answer(simulator: Simulator, name: str, given: Mapping[str, Any], at: datetime) -> Done:
    """Answer one operation, such as `Refund`. Unknown ones raise `Invalid`."""
    if name not in _ANSWERS:
        raise Invalid(f"The simulated shop does not know {name}.")
    return _ANSWERS[name](simulator, given, at)


def _found(simulator: Simulator, gid: Any) -> DemoOrder:
    number = str(gid).rsplit("/", 1)[-1]
    if not number.isdigit():
        raise NotFound("There is no such order.")
    return simulator.find(int(number))


def _money(cents: int) -> Body:
    return {"shopMoney": {"amount": shopify.amount(cents), "currencyCode": CURRENCY}}


def _refused(
    name: str, said: str, *, errors: str = "userErrors", code: str = "", **empty: Any
) -> Body:
    return {name: {**empty, errors: [{"field": None, "message": said, "code": code or None}]}}


def _money_of_order(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    order = _found(simulator, given["id"])
    sale = shopify.gid("OrderTransaction", order.id + 11)
    paid = order.total + sum(r["cents"] for r in order.refunds if r["note"] == EDITED)
    rows = [_transaction(sale, "SALE", paid, None)] if _is_paid(order) else []
    rows += [
        _transaction(shopify.gid("OrderTransaction", r["id"] + 900), "REFUND", r["cents"], sale)
        for r in order.refunds
    ]
    return [], {"order": {
        "id": given["id"], "cancelledAt": shopify.when(order.cancelled_at), "transactions": rows,
        "refunds": [_refund_node(refund) for refund in order.refunds],
    }}  # fmt: skip


def _is_paid(order: DemoOrder) -> bool:
    return order.financial_status in ("paid", "partially_refunded", "refunded")


def _transaction(gid: str, kind: str, cents: int, parent: str | None) -> Body:
    origin = {"id": parent} if parent else None
    return {"id": gid, "kind": kind, "status": "SUCCESS", "gateway": "shopify_payments",
            "amountSet": _money(cents), "parentTransaction": origin}  # fmt: skip


def _refund_node(refund: Body) -> Body:
    return {"id": shopify.gid("Refund", refund["id"]), "createdAt": refund["at"],
            "note": refund["note"], "totalRefundedSet": _money(refund["cents"])}  # fmt: skip


def _refund(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    wanted, key = given["input"], str(given.get("key", ""))
    order = _found(simulator, wanted["orderId"])
    for refund in order.refunds:
        if key and refund.get("key") == key:
            return [], {"refundCreate": {"refund": _refund_node(refund), "userErrors": []}}
    cents = sum(minor(share["amount"], CURRENCY) for share in wanted["transactions"])
    left = order.total - sum(r["cents"] for r in order.refunds if r["note"] != EDITED)
    if not _is_paid(order) or not 0 < cents <= left:
        return [], _refused("refundCreate", "Refund exceeds what was paid.", refund=None)
    units = {
        str(line["lineItemId"]).rsplit("/", 1)[-1]: int(line["quantity"])
        for line in wanted.get("refundLineItems", [])
    }
    posts = simulator.give_back(order.id, cents, units, str(wanted.get("note", "")), key, at)
    made = {"refund": _refund_node(order.refunds[-1]), "userErrors": []}
    return posts, {"refundCreate": made}


def _cancelled(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    order = _found(simulator, given["id"])
    when = shopify.when(order.cancelled_at)
    return [], {"order": {"id": given["id"], "name": order.name, "cancelledAt": when}}


def _cancel(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    order = _found(simulator, given["orderId"])
    errors = "orderCancelUserErrors"
    try:
        posts = simulator.cancel(order.id, at)
    except Conflict as error:
        return [], _refused("orderCancel", error.message, errors=errors, job=None)
    job = {"id": shopify.gid("Job", order.id), "done": True}
    return posts, {"orderCancel": {"job": job, errors: []}}


def _goods_of_order(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    order = _found(simulator, given["id"])
    lines = [
        {"id": shopify.gid("LineItem", line.id), "title": line.product.title, "quantity": line.left,
         "variant": {"id": shopify.gid("ProductVariant", line.product.variant_id)}}
        for line in order.lines if line.left
    ]  # fmt: skip
    place = shopify.address(order.customer)
    address = {"firstName": place["first_name"], "lastName": place["last_name"],
               "address1": place["address1"], "city": place["city"], "zip": place["zip"],
               "countryCodeV2": place["country_code"]}  # fmt: skip
    return [], {"order": {
        "id": given["id"], "name": order.name, "email": order.customer.email,
        "customer": {"id": shopify.gid("Customer", order.customer.customer_id)},
        "shippingAddress": address, "lineItems": {"nodes": lines},
    }}  # fmt: skip


def _drafts(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    tag = str(given["query"]).partition("'")[2].rstrip("'")
    nodes = [draft for draft in simulator.drafts.values() if tag in draft["tags"]]
    return [], {"draftOrders": {"nodes": [_draft_node(draft) for draft in nodes]}}


def _draft_node(draft: Body) -> Body:
    return {name: draft[name] for name in ("id", "status", "tags", "order")}


def _draft(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    wanted = given["input"]
    key = shopify.gid("DraftOrder", simulator.next_id())
    simulator.drafts[key] = {
        "id": key, "status": "OPEN", "tags": list(wanted.get("tags", [])), "order": None,
        "lines": wanted["lineItems"], "email": str(wanted.get("email", "")),
    }  # fmt: skip
    while len(simulator.drafts) > KEPT:
        del simulator.drafts[next(iter(simulator.drafts))]
    return [], {"draftOrderCreate": {"draftOrder": {"id": key}, "userErrors": []}}


def _complete(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    draft = simulator.drafts.get(str(given["id"]))
    if draft is None or draft["status"] != "OPEN":
        said = "This order has been paid." if draft else "There is no such draft."
        return [], _refused("draftOrderComplete", said, draftOrder=None)
    posts, order = simulator.place_free(draft["email"], draft["lines"], at)
    draft["status"] = "COMPLETED"
    draft["order"] = {"id": shopify.gid("Order", order.id), "name": order.name}
    return posts, {"draftOrderComplete": {"draftOrder": _draft_node(draft), "userErrors": []}}


def _coupon(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    wanted = given["basicCodeDiscount"]
    code = str(wanted["code"])
    if code in simulator.coupons:
        said = "Code must be unique. Please try a different code."
        refusal = _refused("discountCodeBasicCreate", said, code="TAKEN", codeDiscountNode=None)
        return [], refusal
    cents = minor(wanted["customerGets"]["value"]["discountAmount"]["amount"], CURRENCY)
    simulator.coupons[code] = {"id": simulator.next_id(), "cents": cents}
    while len(simulator.coupons) > KEPT:
        del simulator.coupons[next(iter(simulator.coupons))]
    made: Body = {"codeDiscountNode": _coupon_node(simulator, code), "userErrors": []}
    return [], {"discountCodeBasicCreate": made}


def _coupon_node(simulator: Simulator, code: str) -> Body | None:
    known = simulator.coupons.get(code)
    return {"id": shopify.gid("DiscountCodeNode", known["id"])} if known else None


def _coupon_by_code(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    return [], {"codeDiscountNodeByCode": _coupon_node(simulator, str(given["code"]))}


def _returnable(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    order = _found(simulator, given["orderId"])
    inside = {line_id for parcel in order.parcels for line_id in parcel.line_ids}
    nodes = [
        {"quantity": line.left - line.refunded,
         "fulfillmentLineItem": {"id": shopify.gid("FulfillmentLineItem", line.id + 3),
                                 "lineItem": {"id": shopify.gid("LineItem", line.id)}}}
        for line in order.lines
        if line.id in inside and line.left > line.refunded and not order.return_id
    ]  # fmt: skip
    parcel = {"returnableFulfillmentLineItems": {"nodes": nodes}}
    return [], {"returnableFulfillments": {"nodes": [parcel]}}


def _return(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    wanted = given["returnInput"]
    order = _found(simulator, wanted["orderId"])
    if order.return_id:
        return [], _refused("returnCreate", "This order has a return already.")
    posts = simulator.open_return(order.id, at, back_after=timedelta(days=4))
    order.return_note = str(wanted["returnLineItems"][0].get("returnReasonNote", ""))
    return posts, {"returnCreate": {"return": _return_node(order), "userErrors": []}}


def _return_node(order: DemoOrder) -> Body:
    return {"id": shopify.gid("Return", order.return_id), "name": f"{order.name}-R1",
            "status": order.return_state.upper()}  # fmt: skip


def _returns(simulator: Simulator, given: Mapping[str, Any], at: datetime) -> Done:
    order = _found(simulator, given["id"])
    lines = {"returnLineItems": {"nodes": [{"returnReasonNote": order.return_note}]}}
    nodes = [_return_node(order) | lines] if order.return_id else []
    return [], {"order": {"returns": {"nodes": nodes}}}


_ANSWERS: Mapping[str, Callable[[Simulator, Mapping[str, Any], datetime], Done]] = {
    "MoneyOfOrder": _money_of_order,
    "Refund": _refund,
    "Cancelled": _cancelled,
    "Cancel": _cancel,
    "GoodsOfOrder": _goods_of_order,
    "Drafts": _drafts,
    "Draft": _draft,
    "Complete": _complete,
    "Coupon": _coupon,
    "CouponByCode": _coupon_by_code,
    "Returnable": _returnable,
    "Return": _return,
    "Returns": _returns,
}
OPERATIONS = frozenset(_ANSWERS)
