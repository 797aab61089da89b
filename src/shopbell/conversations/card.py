"""The customer's card beside a conversation: who it is, what they ordered, what they allow."""

from dataclasses import dataclass, field

from babel.core import Locale
from django.db.models import Case, Count, F, Sum, When, Window, prefetch_related_objects

from shopbell.accounts.models import Store
from shopbell.consent.models import ConsentAction
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import address_hash, current_consents, suppressions
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import earlier_conversations
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.customers.zones import best_zone
from shopbell.messaging.library import language_name
from shopbell.messaging.links import tracking_url
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN, State
from shopbell.messaging.titles import medium_title, title_of
from shopbell.orders.models import Order, Refund, Shipment
from shopbell.orders.ports import PaymentStatus
from shopbell.orders.queries import public_tracking_link
from shopbell.orders.standing import Standing, standing

ORDERS = 5
TOLD = 3
_PAID = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)
_ENGLISH = Locale("en")


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """One parcel: who carries it, its number, the carrier's own page."""

    carrier: str
    number: str
    link: str


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order of the card."""

    order: Order
    standing: Standing
    items: str
    track: str
    is_meant: bool
    parcels: list[ParcelLine] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Card:
    """Everything the right pane shows."""

    customer: Customer | None
    zone: str = ""
    identities: list[Identity] = field(default_factory=list)
    allowed: list[tuple[str, str]] = field(default_factory=list)
    blocked: list[tuple[str, str]] = field(default_factory=list)
    orders: list[OrderCard] = field(default_factory=list)
    order_count: int = 0
    told: list[tuple[Message, str]] = field(default_factory=list)
    spent: list[tuple[int, str]] = field(default_factory=list)
    speaks: str = ""
    lives_in: str = ""
    earlier: list[Conversation] = field(default_factory=list)


def card_of(conversation: Conversation, store: Store) -> Card:
    """Return the card of a conversation's customer."""
    customer = conversation.customer
    if customer is None:
        return Card(None)
    hidden = (IdentityKind.SHOP, IdentityKind.BROWSER)  # ids that say nothing to a person
    identities = [row for row in customer.identities.all() if row.kind not in hidden]
    orders, order_count, spent = _orders(customer, conversation, store)
    return Card(
        customer=customer,
        zone=_known_zone(customer),
        identities=identities,
        allowed=_allowed(customer),
        blocked=_blocked(store, customer, identities),
        orders=orders,
        order_count=order_count,
        told=[(row, title_of(row.kind)) for row in _last_told(customer)],
        spent=spent,
        speaks=language_name(customer.locale) if customer.locale else "",
        lives_in=str(_ENGLISH.territories.get(customer.country, customer.country)),
        earlier=earlier_conversations(conversation),
    )


def card_zone(conversation: Conversation, store: Store) -> str:
    """Return the time zone the customer lives in, as far as we can tell."""
    customer = conversation.customer
    return (_known_zone(customer) if customer else "") or store.timezone


def _known_zone(customer: Customer) -> str:
    """Return the zone that the profile, the number or the country tells, else ""."""
    return best_zone(
        profile=customer.timezone, phone=customer.phone, country=customer.country, store=""
    )


def _orders(
    customer: Customer, conversation: Conversation, store: Store
) -> tuple[list[OrderCard], int, list[tuple[int, str]]]:
    """Return the newest orders, the one it is about first; how many in all; what was paid in all.

    What was paid is counted by the database over all orders, per currency, less what went back.
    """
    paid = Case(When(payment__in=_PAID, then=F("total") - F("refunded")), default=0)
    rows = list(
        Order.objects.filter(customer=customer, is_stub=False)
        .prefetch_related("shipments", "lines")
        .annotate(
            in_all=Window(Count("pk")),
            spent=Window(Sum(paid), partition_by=[F("currency")]),
        )
        .defer("payload", "shipments__payload")
        .order_by("-placed_at", "-id")[:ORDERS]
    )
    if any(row.refunded for row in rows):
        prefetch_related_objects(rows, "refunds")
    found = [
        OrderCard(
            order=row,
            standing=standing(row),
            items=", ".join(f"{line.quantity} × {line.title}" for line in row.lines.all()[:4]),
            track=tracking_url(store, row),
            is_meant=row.pk == conversation.order_id,
            parcels=[_parcel(each) for each in row.shipments.all() if each.tracking_number],
            refunds=[each for each in row.refunds.all() if each.amount] if row.refunded else [],
        )
        for row in rows
    ]
    in_all: int = rows[0].in_all if rows else 0
    spent = {row.currency: int(row.spent) for row in rows if row.currency and row.spent}
    whole = [(amount, currency) for currency, amount in spent.items()]
    return sorted(found, key=lambda card: not card.is_meant), in_all, whole


def _parcel(row: Shipment) -> ParcelLine:
    return ParcelLine(row.carrier, row.tracking_number, public_tracking_link(row))


def _last_told(customer: Customer) -> list[Message]:
    rows = Message.objects.filter(customer=customer).exclude(kind="reply")
    done = rows.exclude(state__in=OPEN - {State.HELD})
    shown = done.only("kind", "medium", "state", "created_at")
    return list(shown.order_by("-created_at")[:TOLD])


def _allowed(customer: Customer) -> list[tuple[str, str]]:
    """Return (channel, purposes granted) of the newest words of a customer."""
    by_channel: dict[str, list[str]] = {}
    for (_, purpose, channel), event in sorted(current_consents([customer.pk]).items()):
        if event.action == ConsentAction.GRANTED:
            title = PURPOSES[purpose].title if purpose in PURPOSES else purpose
            by_channel.setdefault(medium_title(channel), []).append(title.lower())
    return [(name, ", ".join(titles)) for name, titles in by_channel.items()]


def _blocked(store: Store, customer: Customer, identities: list[Identity]) -> list[tuple[str, str]]:
    mails = {customer.email} | {row.value for row in identities if row.kind == IdentityKind.EMAIL}
    phones = {customer.phone} | {row.value for row in identities if row.kind == IdentityKind.PHONE}
    ways = [("email", value) for value in mails if value]
    ways += [(medium, value) for medium in ("sms", "whatsapp") for value in phones if value]
    names = {address_hash(store, medium, value): (medium, value) for medium, value in ways}
    return sorted(
        (medium_title(names[key][0]), row.get_reason_display())
        for key, rows in suppressions(names).items()
        for row in rows
    )
