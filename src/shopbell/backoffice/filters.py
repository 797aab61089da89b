"""Filters of the lists: which there are, what they mean in the database, and their chips.

A newcomer's mistake: joining to parcels in a filter. An order with two parcels would be listed
twice; ask with `Exists`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from shopbell.announcements.final import messages_that_count
from shopbell.announcements.queries import name_of_telling
from shopbell.announcements.reasons import HELD_BY_INCIDENT, PAUSED
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.messaging.models import Message
from shopbell.messaging.policy import zone_or_utc
from shopbell.messaging.ports import Medium
from shopbell.messaging.queries import messages_with_people
from shopbell.messaging.states import NOT_TOLD, OPEN_CASE, TOLD, State
from shopbell.messaging.titles import medium_name
from shopbell.orders.models import Order, Shipment
from shopbell.orders.ports import OrderStatus, PaymentStatus, ShipmentStatus

type Query = Mapping[str, str]

MOVING = [
    ShipmentStatus.PENDING,
    ShipmentStatus.INFO_RECEIVED,
    ShipmentStatus.IN_TRANSIT,
    ShipmentStatus.OUT_FOR_DELIVERY,
    ShipmentStatus.AVAILABLE_FOR_PICKUP,
]
BAD = [ShipmentStatus.EXCEPTION, ShipmentStatus.ATTEMPT_FAIL, ShipmentStatus.EXPIRED]
UNPAID = [PaymentStatus.FAILED, PaymentStatus.VOIDED]
# Messages are sent at most this long after they were queued: it bounds what "sent since" reads.
LONGEST_WAIT = timedelta(days=14)
MOST_WORDS = 6
_PLACED = Coalesce("placed_at", "created_at", output_field=DateTimeField())


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip with the address it leads to."""

    label: str
    href: str
    active: bool


def chips(choices: Mapping[str, str], query: Query, name: str, everything: str = "") -> list[Chip]:
    """Return the chips of a filter. The first takes it off; without `everything`, each toggles."""
    kept = {key: query[key] for key in query if key not in (name, "at")}
    chosen = query.get(name, "")
    made = [Chip(everything, _address(kept), chosen not in choices)] if everything else []
    for key, label in choices.items():
        active = chosen == key
        onward = kept if active and not everything else {**kept, name: key}
        made.append(Chip(label, _address(onward), active))
    return made


def address_without(query: Query, *names: str) -> str:
    """Return the address of the list without some of its filters."""
    return _address({key: query[key] for key in query if key not in (*names, "at")})


def _address(values: Mapping[str, str]) -> str:
    return f"?{urlencode({key: value for key, value in values.items() if value})}"


def words_of(query: Query) -> list[str]:
    """Return the words somebody searches for, few enough to be asked of the database."""
    return query.get("q", "").replace("\0", "").strip()[:100].split()[:MOST_WORDS]


# ---- orders -----------------------------------------------------------------------------------


def _parcel(wanted: Q) -> Exists:
    parcels = Shipment.objects.filter(order=OuterRef("pk"), cancelled=False)
    return Exists(parcels.filter(wanted))


ORDER_FILTERS: dict[str, tuple[str, Callable[[], Q]]] = {
    "waiting": ("To be sent", lambda: Q(status=OrderStatus.OPEN) & ~Q(_parcel(Q()))),
    "moving": ("On the way", lambda: Q(_parcel(Q(status__in=MOVING)))),
    "trouble": (
        "Need a look",
        lambda: (
            Q(_parcel(Q(status__in=BAD) | Q(status__in=MOVING, sub_status="delayed")))
            | Q(payment__in=UNPAID, status=OrderStatus.OPEN)
        ),
    ),
    "delivered": ("Delivered", lambda: Q(_parcel(Q(status=ShipmentStatus.DELIVERED)))),
    "cancelled": ("Cancelled", lambda: Q(status=OrderStatus.CANCELLED)),
}


def placed_since(moment: datetime) -> QuerySet[Order]:
    """Return orders placed since `moment`; none of them can have come in before it was placed."""
    rows = Order.objects.filter(is_stub=False, created_at__gte=moment)
    return rows.annotate(placed=_PLACED).filter(placed__gte=moment)


def listed_orders() -> QuerySet[Order]:
    """Return orders with what a list row shows and `placed`, the time they are ordered by."""
    rows: QuerySet[Order] = Order.objects.filter(is_stub=False).select_related("customer")
    rows = rows.prefetch_related("shipments").defer("payload", "shipments__payload")
    return rows.annotate(placed=_PLACED).order_by("-placed", "-id")


def orders(query: Query) -> QuerySet[Order]:
    """Return the orders a list page asks for."""
    rows = listed_orders()
    chosen = ORDER_FILTERS.get(query.get("show", ""))
    if chosen:
        rows = rows.filter(chosen[1]())
    for word in words_of(query):
        rows = rows.filter(
            Q(number__icontains=word.lstrip("#"))
            | Q(email__icontains=word)
            | Q(customer__first_name__istartswith=word)
            | Q(customer__last_name__istartswith=word)
            | Q(Exists(Shipment.objects.filter(order=OuterRef("pk"), tracking_number__iexact=word)))
        )
    return rows


# ---- messages ---------------------------------------------------------------------------------


def needs_person() -> Q:
    """Return what makes a message wait for somebody: held, in doubt, or failed since yesterday.

    What was sent again waits no more; should that fail too, the new one waits.
    """
    again = Message.objects.filter(resend_of=OuterRef("pk")).order_by()
    # All repetitions name the first message, so those of a repetition are its later siblings.
    later = Message.objects.filter(
        resend_of=OuterRef("resend_of"), created_at__gt=OuterRef("created_at")
    ).order_by()
    recent = Q(state=State.FAILED, created_at__gte=clock.now() - timedelta(days=1))
    # What an announcement or an open conversation holds is let go with it: nobody has to look at
    # it one by one.
    held = Q(state=State.HELD) & ~Q(reason__in=(HELD_BY_INCIDENT, PAUSED, OPEN_CASE))
    stuck = held | Q(state=State.IN_DOUBT) | recent
    return stuck & ~Q(Exists(again)) & ~Q(Exists(later))


MESSAGE_FILTERS: dict[str, tuple[str, Callable[[], Q]]] = {
    "told": ("Told", lambda: Q(state__in=TOLD)),
    "person": ("Need a person", needs_person),
    "waiting": ("Waiting", lambda: Q(state__in=[State.QUEUED, State.CLAIMED, State.HANDED])),
    "not_told": ("Not told", lambda: Q(state__in=NOT_TOLD)),
    "failed": ("Failed", lambda: Q(state=State.FAILED)),
}
WHEN = {"today": "Today"}
MEDIA = {"email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp"}


def start_of_day(zone: str) -> datetime:
    """Return midnight of today in a store's zone."""
    local = clock.now().astimezone(zone_or_utc(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def messages(query: Query, zone: str = "UTC") -> QuerySet[Message]:
    """Return the messages a list page asks for. "Today" is the store's; told: sent today."""
    rows = messages_with_people()
    show = query.get("show", "")
    if show in MESSAGE_FILTERS:
        rows = rows.filter(MESSAGE_FILTERS[show][1]())
    if query.get("channel") in MEDIA:
        rows = rows.filter(medium=Medium(query["channel"]))
    rows = _of_telling(rows, query)
    if query.get("reason"):
        rows = rows.filter(reason=query["reason"].replace("\0", "")[:40])
    if query.get("when") == "today":
        day = start_of_day(zone)
        if show == "told":
            rows = rows.filter(sent_at__gte=day, created_at__gte=day - LONGEST_WAIT)
        else:
            rows = rows.filter(created_at__gte=day)
    for word in words_of(query):
        rows = rows.filter(
            Q(to_address__icontains=word)
            | Q(to_name__icontains=word)
            | Q(customer__first_name__istartswith=word)
            | Q(customer__last_name__istartswith=word)
            | Q(order__number__icontains=word.lstrip("#"))
            | Q(kind__icontains=word)
        )
    return rows


def _of_telling(rows: QuerySet[Message], query: Query) -> QuerySet[Message]:
    """Narrow to the messages of one announcement, as the numbers of its report lead here."""
    telling = _uuid(query.get("telling", ""))
    if telling is None:
        return rows
    rows = rows.filter(pk__in=messages_that_count(telling))
    if query.get("sent_by") in Medium:
        rows = rows.filter(medium=Medium(query["sent_by"]))
    states = [each for each in query.get("state", "").split(",") if each in State]
    return rows.filter(state__in=states) if states else rows


def announcement_named(query: Query) -> str:
    """Return the name of the announcement whose messages are asked for, with what of them."""
    telling = _uuid(query.get("telling", ""))
    name = name_of_telling(telling) if telling else ""
    states = [str(State(each).label) for each in query.get("state", "").split(",") if each in State]
    said = [name, medium_name(query["sent_by"]) if query.get("sent_by") in Medium else ""]
    return ", ".join(filter(None, [*said, " or ".join(states)])) if name else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


REASONS = {
    "incident": "Held while an announcement runs",
    "announcement_paused": "The announcement is paused",
    "announcement_stopped": "The announcement was stopped",
    OPEN_CASE: "A conversation is open",
    "quiet_hours": "Quiet hours",
    "region_rule": "Rules of the place",
    "over_budget": "Told enough already",
    "store_paused": "Sending is paused",
    "too_late": "Too late to help",
    "no_inbox": "No account connected",
    "no_channel": "No channel fits",
    "no_address": "No address",
    "no_opt_in": "No permission given",
    "hard_bounce": "The address does not exist",
    "mailbox_full": "The mailbox is full",
    "order_cancelled": "The order was cancelled",
    "delivered": "The parcel has arrived already",
    "other_channel": "Another channel was used",
    "not_tried": "Not tried",
    "in_doubt": "The provider kept silent",
    "orphaned": "Interrupted while sending",
    "again": "Sent again after a doubt",
    "broken": "The text is broken",
    "no_purpose": "Unknown purpose",
}


def reasons(query: Query, zone: str) -> list[tuple[Chip, int]]:
    """Return the reasons of the last fourteen days, most frequent first, within other filters."""
    kept = {key: query[key] for key in query if key not in ("reason", "at")}
    rows = messages(kept, zone).filter(created_at__gte=clock.now() - LONGEST_WAIT)
    counted = rows.exclude(reason="").order_by().values("reason").annotate(n=Count("pk"))
    chosen = query.get("reason", "")
    return [
        (Chip(reason_words(key), _address({**kept, "reason": key}), key == chosen), number)
        for key, number in counted.order_by("-n", "reason").values_list("reason", "n")[:30]
    ]


def reason_words(reason: str) -> str:
    """Return a reason as people read it."""
    return REASONS.get(reason, reason.replace("_", " ").capitalize())


# ---- customers --------------------------------------------------------------------------------


def customers(query: Query) -> QuerySet[Customer]:
    """Return the customers a list page asks for, with `orders_count`."""
    count = Order.objects.filter(customer=OuterRef("pk"), is_stub=False).order_by()
    counted = count.values("customer").annotate(n=Count("pk")).values("n")
    rows: QuerySet[Customer] = Customer.objects.filter(erased_at=None)
    rows = rows.annotate(orders_count=Coalesce(Subquery(counted), 0))
    for word in words_of(query):
        rows = rows.filter(
            Q(first_name__istartswith=word)
            | Q(last_name__istartswith=word)
            | Q(email__icontains=word)
            | Q(phone__contains=word)
        )
    return rows
