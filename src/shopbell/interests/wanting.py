"""What customers looked at and left in carts, and telling them when it costs less.

One row for each person and product, with the last time of each. A newcomer's mistake: reading carts
for it. A cart is what it is now; what was taken out of it was wanted, too.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from shopbell.events.actions import emit
from shopbell.interests.events import PriceDropped, ProductViewed
from shopbell.interests.models import Interest
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.db.scope import current_store_id
from shopbell.orders.events import VariantPriceChanged
from shopbell.orders.models import Cart, Product
from shopbell.orders.variants import product_named

VIEWED = "product.viewed"  # what the shop calls its event
KEPT = timedelta(days=30)  # so long somebody is taken to want what they looked at
PART = 1_000
LEAST_PERCENT = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody looked at something, or put it into a cart."""

    customer_id: uuid.UUID
    product_id: uuid.UUID
    variant: str
    at: datetime
    in_cart: bool = False


# `least` and `greatest` pass over what is not there.
_NOTE = """
    INSERT INTO interests_interest AS i
        (id, store_id, customer_id, product_id, variant, viewed_at, carted_at, last_at)
    SELECT gen_random_uuid(), %(store)s, r.customer, r.product, max(r.variant), max(r.viewed),
        max(r.carted), greatest(max(r.viewed), max(r.carted))
    FROM json_to_recordset(%(rows)s) AS r(customer uuid, product uuid, variant text,
        viewed timestamptz, carted timestamptz)
    GROUP BY r.customer, r.product
    ON CONFLICT (store_id, customer_id, product_id) DO UPDATE SET
        variant = CASE WHEN excluded.last_at >= i.last_at THEN excluded.variant ELSE i.variant END,
        viewed_at = greatest(i.viewed_at, excluded.viewed_at),
        carted_at = greatest(i.carted_at, excluded.carted_at),
        last_at = greatest(i.last_at, excluded.last_at)"""


@transaction.atomic
def note_wanted(*, wanted: Sequence[Wanted]) -> None:
    """Keep what people are after, in one statement."""
    if not wanted:
        return
    rows = [
        {
            "customer": each.customer_id,
            "product": each.product_id,
            "variant": each.variant[:120],
            "viewed": None if each.in_cart else each.at,
            "carted": each.at if each.in_cart else None,
        }
        for each in sorted(wanted, key=lambda each: (str(each.customer_id), str(each.product_id)))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"store": current_store_id(), "rows": json_rows(rows)})


@transaction.atomic
def note_views(*, told: Iterable[tuple[uuid.UUID, Mapping[str, Any], datetime]]) -> None:
    """Take over what customers looked at: who, what the shop told of it, when."""
    wanted = []
    for customer, data, at in told:
        product = product_named(str(data.get("product") or "")[:120].replace("\0", ""))
        if product is None:
            continue
        variant = str(data.get("variant") or "")[:120].replace("\0", "")
        wanted.append(Wanted(customer, product.pk, variant, at))
    note_wanted(wanted=wanted)
    for each in wanted:
        fact = ProductViewed(
            customer_id=each.customer_id, product_id=each.product_id, variant=each.variant
        )
        emit(fact, occurred_at=each.at)


@transaction.atomic
def note_carts(*, carts: Iterable[uuid.UUID]) -> None:
    """Take over what lies in carts of known people."""
    rows = Cart.objects.filter(pk__in=list(carts), completed=False).exclude(customer=None)
    found = list(rows)
    ids = {str(line.get("product_id") or "") for cart in found for line in cart.lines} - {""}
    products = Product.objects.filter(source__in={cart.source for cart in found}, source_id__in=ids)
    keys = {
        (source, told): pk for pk, source, told in products.values_list("pk", "source", "source_id")
    }
    note_wanted(
        wanted=[
            Wanted(
                cart.customer_id,
                keys[cart.source, str(line["product_id"])],
                str(line.get("variant_id") or ""),
                cart.source_updated_at or clock.now(),
                in_cart=True,
            )
            for cart in found
            for line in cart.lines
            if cart.customer_id and (cart.source, str(line.get("product_id") or "")) in keys
        ]
    )


@transaction.atomic
def forget_bought(*, customer_id: uuid.UUID, product_id: uuid.UUID) -> None:
    """Nobody is told that what they have bought costs less now."""
    Interest.objects.filter(customer_id=customer_id, product_id=product_id).delete()


@transaction.atomic
def tell_of_drop(*, fact: VariantPriceChanged) -> int:
    """Say for each who wants it that it costs less; returns for how many."""
    percent = (fact.previous - fact.price) * 100 // fact.previous if fact.previous > 0 else 0
    if percent < LEAST_PERCENT:
        return 0
    rows = Interest.objects.filter(
        product_id=fact.product_id,
        variant__in=("", fact.variant),
        last_at__gte=clock.now() - KEPT,
    )
    told, after = 0, None
    while True:
        part = rows.filter(customer_id__gt=after) if after else rows
        found = list(part.order_by("customer_id").values_list("customer_id", "carted_at")[:PART])
        emit(
            *(
                PriceDropped(
                    customer_id=customer,
                    product_id=fact.product_id,
                    variant=fact.variant,
                    price=fact.price,
                    previous=fact.previous,
                    percent=percent,
                    was_in_cart=carted is not None,
                )
                for customer, carted in found
            )
        )
        told += len(found)
        if len(found) < PART:
            return told
        after = found[-1][0]
