"""Bodies as Shopify's webhooks of API 2026-01 have them, from the simulated shop's ledger.

Only fields a receiver may rely on are filled; amounts are decimal text with a price set beside
them, ids are numbers with a `gid://` twin, as in Shopify's own examples.
"""

from datetime import datetime
from typing import Any

from shopbell.demo.catalogue import CURRENCY, SHOP_NAME, TAX_RATE, DemoProduct
from shopbell.demo.ledger import DemoLine, DemoOrder, DemoParcel
from shopbell.demo.parcels import COMPANY
from shopbell.demo.people import COUNTRY_NAMES, DemoCustomer
from shopbell.orders.tracking.carriers import public_link

type Body = dict[str, Any]


def amount(cents: int) -> str:
    """Return cents as Shopify writes money."""
    return f"{cents // 100}.{cents % 100:02d}"


def price_set(cents: int) -> Body:
    """Return an amount in the shop's and the customer's currency, which are the same here."""
    money = {"amount": amount(cents), "currency_code": CURRENCY}
    return {"shop_money": money, "presentment_money": money}


def when(moment: datetime | None) -> str | None:
    """Return a moment as Shopify writes it: ISO 8601 with offset, no fraction."""
    return moment.isoformat(timespec="seconds") if moment else None


def gid(kind: str, number: int) -> str:
    """Return a GraphQL id."""
    return f"gid://shopify/{kind}/{number}"


def product_body(product: DemoProduct, at: datetime, static_url: str) -> Body:
    """`products/create`."""
    image = {
        "id": product.product_id + 500,
        "product_id": product.product_id,
        "position": 1,
        "alt": product.title,
        "width": 160,
        "height": 160,
        "src": static_url + product.image,
        "admin_graphql_api_id": gid("ProductImage", product.product_id + 500),
    }
    variant = {
        "id": product.variant_id,
        "product_id": product.product_id,
        "title": "Default Title",
        "price": amount(product.price),
        "sku": product.sku,
        "position": 1,
        "inventory_policy": "deny",
        "inventory_item_id": product.variant_id + 500,
        "inventory_quantity": product.stock,
        "taxable": True,
        "created_at": when(at),
        "updated_at": when(at),
        "admin_graphql_api_id": gid("ProductVariant", product.variant_id),
    }
    return {
        "id": product.product_id,
        "admin_graphql_api_id": gid("Product", product.product_id),
        "title": product.title,
        "handle": product.key,
        "body_html": "",
        "vendor": SHOP_NAME,
        "product_type": product.kind,
        "status": "active",
        "tags": product.kind.lower(),
        "created_at": when(at),
        "updated_at": when(at),
        "published_at": when(at),
        "published_scope": "web",
        "variants": [variant],
        "options": [{"name": "Title", "position": 1, "values": ["Default Title"]}],
        "images": [image],
        "image": image,
    }


def customer_body(customer: DemoCustomer, at: datetime) -> Body:
    """`customers/create`."""
    state = "subscribed" if customer.newsletter else "not_subscribed"
    return {
        "id": customer.customer_id,
        "admin_graphql_api_id": gid("Customer", customer.customer_id),
        "email": customer.email,
        "phone": customer.phone or None,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "locale": customer.locale,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "tax_exempt": False,
        "currency": CURRENCY,
        "created_at": when(at),
        "updated_at": when(at),
        "addresses": [],
        "default_address": address(customer),
        "email_marketing_consent": {
            "state": state,
            "opt_in_level": "confirmed_opt_in" if customer.newsletter else "single_opt_in",
            "consent_updated_at": when(at) if customer.newsletter else None,
        },
        "sms_marketing_consent": None,
    }


def address(customer: DemoCustomer) -> Body:
    """A postal address."""
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "name": f"{customer.first_name} {customer.last_name}".strip(),
        "company": None,
        "address1": customer.street,
        "address2": None,
        "city": customer.city,
        "zip": customer.postal_code,
        "province": None,
        "province_code": None,
        "country": COUNTRY_NAMES.get(customer.country, customer.country),
        "country_code": customer.country,
        "phone": customer.phone or None,
    }


def line_body(line: DemoLine, static_url: str) -> Body:
    """One line item."""
    product = line.product
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "product_id": product.product_id,
        "variant_id": product.variant_id,
        "title": product.title,
        "name": product.title,
        "variant_title": None,
        "vendor": SHOP_NAME,
        "sku": product.sku,
        "quantity": line.quantity,
        "current_quantity": line.left - line.refunded,
        "fulfillable_quantity": line.left,
        "price": amount(product.price),
        "price_set": price_set(product.price),
        "total_discount": "0.00",
        "total_discount_set": price_set(0),
        "grams": product.grams,
        "requires_shipping": True,
        "taxable": True,
        "gift_card": False,
        "product_exists": True,
        "fulfillment_service": "manual",
        "image": {"src": static_url + product.image},
        "properties": [],
        "tax_lines": [],
    }


def order_body(order: DemoOrder, static_url: str) -> Body:
    """The whole order, as all `orders/…` topics but `edited` carry it."""
    person = {
        key: value
        for key, value in customer_body(order.customer, order.created_at).items()
        if key not in ("addresses", "updated_at")
    }
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "name": order.name,
        "number": order.number - 1000,
        "order_number": order.number,
        "email": order.customer.email,
        "contact_email": order.customer.email,
        "phone": order.customer.phone or None,
        "customer_locale": order.customer.locale,
        "currency": CURRENCY,
        "presentment_currency": CURRENCY,
        "financial_status": order.financial_status,
        "fulfillment_status": _fulfillment_status(order),
        "created_at": when(order.created_at),
        "processed_at": when(order.created_at),
        "updated_at": when(order.updated_at),
        "cancelled_at": when(order.cancelled_at),
        "cancel_reason": order.cancel_reason,
        "closed_at": None,
        "confirmed": True,
        "test": False,
        "tags": "",
        "note": None,
        "source_name": "web",
        **_money(order),
        "order_status_url": f"https://lark.example/orders/{order.id:x}",
        "payment_gateway_names": ["shopify_payments"],
        "customer": person,
        "billing_address": address(order.customer),
        "shipping_address": address(order.customer),
        "shipping_lines": [
            {
                "id": order.id + 7,
                "code": "standard",
                "title": "Standardversand" if order.customer.locale == "de" else "Standard",
                "price": amount(order.shipping),
                "price_set": price_set(order.shipping),
            }
        ],
        "line_items": [line_body(line, static_url) for line in order.lines],
        "fulfillments": [parcel_body(order, parcel, static_url) for parcel in order.parcels],
        "refunds": [refund_body(order, refund) for refund in order.refunds],
        "note_attributes": [
            {"name": "whatsapp_updates", "value": "yes" if order.customer.whatsapp else "no"}
        ],
        "discount_codes": [],
    }


def _money(order: DemoOrder) -> Body:
    """The order's sums: as bought, and as they are now."""
    refunded = sum(int(refund["cents"]) for refund in order.refunds)
    tax = round(order.total * TAX_RATE / (1 + TAX_RATE))
    return {
        "taxes_included": True,
        "subtotal_price": amount(order.subtotal),
        "subtotal_price_set": price_set(order.subtotal),
        "current_subtotal_price": amount(order.subtotal),
        "total_price": amount(order.total),
        "total_price_set": price_set(order.total),
        "current_total_price": amount(max(order.total - refunded, 0)),
        "total_tax": amount(tax),
        "total_tax_set": price_set(tax),
        "total_discounts": amount(order.subtotal if order.free else 0),
        "total_line_items_price": amount(order.subtotal),
        "total_shipping_price_set": price_set(order.shipping),
    }


def _fulfillment_status(order: DemoOrder) -> str | None:
    inside = {line_id for parcel in order.parcels for line_id in parcel.line_ids}
    if not inside:
        return None
    return "fulfilled" if all(line.id in inside for line in order.lines) else "partial"


def parcel_body(order: DemoOrder, parcel: DemoParcel, static_url: str) -> Body:
    """`fulfillments/create` and `fulfillments/update`."""
    link = public_link(parcel.carrier, parcel.number, order.customer.locale)
    return {
        "id": parcel.id,
        "admin_graphql_api_id": gid("Fulfillment", parcel.id),
        "order_id": order.id,
        "name": f"{order.name}.{order.parcels.index(parcel) + 1}",
        "status": "success",
        "shipment_status": None,
        "service": "manual",
        "location_id": 88_001,
        "created_at": when(parcel.created_at),
        "updated_at": when(parcel.updated_at),
        "tracking_company": COMPANY[parcel.carrier],
        "tracking_number": parcel.number,
        "tracking_numbers": [parcel.number],
        "tracking_url": link,
        "tracking_urls": [link],
        "email": order.customer.email,
        "destination": address(order.customer),
        "line_items": [
            line_body(line, static_url) | {"quantity": line.left}
            for line in order.lines
            if line.id in parcel.line_ids and line.left
        ],
    }


def refund_body(order: DemoOrder, refund: Body) -> Body:
    """`refunds/create`. `refund` is the ledger's: id, cents, at, note, units by line id."""
    lines = {line.id: line for line in order.lines}
    restock = "cancel" if not order.parcels else "return"
    return {
        "id": refund["id"],
        "admin_graphql_api_id": gid("Refund", refund["id"]),
        "order_id": order.id,
        "created_at": refund["at"],
        "processed_at": refund["at"],
        "note": refund["note"],
        "restock": True,
        "refund_line_items": [
            {
                "id": refund["id"] + place,
                "line_item_id": int(line_id),
                "quantity": units,
                "restock_type": restock,
                "subtotal": amount(lines[int(line_id)].product.price * units),
                "line_item": line_body(lines[int(line_id)], ""),
            }
            for place, (line_id, units) in enumerate(refund["units"].items(), 1)
        ],
        "transactions": [
            {
                "id": refund["id"] + 900,
                "order_id": order.id,
                "kind": "refund",
                "status": "success",
                "gateway": "shopify_payments",
                "amount": amount(refund["cents"]),
                "currency": CURRENCY,
                "created_at": refund["at"],
                "processed_at": refund["at"],
            }
        ],
        "order_adjustments": [],
    }


def transaction_body(order: DemoOrder, number: int, status: str, at: datetime) -> Body:
    """`order_transactions/create`: an attempt to take the money."""
    return {
        "id": number,
        "admin_graphql_api_id": gid("OrderTransaction", number),
        "order_id": order.id,
        "kind": "sale",
        "gateway": "shopify_payments",
        "status": status,
        "error_code": "card_declined" if status == "failure" else None,
        "message": "The card was declined." if status == "failure" else "Approved",
        "amount": amount(order.total),
        "currency": CURRENCY,
        "test": False,
        "created_at": when(at),
        "processed_at": when(at),
    }


def edit_body(order: DemoOrder, number: int, line: DemoLine, at: datetime) -> Body:
    """`orders/edited`: one unit of a line was taken out."""
    return {
        "order_edit": {
            "id": number,
            "app_id": None,
            "order_id": order.id,
            "created_at": when(at),
            "committed_at": when(at),
            "notify_customer": False,
            "staff_note": "",
            "user_id": None,
            "line_items": {"additions": [], "removals": [{"id": line.id, "delta": 1}]},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def return_body(order: DemoOrder, status: str, at: datetime) -> Body:
    """`returns/request`, `returns/approve` and `returns/close`."""
    line = order.lines[0]
    return {
        "id": order.return_id,
        "admin_graphql_api_id": gid("Return", order.return_id),
        "status": status,
        "name": f"{order.name}-R1",
        "order": {"id": order.id, "admin_graphql_api_id": gid("Order", order.id)},
        "order_id": order.id,
        "created_at": when(at),
        "updated_at": when(at),
        "total_return_line_items": 1,
        "return_line_items": [
            {
                "id": order.return_id + 1,
                "quantity": 1,
                "return_reason": "unwanted",
                "fulfillment_line_item": {
                    "id": line.id + 3,
                    "line_item": {"id": line.id, "admin_graphql_api_id": gid("LineItem", line.id)},
                },
            }
        ],
    }


def checkout_body(
    customer: DemoCustomer, number: int, lines: list[DemoLine], at: datetime, static_url: str
) -> Body:
    """`checkouts/create`: a basket with a name on it that nobody paid for yet."""
    total = sum(line.product.price * line.quantity for line in lines)
    token = f"{number:032x}"
    return {
        "id": number,
        "token": token,
        "cart_token": token[::-1],
        "email": customer.email,
        "phone": customer.phone or None,
        "customer_locale": customer.locale,
        "currency": CURRENCY,
        "created_at": when(at),
        "updated_at": when(at),
        "completed_at": None,
        "closed_at": None,
        "subtotal_price": amount(total),
        "total_price": amount(total),
        "total_line_items_price": amount(total),
        "abandoned_checkout_url": f"https://lark.example/checkouts/{token}/recover",
        "customer": {
            "id": customer.customer_id,
            "email": customer.email,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
        },
        "shipping_address": address(customer),
        "line_items": [
            line_body(line, static_url) | {"line_price": amount(line.product.price * line.quantity)}
            for line in lines
        ],
    }
