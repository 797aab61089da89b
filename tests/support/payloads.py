"""Payloads as shops post them, without Django, so that benchmarks can use them too."""

from datetime import UTC, datetime, timedelta
from typing import Any

# An hour ago, the same in all payloads of a run: nothing that is told of an order is too late yet.
PLACED = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")


def order_payload(number: int = 1001, **changes: Any) -> dict[str, Any]:
    """Return an order as Shopify's orders/create posts it."""
    base: dict[str, Any] = {
        "id": 5_000_000_000 + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{5_000_000_000 + number}",
        "name": f"#{number}",
        "email": f"mara{number}@example.com",
        "created_at": PLACED,
        "updated_at": PLACED,
        "currency": "EUR",
        "total_price": "49.90",
        "subtotal_price": "44.90",
        "total_tax": "7.97",
        "total_discounts": "0.00",
        "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": "EUR"}},
        "financial_status": "paid",
        "fulfillment_status": None,
        "customer_locale": "en",
        "cancelled_at": None,
        "customer": {
            "id": 7_000_000 + number,
            "email": f"mara{number}@example.com",
            "first_name": "Mara",
            "last_name": "Kern",
        },
        "shipping_address": {
            "name": "Mara Kern",
            "address1": "Weidenweg 3",
            "city": "Berlin",
            "zip": "10249",
            "country_code": "DE",
        },
        "shipping_lines": [{"title": "Standard", "price": "5.00"}],
        "line_items": [
            {
                "id": 90_000 + number,
                "title": "Speckled cup",
                "variant_title": "Ochre",
                "quantity": 2,
                "price": "22.45",
                "sku": "CUP-O",
                "product_id": 11,
                "variant_id": 12,
                "fulfillable_quantity": 2,
            }
        ],
        "fulfillments": [],
        "refunds": [],
    }
    return {**base, **changes}
