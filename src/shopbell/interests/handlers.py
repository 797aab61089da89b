"""Stock that comes and goes calls those who wait; what they buy, and what they say, ends it.

What they look at and leave in carts is kept, and told of when it costs less.
"""

from collections.abc import Sequence

from django.db.models import Q

from shopbell.consent.events import ConsentChanged
from shopbell.customers.events import CustomerDid
from shopbell.events.registry import Recorded, on
from shopbell.interests import calling, catalogue
from shopbell.interests.actions import OPEN, PURPOSE, leave_all_lists, note_bought
from shopbell.interests.calling import begin_arrivals, end_arrivals
from shopbell.interests.models import Interest, Waiting
from shopbell.interests.wanting import (
    VIEWED,
    forget_bought,
    note_carts,
    note_views,
    tell_of_drop,
)
from shopbell.orders.events import (
    CartChanged,
    OrderPlaced,
    VariantBackInStock,
    VariantPriceChanged,
    VariantSoldOut,
)
from shopbell.orders.models import Line, Product

# Registered by being imported.
PUMP, CATALOGUE = calling.call_waiting, catalogue.WaitingMails


@on(VariantBackInStock)
def call_who_waits(batch: Sequence[Recorded[VariantBackInStock]]) -> None:
    """Begin to tell those who wait for it."""
    begin_arrivals(returned=[(each.fact.product_id, each.fact.variant) for each in batch])


@on(VariantSoldOut)
def call_nobody_more(batch: Sequence[Recorded[VariantSoldOut]]) -> None:
    """Stop telling people what they cannot buy."""
    end_arrivals(gone=[(each.fact.product_id, each.fact.variant) for each in batch])


@on(OrderPlaced)
def end_for_buyers(batch: Sequence[Recorded[OrderPlaced]]) -> None:
    """Let those wait no longer who bought it."""
    lines = Line.objects.select_related("order").filter(
        order_id__in=[each.fact.order_id for each in batch], order__is_stub=False
    )
    waiting = Waiting.objects.filter(state__in=OPEN).values("customer_id")
    wanting = Interest.objects.values("customer_id")
    after = Q(order__customer_id__in=waiting) | Q(order__customer_id__in=wanting)
    for line in lines.filter(after).order_by("order_id", "position"):
        product = Product.objects.filter(source=line.order.source, source_id=line.product_id)
        for key in product.values_list("pk", flat=True):
            assert line.order.customer_id is not None
            buyer = line.order.customer_id
            note_bought(customer_id=buyer, product_id=key, variant=line.variant_id)
            forget_bought(customer_id=buyer, product_id=key)


@on(VariantPriceChanged)
def tell_of_drops(batch: Sequence[Recorded[VariantPriceChanged]]) -> None:
    """Say for each who wants it that it costs less."""
    for each in batch:
        tell_of_drop(fact=each.fact)


@on(CartChanged)
def keep_carts(batch: Sequence[Recorded[CartChanged]]) -> None:
    """Keep what lies in carts as what people are after."""
    note_carts(carts={each.fact.cart_id for each in batch if not each.fact.completed})


@on(CustomerDid)
def keep_views(batch: Sequence[Recorded[CustomerDid]]) -> None:
    """Keep what people looked at."""
    note_views(
        told=[
            (each.fact.customer_id, each.fact.data, each.occurred_at)
            for each in batch
            if each.fact.did == VIEWED
        ]
    )


@on(ConsentChanged)
def end_for_leavers(batch: Sequence[Recorded[ConsentChanged]]) -> None:
    """Let those wait for nothing who take the permission back."""
    gone = {
        each.fact.customer_id
        for each in batch
        if each.fact.purpose == PURPOSE and each.fact.action == "withdrawn"
    }
    if gone:
        leave_all_lists(customers=gone)
