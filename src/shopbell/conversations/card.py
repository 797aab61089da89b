"""The customer's card beside a conversation: who it is, what they ordered, what they allow."""

from dataclasses import dataclass, field

from django.db.models import Count, Window

from shopbell.accounts.models import Store
from shopbell.consent.models import ConsentAction
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import address_hash, current_consents, suppressions
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import earlier_conversations
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.customers.zones import best_zone
from shopbell.messaging.links import tracking_url
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN, State
from shopbell.messaging.titles import medium_title, title_of
from shopbell.orders.models import Order
from shopbell.orders.standing import Standing, standing

ORDERS = 5


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order of the card."""

    order: Order
    standing: Standing
    items: str
    track: str
    is_meant: bool


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
    last_told: Message | None = None
    last_title: str = ""
    earlier: list[Conversation] = field(default_factory=list)


def card_of(conversation: Conversation, store: Store) -> Card:
    """Return the card of a conversation's customer."""
    customer = conversation.customer
    if customer is None:
        return Card(None)
    hidden = (IdentityKind.SHOP, IdentityKind.BROWSER)  # ids that say nothing to a person
    identities = [row for row in customer.identities.all() if row.kind not in hidden]
    last = _last_told(customer)
    orders, order_count = _orders(customer, conversation, store)
    return Card(
        customer=customer,
        zone=card_zone(conversation, store),
        identities=identities,
        allowed=_allowed(customer),
        blocked=_blocked(store, customer, identities),
        orders=orders,
        order_count=order_count,
        last_told=last,
        last_title=title_of(last.kind) if last else "",
        earlier=earlier_conversations(conversation),
    )


def card_zone(conversation: Conversation, store: Store) -> str:
    """Return the time zone the customer lives in, as far as we can tell."""
    customer = conversation.customer
    if customer is None:
        return store.timezone
    return best_zone(
        profile=customer.timezone,
        phone=customer.phone,
        country=customer.country,
        store=store.timezone,
    )


def _orders(
    customer: Customer, conversation: Conversation, store: Store
) -> tuple[list[OrderCard], int]:
    """Return the newest orders, the one it is about first, and how many there are in all."""
    rows = list(
        Order.objects.filter(customer=customer, is_stub=False)
        .prefetch_related("shipments", "lines")
        .annotate(in_all=Window(Count("pk")))
        .defer("payload", "shipments__payload")
        .order_by("-placed_at", "-id")[:ORDERS]
    )
    found = [
        OrderCard(
            order=row,
            standing=standing(row),
            items=", ".join(f"{line.quantity} × {line.title}" for line in row.lines.all()[:4]),
            track=tracking_url(store, row),
            is_meant=row.pk == conversation.order_id,
        )
        for row in rows
    ]
    in_all: int = rows[0].in_all if rows else 0
    return sorted(found, key=lambda card: not card.is_meant), in_all


def _last_told(customer: Customer) -> Message | None:
    rows = Message.objects.filter(customer=customer).exclude(kind="reply")
    done = rows.exclude(state__in=OPEN - {State.HELD}).defer("html", "text", "data")
    return done.order_by("-created_at").first()


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
