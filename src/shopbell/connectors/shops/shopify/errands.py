"""What Shopify is asked to do for an order, and how it is found again when the answer was lost.

A newcomer's mistake: trusting the status of a mutation. Refusals come with 200 and `userErrors`.
Beside refunds nothing takes an idempotency key, so each first looks for what it may have left.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shopbell.connectors.reading import Doc
from shopbell.connectors.shops.shopify import mutations
from shopbell.connectors.shops.shopify.client import Client
from shopbell.connectors.shops.shopify.ids import true_id
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.kit import clock
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.kit.money import digits
from shopbell.orders.ports import (
    Ability,
    Deed,
    Errand,
    Outcome,
    RefundFacts,
    ReturnFacts,
    ReturnStatus,
)

IDEMPOTENT_SINCE = "2026-01"
COUPON_LASTS = timedelta(days=365)


def abilities(settings: ShopifySettings) -> Mapping[Deed, Ability]:
    """Return what this account can do: nothing without a token."""
    if settings.access_token is None:
        return {}
    return {
        Deed.REFUND: Ability(guards_key=settings.api_version >= IDEMPOTENT_SINCE),
        Deed.CANCEL: Ability(guards_key=True),  # an order is cancelled once
        Deed.RESHIP: Ability(guards_key=True),  # our draft is found by its tag and completed once
        Deed.COUPON: Ability(guards_key=True),  # a code exists once
        Deed.RETURN: Ability(guards_key=True),  # what is coming back cannot come back again
    }


def perform(settings: ShopifySettings, errand: Errand) -> Outcome:
    """Do it (see `ActingShop.perform`)."""
    return _DOES[errand.deed](Client(settings), settings, errand)


def find(settings: ShopifySettings, errand: Errand) -> Outcome | None:
    """Read whether it was done (see `ActingShop.find`)."""
    return _FINDS[errand.deed](Client(settings), errand)


def _refund(client: Client, settings: ShopifySettings, errand: Errand) -> Outcome:
    order = _read(client, mutations.MONEY_OF_ORDER, {"id": gid("Order", errand.order_id)})
    given: dict[str, Any] = {
        "orderId": gid("Order", errand.order_id),
        "note": _note(errand),
        "notify": False,
        "transactions": _shares(order.doc("order"), errand),
    }
    if errand.items:
        given["refundLineItems"] = [
            {"lineItemId": gid("LineItem", item.line_id), "quantity": item.quantity,
             "restockType": "NO_RESTOCK"}
            for item in errand.items
        ]  # fmt: skip
    if settings.api_version >= IDEMPOTENT_SINCE:
        data = client.ask(mutations.REFUND_ONCE, {"input": given, "key": errand.key}).data
    else:
        data = client.ask(mutations.REFUND, {"input": given}).data
    made = _accepted(data.doc("refundCreate"))
    return _refund_outcome(made.doc("refund"), errand)


def _shares(order: Doc, errand: Errand) -> list[dict[str, Any]]:
    """Split the amount over the payments that have money left, first payment first."""
    paid = [doc for doc in order.docs("transactions") if doc.lower("status") == "success"]
    left: dict[str, int] = {}
    for doc in paid:
        amount = doc.doc("amountSet").doc("shopMoney").amount("amount", errand.currency) or 0
        if doc.lower("kind") in ("sale", "capture"):
            left[doc.text("id", limit=200)] = amount
    for doc in paid:
        parent = doc.doc("parentTransaction").text("id", limit=200)
        if doc.lower("kind") == "refund" and parent in left:
            back = doc.doc("amountSet").doc("shopMoney").amount("amount", errand.currency) or 0
            left[parent] -= back
    gateways = {doc.text("id", limit=200): doc.text("gateway", limit=200) for doc in paid}
    wanted, shares = errand.amount, []
    for parent, rest in left.items():
        part = min(rest, wanted)
        if part <= 0:
            continue
        wanted -= part
        shares.append({
            "orderId": gid("Order", errand.order_id), "parentId": parent, "kind": "REFUND",
            "gateway": gateways[parent], "amount": decimal(part, errand.currency),
        })  # fmt: skip
    if wanted > 0:
        raise Permanent("Shopify has less money of this order than that.", code="too_much")
    return shares


def _refund_outcome(refund: Doc, errand: Errand) -> Outcome:
    reference = true_id(refund.text("id", limit=200))
    amount = refund.doc("totalRefundedSet").doc("shopMoney").amount("amount", errand.currency)
    fact = RefundFacts(
        source_id=reference,
        order_id=errand.order_id,
        amount=errand.amount if amount is None else amount,
        currency=errand.currency,
        created_at=refund.time("createdAt"),
        note=errand.reason,
    )
    return Outcome(reference, facts=(fact,))


def _find_refund(client: Client, errand: Errand) -> Outcome | None:
    order = client.ask(mutations.MONEY_OF_ORDER, {"id": gid("Order", errand.order_id)}).data
    for refund in order.doc("order").docs("refunds"):
        if errand.mark in refund.text("note", limit=5000):
            return _refund_outcome(refund, errand)
    return None


_REASONS = {"customer": "CUSTOMER", "stock": "INVENTORY", "fraud": "FRAUD", "mistake": "STAFF"}


def _cancel(client: Client, settings: ShopifySettings, errand: Errand) -> Outcome:
    order = _read(client, mutations.CANCELLED, {"id": gid("Order", errand.order_id)})
    if order.doc("order").time("cancelledAt"):
        return Outcome(errand.order_id)
    given = {
        "orderId": gid("Order", errand.order_id),
        "reason": _REASONS.get(errand.reason, "OTHER"),
        "refundMethod": {"originalPaymentMethodsRefund": True},
        "staffNote": _note(errand),
    }
    made = client.ask(mutations.CANCEL, given).data.doc("orderCancel")
    _accepted(made, "orderCancelUserErrors")
    return Outcome(errand.order_id, pending=True)  # a job of theirs; it takes a moment


def _find_cancel(client: Client, errand: Errand) -> Outcome | None:
    data = client.ask(mutations.CANCELLED, {"id": gid("Order", errand.order_id)}).data
    order = data.doc("order")
    return Outcome(errand.order_id) if order.time("cancelledAt") else None


def _reship(client: Client, settings: ShopifySettings, errand: Errand) -> Outcome:
    draft = _draft_of(client, errand)
    key = draft.text("id", limit=200) or _make_draft(client, errand)
    if done := _ordered(draft):
        return done
    made = _accepted(client.ask(mutations.COMPLETE, {"id": key}).data.doc("draftOrderComplete"))
    outcome = _ordered(made.doc("draftOrder"))
    return outcome or Outcome(true_id(key), pending=True)


def _draft_of(client: Client, errand: Errand) -> Doc:
    data = _read(client, mutations.DRAFTS, {"query": f"tag:'{errand.mark}'"})
    ours = [doc for doc in data.doc("draftOrders").docs("nodes")
            if errand.mark in doc.values("tags")]  # fmt: skip
    return ours[0] if ours else Doc({})


def _make_draft(client: Client, errand: Errand) -> str:
    order = _read(client, mutations.GOODS_OF_ORDER, {"id": gid("Order", errand.order_id)})
    order = order.doc("order")
    wanted = {gid("LineItem", item.line_id): item.quantity for item in errand.items}
    lines = []
    for line in order.doc("lineItems").docs("nodes"):
        units = wanted.get(line.text("id", limit=200), 0) if wanted else line.units("quantity")
        variant = line.doc("variant").text("id", limit=200)
        if units and not variant:
            raise Permanent(f"“{line.text('title')}” is not sold any more.", code="gone")
        if units:
            lines.append({"variantId": variant, "quantity": units})
    address = {
        ("countryCode" if key == "countryCodeV2" else key): value
        for key, value in order.doc("shippingAddress").raw.items()
        if value
    }
    given: dict[str, Any] = {
        "lineItems": lines,
        "email": order.text("email", limit=320) or errand.email,
        "note": _note(errand),
        "tags": ["sent again", errand.mark],
        "shippingAddress": address,
        "shippingLine": {"title": "Sent again", "price": "0.00"},
        "appliedDiscount": {"title": "Sent again", "value": 100.0, "valueType": "PERCENTAGE"},
    }
    if customer := order.doc("customer").text("id", limit=200):
        given["purchasingEntity"] = {"customerId": customer}
    made = _accepted(client.ask(mutations.DRAFT, {"input": given}).data.doc("draftOrderCreate"))
    return made.doc("draftOrder").text("id", limit=200)


def _ordered(draft: Doc) -> Outcome | None:
    order = draft.doc("order")
    reference = true_id(order.text("id", limit=200))
    return Outcome(reference, name=order.text("name", limit=120)) if reference else None


def _find_reship(client: Client, errand: Errand) -> Outcome | None:
    return _ordered(_draft_of(client, errand))  # a draft alone sends nothing


def _coupon(client: Client, settings: ShopifySettings, errand: Errand) -> Outcome:
    now = clock.now()
    amount = {"amount": decimal(errand.amount, errand.currency), "appliesOnEachItem": False}
    given = {
        "title": f"Coupon {errand.code}",
        "code": errand.code,
        "startsAt": (errand.asked_at or now).isoformat(),
        "endsAt": ((errand.asked_at or now) + COUPON_LASTS).isoformat(),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"all": "ALL"},
        "customerGets": {"items": {"all": True}, "value": {"discountAmount": amount}},
    }
    made = client.ask(mutations.COUPON, {"basicCodeDiscount": given}).data
    made = made.doc("discountCodeBasicCreate")
    if any(error.lower("code") == "taken" for error in made.docs("userErrors")):
        found = _find_coupon(client, errand)
        if found is not None:
            return found
    reference = true_id(_accepted(made).doc("codeDiscountNode").text("id", limit=200))
    return Outcome(reference, name=errand.code)


def _find_coupon(client: Client, errand: Errand) -> Outcome | None:
    data = client.ask(mutations.COUPON_BY_CODE, {"code": errand.code}).data
    reference = true_id(data.doc("codeDiscountNodeByCode").text("id", limit=200))
    return Outcome(reference, name=errand.code) if reference else None


def _return(client: Client, settings: ShopifySettings, errand: Errand) -> Outcome:
    if found := _find_return(client, errand):
        return found
    data = _read(client, mutations.RETURNABLE, {"orderId": gid("Order", errand.order_id)})
    wanted = {gid("LineItem", item.line_id): item.quantity for item in errand.items}
    lines = []
    for parcel in data.doc("returnableFulfillments").docs("nodes"):
        for each in parcel.doc("returnableFulfillmentLineItems").docs("nodes"):
            item = each.doc("fulfillmentLineItem")
            line = item.doc("lineItem").text("id", limit=200)
            units = each.units("quantity")
            if wanted:
                units = min(units, wanted.get(line, 0))
                wanted[line] = wanted.get(line, 0) - units
            if units > 0:
                lines.append({
                    "fulfillmentLineItemId": item.text("id", limit=200), "quantity": units,
                    "returnReason": "OTHER", "returnReasonNote": _note(errand)[:255],
                })  # fmt: skip
    if not lines:
        raise Permanent("Shopify sees nothing in this order that can come back.", code="nothing")
    given = {"orderId": gid("Order", errand.order_id), "returnLineItems": lines}
    made = client.ask(mutations.RETURN, {"returnInput": given}).data.doc("returnCreate")
    return _return_outcome(_accepted(made).doc("return"), errand)


def _return_outcome(doc: Doc, errand: Errand) -> Outcome:
    reference, name = true_id(doc.text("id", limit=200)), doc.text("name", limit=120)
    fact = ReturnFacts(
        source_id=reference,
        order_id=errand.order_id,
        status=ReturnStatus.REGISTERED,
        name=name,
        items=errand.items or None,
    )
    return Outcome(reference, name=name, facts=(fact,))


def _find_return(client: Client, errand: Errand) -> Outcome | None:
    data = _read(client, mutations.RETURNS, {"id": gid("Order", errand.order_id)})
    for doc in data.doc("order").doc("returns").docs("nodes"):
        notes = [line.text("returnReasonNote") for line in doc.doc("returnLineItems").docs("nodes")]
        if any(errand.mark in note for note in notes):
            return _return_outcome(doc, errand)
    return None


def _read(client: Client, query: str, variables: Mapping[str, Any]) -> Doc:
    """Ask a question before anything is done: if it fails, nothing was done."""
    try:
        return client.ask(query, variables).data
    except Temporary as error:
        raise Temporary(error.message, retry_after=error.retry_after, untouched=True) from error


def _accepted(made: Doc, name: str = "userErrors") -> Doc:
    """Return the payload, or raise what Shopify's refusal says."""
    errors = list(made.docs(name))
    if errors:
        said = " ".join(error.text("message", limit=300) for error in errors[:3])
        code = errors[0].lower("code") or "refused"
        raise Permanent(f"Shopify refused: {said}", code=code)
    return made


def _note(errand: Errand) -> str:
    return " · ".join(part for part in (errand.note, errand.mark) if part)


def gid(kind: str, number: str) -> str:
    """Return a GraphQL id."""
    if not (number.isascii() and number.isdigit()):
        raise Unsupported(f"{number[:60]!r} is not an id of Shopify's.")
    return f"gid://shopify/{kind}/{number}"


def decimal(amount: int, currency: str) -> str:
    """Return minor units as Shopify writes money."""
    return str(Decimal(amount).scaleb(-digits(currency)))


type _Do = Callable[[Client, ShopifySettings, Errand], Outcome]
type _Find = Callable[[Client, Errand], Outcome | None]
_DOES: Mapping[Deed, _Do] = {
    Deed.REFUND: _refund,
    Deed.CANCEL: _cancel,
    Deed.RESHIP: _reship,
    Deed.COUPON: _coupon,
    Deed.RETURN: _return,
}
_FINDS: Mapping[Deed, _Find] = {
    Deed.REFUND: _find_refund,
    Deed.CANCEL: _find_cancel,
    Deed.RESHIP: _find_reship,
    Deed.COUPON: _find_coupon,
    Deed.RETURN: _find_return,
}
