"""What WooCommerce is asked to do for an order, and how it is found again.

WooCommerce knows no idempotency key: our mark is kept in the meta data of what was made, and read
back. A newcomer's mistake: expecting that "cancelled" gives money back. It does not, so the refund
goes first. A refund names no lines: they would need the tax of each line to the cent.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from shopbell.connectors.reading import Doc, tidy
from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.kit import clock
from shopbell.kit.errors import Permanent, Temporary, Unsupported
from shopbell.kit.http import Provider
from shopbell.kit.money import digits
from shopbell.orders.ports import Ability, Deed, Errand, Outcome, RefundFacts

META = "_shopbell"
COUPON_LASTS = timedelta(days=365)
_TAKEN = "coupon_code_already_exists"


def abilities(settings: WooCommerceSettings) -> Mapping[Deed, Ability]:
    """Return what this account can do: nothing without keys."""
    if settings.keys is None:
        return {}
    return {
        Deed.REFUND: Ability(),
        Deed.CANCEL: Ability(),
        Deed.RESHIP: Ability(),
        Deed.COUPON: Ability(guards_key=True),  # a code exists once
    }


def perform(settings: WooCommerceSettings, errand: Errand) -> Outcome:
    """Do it (see `ActingShop.perform`)."""
    if errand.deed not in _DOES:
        raise Unsupported("WooCommerce has no returns of its own.")
    return _DOES[errand.deed](Shop(settings), errand)


def find(settings: WooCommerceSettings, errand: Errand) -> Outcome | None:
    """Read whether it was done (see `ActingShop.find`)."""
    if errand.deed not in _FINDS:
        raise Unsupported("WooCommerce has no returns of its own.")
    return _FINDS[errand.deed](Shop(settings), errand)


class Shop:
    """Asks one shop. Make one per call."""

    def __init__(self, settings: WooCommerceSettings) -> None:
        if settings.keys is None:
            raise Unsupported("This needs a consumer key and secret that may write.")
        self._http = Provider(settings.endpoint, name="WooCommerce", auth=settings.keys)

    def read(self, path: str, **params: Any) -> Any:
        """Ask a question before anything is done: if it fails, nothing was done."""
        try:
            return tidy(self._http.get(path, params=params).json("WooCommerce"))
        except Temporary as error:
            raise Temporary(error.message, retry_after=error.retry_after, untouched=True) from error

    def read_all(self, path: str, **params: Any) -> list[Doc]:
        """Return a list of objects, at most a hundred."""
        found = self.read(path, per_page=100, **params)
        return [Doc(each) for each in found if isinstance(each, dict)] if found else []

    def make(self, path: str, body: Mapping[str, Any]) -> Doc:
        """POST something."""
        return Doc(tidy(self._http.post(path, json=body).json("WooCommerce")))

    def change(self, path: str, body: Mapping[str, Any]) -> Doc:
        """PUT something."""
        return Doc(tidy(self._http.put(path, json=body).json("WooCommerce")))


def _refund(shop: Shop, errand: Errand) -> Outcome:
    made = shop.make(
        f"orders/{_number(errand)}/refunds",
        {
            "amount": _decimal(errand),
            "reason": errand.note or errand.reason,
            "api_refund": True,
            "api_restock": False,
            "meta_data": _meta(errand),
        },
    )
    return _refunded(made, errand)


def _refunded(doc: Doc, errand: Errand) -> Outcome:
    reference = doc.ident("id")
    amount = doc.amount("amount", errand.currency)
    fact = RefundFacts(
        source_id=reference,
        order_id=errand.order_id,
        amount=abs(amount) if amount is not None else errand.amount,
        currency=errand.currency,
        created_at=doc.time("date_created_gmt"),
        note=errand.reason,
    )
    return Outcome(reference, facts=(fact,))


def _find_refund(shop: Shop, errand: Errand) -> Outcome | None:
    for doc in shop.read_all(f"orders/{_number(errand)}/refunds"):
        if _is_ours(doc, errand):
            return _refunded(doc, errand)
    return None


def _cancel(shop: Shop, errand: Errand) -> Outcome:
    """Give the money back, then close the order; each is looked for before it is done."""
    path = f"orders/{_number(errand)}"
    order = Doc(shop.read(path))
    back = _find_refund(shop, errand)
    if back is None and errand.amount > 0:
        back = _refund(shop, errand)
    facts = back.facts if back else ()
    if order.lower("status") != "cancelled":
        shop.change(path, {"status": "cancelled"})
    return Outcome(errand.order_id, facts=facts)


def _find_cancel(shop: Shop, errand: Errand) -> Outcome | None:
    order = Doc(shop.read(f"orders/{_number(errand)}"))
    if order.lower("status") != "cancelled":
        back = _find_refund(shop, errand)
        if back is None:
            return None
        shop.change(f"orders/{_number(errand)}", {"status": "cancelled"})  # only this was left
        return Outcome(errand.order_id, facts=back.facts)
    found = _find_refund(shop, errand)
    return Outcome(errand.order_id, facts=found.facts if found else ())


def _reship(shop: Shop, errand: Errand) -> Outcome:
    order = Doc(shop.read(f"orders/{_number(errand)}"))
    wanted = {item.line_id: item.quantity for item in errand.items}
    lines = []
    for line in order.docs("line_items"):
        units = wanted.get(line.ident("id"), 0) if wanted else line.units("quantity")
        if units and not line.ident("product_id"):
            raise Permanent(f"“{line.plain('name')}” is not sold any more.", code="gone")
        if units:
            lines.append({
                "product_id": int(line.ident("product_id")), "quantity": units,
                "variation_id": int(line.ident("variation_id") or 0),
                "subtotal": "0", "total": "0",
            })  # fmt: skip
    made = shop.make(
        "orders",
        {
            "status": "processing",
            "customer_id": int(order.ident("customer_id") or 0),
            "billing": order.doc("billing").raw,
            "shipping": order.doc("shipping").raw,
            "line_items": lines,
            "customer_note": "",
            "meta_data": _meta(errand),
        },
    )
    return Outcome(made.ident("id"), name=made.text("number", limit=120))


def _find_reship(shop: Shop, errand: Errand) -> Outcome | None:
    since = (errand.asked_at or clock.now()) - timedelta(minutes=5)
    stamp = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for doc in shop.read_all("orders", after=stamp, dates_are_gmt="true", status="any"):
        if _is_ours(doc, errand):
            return Outcome(doc.ident("id"), name=doc.text("number", limit=120))
    return None


def _coupon(shop: Shop, errand: Errand) -> Outcome:
    until = (errand.asked_at or clock.now()) + COUPON_LASTS
    body = {
        "code": errand.code,
        "discount_type": "fixed_cart",
        "amount": _decimal(errand),
        "usage_limit": 1,
        "individual_use": True,
        "date_expires_gmt": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "description": errand.note,
        "meta_data": _meta(errand),
    }
    try:
        made = shop.make("coupons", body)
    except Permanent as error:
        if _TAKEN in error.message and (found := _find_coupon(shop, errand)):
            return found
        raise
    return Outcome(made.ident("id"), name=errand.code)


def _find_coupon(shop: Shop, errand: Errand) -> Outcome | None:
    for doc in shop.read_all("coupons", code=errand.code):
        if doc.lower("code") == errand.code.lower():
            return Outcome(doc.ident("id"), name=errand.code)
    return None


def _meta(errand: Errand) -> list[dict[str, str]]:
    return [{"key": META, "value": errand.mark}]


def _is_ours(doc: Doc, errand: Errand) -> bool:
    return any(
        meta.text("key") == META and meta.text("value") == errand.mark
        for meta in doc.docs("meta_data")
    )


def _number(errand: Errand) -> str:
    if not (errand.order_id.isascii() and errand.order_id.isdigit()):
        raise Unsupported(f"{errand.order_id[:60]!r} is not an id of WooCommerce's.")
    return errand.order_id


def _decimal(errand: Errand) -> str:
    return str(Decimal(errand.amount).scaleb(-digits(errand.currency)))


_DOES: Mapping[Deed, Callable[[Shop, Errand], Outcome]] = {
    Deed.REFUND: _refund,
    Deed.CANCEL: _cancel,
    Deed.RESHIP: _reship,
    Deed.COUPON: _coupon,
}
_FINDS: Mapping[Deed, Callable[[Shop, Errand], Outcome | None]] = {
    Deed.REFUND: _find_refund,
    Deed.CANCEL: _find_cancel,
    Deed.RESHIP: _find_reship,
    Deed.COUPON: _find_coupon,
}
