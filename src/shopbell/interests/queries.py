"""Reads about waiting lists: how many wait for what, and who."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet

from shopbell.interests.models import Arrival, Waiting, WaitingState
from shopbell.kit.errors import NotFound
from shopbell.orders.models import Product
from shopbell.orders.variants import variant_of

NEXT = 10  # shown as those who are told first
MOST = 200  # lists shown on one page


@dataclass(frozen=True, slots=True)
class List:
    """Those who wait, or waited, for one variant."""

    product: Product
    variant: str
    title: str
    stock: int | None
    waiting: int
    called: int
    bought: int
    left: int
    since: datetime | None  # the first who waits
    last: datetime | None
    next_at: datetime | None  # when the next batch is told

    @property
    def is_known(self) -> bool:
        """Whether the shop tells how many there are."""
        return self.stock is not None


def waiting_lists(*, product_id: uuid.UUID | None = None, variant: str = "") -> list[List]:
    """Return the lists, those with the most people who wait first."""
    rows = Waiting.objects.order_by()
    if product_id is not None:
        rows = rows.filter(product_id=product_id, variant=variant)
    counted = rows.values("product_id", "variant").annotate(
        waiting=Count("id", filter=Q(state=WaitingState.WAITING)),
        called=Count("id", filter=Q(called_at__isnull=False)),
        bought=Count("id", filter=Q(state=WaitingState.BOUGHT)),
        left=Count("id", filter=Q(state=WaitingState.LEFT)),
        first=Min("since", filter=Q(state=WaitingState.WAITING)),
        last=Max("since"),
    )
    found = list(counted.order_by("-waiting", "-last")[:MOST])
    products = Product.objects.defer("payload").in_bulk({each["product_id"] for each in found})
    open_ones = Arrival.objects.filter(is_over=False).values_list("product_id", "variant", "due_at")
    due = {(product, variant): at for product, variant, at in open_ones}
    lists = []
    for each in found:
        product = products[each["product_id"]]
        told = variant_of(product, each["variant"])
        lists.append(
            List(
                product=product,
                variant=each["variant"],
                title=told.title if told else "",
                stock=told.stock if told else None,
                waiting=each["waiting"],
                called=each["called"],
                bought=each["bought"],
                left=each["left"],
                since=each["first"],
                last=each["last"],
                next_at=due.get((product.pk, each["variant"])),
            )
        )
    return lists


def list_of(product_id: uuid.UUID, variant: str) -> List:
    """Return one list or raise `NotFound`."""
    found = waiting_lists(product_id=product_id, variant=variant)
    if not found:
        raise NotFound("Nobody waits for this.", remedy="Go back to the lists.")
    return found[0]


def people_of(product_id: uuid.UUID, variant: str) -> QuerySet[Waiting]:
    """Return who waits, or waited, for a variant."""
    rows = Waiting.objects.filter(product_id=product_id, variant=variant)
    return rows.select_related("customer")


def next_in_line(product_id: uuid.UUID, variant: str) -> list[Waiting]:
    """Return who is told first when it is back, in that order: who asked first."""
    rows = people_of(product_id, variant).filter(state=WaitingState.WAITING)
    return list(rows.order_by("since", "id")[:NEXT])
