"""Stock that comes and goes calls those who wait; what they buy, and what they say, ends it."""

from collections.abc import Sequence

from shopbell.consent.events import ConsentChanged
from shopbell.events.registry import Recorded, on
from shopbell.interests import calling, catalogue
from shopbell.interests.actions import OPEN, PURPOSE, leave_all_lists, note_bought
from shopbell.interests.calling import begin_arrivals, end_arrivals
from shopbell.interests.models import Waiting
from shopbell.orders.events import OrderPlaced, VariantBackInStock, VariantSoldOut
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
    for line in lines.filter(order__customer_id__in=waiting).order_by("order_id", "position"):
        product = Product.objects.filter(source=line.order.source, source_id=line.product_id)
        for key in product.values_list("pk", flat=True):
            assert line.order.customer_id is not None
            note_bought(customer_id=line.order.customer_id, product_id=key, variant=line.variant_id)


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
