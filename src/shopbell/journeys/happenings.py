"""Events as journeys see them: who it is about, which cart or order, and values to compare.

A newcomer's mistake: looking customers up event by event. A batch is looked up in one query for
each kind of thing it speaks of.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from shopbell.consent.events import ConsentChanged
from shopbell.customers.events import CustomerAdded, CustomerDid
from shopbell.events.registry import Fact, Recorded
from shopbell.feedback.events import CheckAnswered
from shopbell.interests.events import PriceDropped, ProductViewed, WaitingCalled, WaitingEnded
from shopbell.journeys.steps import DATE_REACHED, SILENT
from shopbell.orders.events import CartChanged, OrderPlaced, ShipmentStatusChanged
from shopbell.orders.models import Cart, Order, Shipment
from shopbell.orders.ports import ShipmentStatus
from shopbell.segments.events import SegmentEntered, SegmentLeft
from shopbell.segments.models import Segment


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a journey can start on, wait for or end with."""

    event: str
    at: datetime
    customer_id: uuid.UUID
    cart_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    values: dict[str, Any] = field(default_factory=dict)
    number: int = 0  # of its event in the log
    about: dict[str, str | int] = field(default_factory=dict)  # see `models.Enrolment`
    key: str = ""  # what makes it the same happening; "": its number


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event for people: as a start ("A cart is left") and as an end ("she ordered")."""

    fact: type[Fact] | None
    starts: str
    ends: str


_LIST = (
    Kind(ConsentChanged, "Somebody changes what they want to get", "They changed what they get"),
    Kind(CustomerAdded, "Somebody is seen for the first time", "They were seen"),
    Kind(CustomerDid, "An event of your own comes in", "The event came in"),
    Kind(CartChanged, "A cart or checkout is left", "The cart was completed"),
    Kind(OrderPlaced, "An order comes in", "They ordered"),
    Kind(ShipmentStatusChanged, "A parcel reaches a status", "The parcel moved on"),
    Kind(SegmentEntered, "Somebody comes into a segment", "They came into the segment"),
    Kind(SegmentLeft, "Somebody is in a segment no longer", "They left the segment"),
    Kind(CheckAnswered, "Somebody answers the satisfaction check", "They answered the check"),
    Kind(WaitingCalled, "What somebody waits for is back in stock", "It was their turn"),
    Kind(ProductViewed, "Somebody looks at a product", "They looked at a product"),
    Kind(PriceDropped, "Something they want costs less", "It costs less"),
    Kind(WaitingEnded, "Somebody waits no longer for a product", "They wait no longer"),
)
KINDS: dict[str, Kind] = {kind.fact.name: kind for kind in _LIST if kind.fact} | {
    SILENT: Kind(None, "Somebody reacts to no mail", "Nothing was heard of them"),
    DATE_REACHED: Kind(None, "A day comes that a customer has", "The day came"),
}
FACTS: tuple[type[Fact], ...] = tuple(kind.fact for kind in _LIST if kind.fact)

# What a fact tells of a thing, by what it is called in a run.
_ABOUT = {"product_id": "product", "variant": "variant", "waiting_id": "waiting", "previous": "was"}

type _Owners = dict[uuid.UUID, uuid.UUID | None]


def happenings(batch: Sequence[Recorded[Any]]) -> list[Happening]:
    """Return what a batch of events tells, without those of which nobody knows whose they are."""
    carts = _owners(Cart.objects.all(), batch, "cart_id")
    orders = _owners(Order.objects.filter(is_stub=False), batch, "order_id")
    waiting, keys = _still_on_its_way(batch), _keys_of_segments(batch)
    found = []
    for item in batch:
        values = _values(item.fact)
        if isinstance(item.fact, ShipmentStatusChanged):
            values["complete"] = item.fact.order_id not in waiting
        if isinstance(item.fact, SegmentEntered | SegmentLeft):
            segment = item.fact.segment_id
            values["segment"] = (str(segment), keys.get(segment) or str(segment))
        cart, order = getattr(item.fact, "cart_id", None), getattr(item.fact, "order_id", None)
        customer = getattr(item.fact, "customer_id", None)
        customer = customer or (carts.get(cart) if cart else None)
        customer = customer or (orders.get(order) if order else None)
        if customer is not None:
            name = type(item.fact).name
            about = {}
            if "product_id" in values:
                about = {key: told for name, key in _ABOUT.items() if (told := values.get(name))}
            found.append(
                Happening(name, item.occurred_at, customer, cart, order, values, item.id, about)
            )
    return found


def _owners(rows: Any, batch: Sequence[Recorded[Any]], name: str) -> _Owners:
    keys = {key for item in batch if (key := getattr(item.fact, name, None)) is not None}
    if not keys:
        return {}
    return dict(rows.filter(pk__in=keys).values_list("pk", "customer_id"))


def _still_on_its_way(batch: Sequence[Recorded[Any]]) -> set[uuid.UUID | None]:
    """Return the orders of which another parcel has not arrived yet."""
    facts = [item.fact for item in batch if isinstance(item.fact, ShipmentStatusChanged)]
    orders = {fact.order_id for fact in facts if fact.order_id is not None}
    if not orders:
        return set()
    rows = Shipment.objects.filter(order_id__in=orders, cancelled=False, returning=False)
    return set(rows.exclude(status=ShipmentStatus.DELIVERED).values_list("order_id", flat=True))


def _keys_of_segments(batch: Sequence[Recorded[Any]]) -> dict[uuid.UUID, str]:
    """Return the keys of the segments that came with Shopbell."""
    facts = (item.fact for item in batch)
    ids = {fact.segment_id for fact in facts if isinstance(fact, SegmentEntered | SegmentLeft)}
    if not ids:
        return {}
    return dict(Segment.objects.filter(pk__in=ids).exclude(key="").values_list("pk", "key"))


def _values(fact: Fact) -> dict[str, Any]:
    """Return the fields of a fact that can be compared."""
    names = (field.name for field in fields(fact))  # type: ignore[arg-type]
    found = {name: getattr(fact, name) for name in names}
    for name in ("product_id", "waiting_id"):
        if found.get(name) is not None:
            found[name] = str(found[name])
    return {name: value for name, value in found.items() if isinstance(value, str | int | bool)}


@dataclass(frozen=True, slots=True)
class Found:
    """Something that ends runs: when, about which order, and what to say of it."""

    at: datetime
    order_id: uuid.UUID
    says: str


type Recheck = Callable[[dict[uuid.UUID, datetime]], dict[uuid.UUID, list[Found]]]


def ordered_since(people: dict[uuid.UUID, datetime]) -> dict[uuid.UUID, list[Found]]:
    """Return what each has ordered since a moment of their own."""
    found: dict[uuid.UUID, list[Found]] = {}
    if not people:
        return found
    rows = Order.objects.filter(
        customer_id__in=people, is_stub=False, created_at__gt=min(people.values())
    )
    for customer, order, number, at in rows.order_by("created_at").values_list(
        "customer_id", "pk", "number", "created_at"
    ):
        if customer in people and at > people[customer]:
            found.setdefault(customer, []).append(Found(at, order, f"They ordered ({number})."))
    return found


# Ends that are looked up once more right before a message leaves: events may still be on their way.
RECHECKS: dict[str, Recheck] = {OrderPlaced.name: ordered_since}
