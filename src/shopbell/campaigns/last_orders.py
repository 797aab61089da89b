"""What recipients ordered last, for campaigns that show it: one query for many people.

A newcomer's mistake: showing whatever order is the newest. One that was cancelled, is a test, or is
known only by its parcel, is none that somebody is reminded of.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models.functions import Coalesce

from shopbell.accounts.models import Store
from shopbell.campaigns.content.words import Content
from shopbell.campaigns.models import Campaign
from shopbell.kit import clock
from shopbell.orders.models import Order, Product
from shopbell.orders.ports import OrderStatus
from shopbell.orders.variants import variants_of

_SHOWN = 2  # things in the made-up order


def variants_with_orders(campaign: Campaign) -> set[str]:
    """Return the variants that show the reader's last order in some language."""
    return {
        row.name
        for row in campaign.variants.all()
        if any(Content.of(said).shows_orders() for said in row.texts.values())
    }


def last_orders(customers: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return what each of these customers ordered last; who has not ordered is left out."""
    rows = Order.objects.filter(customer_id__in=customers, is_stub=False, is_test=False)
    rows = rows.exclude(status=OrderStatus.CANCELLED)
    placed = Coalesce("placed_at", "created_at")
    found = rows.order_by("customer_id", placed.desc(), "-id").distinct("customer_id")
    return dict(found.values_list("customer_id", "pk"))


def made_up_order(store: Store) -> dict[str, Any]:
    """Return an order for a look at a campaign, of things the store sells; it is kept nowhere."""
    rows = Product.objects.filter(active=True).exclude(title="").order_by("title", "id")
    things = [(row.title, row.image_url, variants_of(row)) for row in rows[:_SHOWN]]
    lines: list[dict[str, Any]] = [
        {"title": title, "quantity": 1, "image_url": image}
        | ({"total": found[0].price} if found and found[0].price is not None else {})
        for title, image, found in things or [("…", "", [])]
    ]
    placed = clock.now() - timedelta(days=30)
    return {
        "number": "1042",
        "placed_at": placed.isoformat(),
        "currency": store.currency,
        "total": sum(line.get("total", 0) for line in lines),
        "lines": [{name: told for name, told in line.items() if told != ""} for line in lines],
    }
