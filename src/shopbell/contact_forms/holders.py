"""Who fills in a form, as far as that is proved: a stranger, a customer, or the holder of a link.

The shop's page vouches for a customer by a signed word, the same as for the chat; the order page
hands on the token of its own link. Either travels in a hidden field, the ticket. A newcomer's
mistake: believing that whoever holds a link is the customer. Links are forwarded: the holder may
speak about that one order, and is the customer only when the answer goes to the order's address.
"""

import hmac
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from shopbell.accounts.links import unsign
from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.queries import account_of
from shopbell.conversations.identity import claims_of
from shopbell.conversations.visitors import KNOWN_SECONDS, known_visitor
from shopbell.customers.actions import confirm_address, record_people
from shopbell.customers.models import Customer
from shopbell.customers.normalise import email_key
from shopbell.customers.ports import Person
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.kit.ids import keyed
from shopbell.orders.models import Order

RECENT = timedelta(days=730)
MOST_ORDERS = 15
_SHUT = (ConnectionState.OFF, ConnectionState.REMOVED)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who it is. `address` is where an answer goes if none is typed; `ticket` proves it again."""

    customer: Customer | None = None
    by_link: bool = False
    orders: list[Order] = field(default_factory=list)
    address: str = ""
    ticket: str = ""

    @property
    def order(self) -> Order | None:
        """The order whose link they hold."""
        return self.orders[0] if self.by_link and self.orders else None

    def person_at(self, address: str) -> Customer | None:
        """Return the customer who wrote, when the answer goes to `address`."""
        if self.by_link and address != email_key(self.address):
            return None
        return self.customer


STRANGER = Holder()


def holder_of(store: Store, ticket: str) -> Holder:
    """Return whom a ticket speaks for; a wrong or old one is a stranger's."""
    kind, _, rest = ticket.partition(":")
    if kind == "t":
        return holder_of_link(store, rest)
    if kind == "c":
        return _of_ticket(store, rest)
    return STRANGER


def holder_of_link(store: Store, token: str) -> Holder:
    """Return the holder of the link of an order's page."""
    try:
        place, order_id = unsign(token, "track")
    except NotFound:
        return STRANGER
    order = Order.objects.select_related("customer").filter(pk=order_id, is_stub=False).first()
    if place.pk != store.pk or order is None:
        return STRANGER
    address = order.email or (order.customer.email if order.customer else "")
    return Holder(
        customer=order.customer,
        by_link=True,
        orders=[order],
        address=email_key(address),
        ticket=f"t:{token}",
    )


def holder_by_word(store: Store, word: str) -> Holder:
    """Return the customer whom the shop's page vouches for by a JWT."""
    chat = Connection.objects.filter(connector="widget").exclude(state__in=_SHUT).first()
    if chat is None or not word:
        return STRANGER
    chosen = account_of(chat, store).settings
    secrets = [
        secret.get_secret_value()
        for name in ("identity_secret", "earlier_identity_secret")
        if (secret := getattr(chosen, name, None)) is not None
    ]
    claims = claims_of(word, secrets=secrets, audience=store.slug, now=clock.now())
    if claims is None:
        return STRANGER
    first, _, last = claims.name.partition(" ")
    [customer] = record_people(
        people=[
            Person(
                source="widget",
                source_id=claims.subject,
                email=claims.email,
                email_verified=bool(claims.email),
                browser=known_visitor(store, claims.subject).id,
                first_name=first,
                last_name=last,
            )
        ]
    )
    if customer is None:
        return STRANGER
    if claims.email:
        confirm_address(customer=customer, email=claims.email)
    return _customer(store, customer)


def _customer(store: Store, customer: Customer) -> Holder:
    until = int(clock.now().timestamp()) + KNOWN_SECONDS
    body = f"{customer.pk.hex}.{until}"
    return _known(customer, f"c:{body}.{_mac(store, body)}")


def _of_ticket(store: Store, rest: str) -> Holder:
    body, _, mac = rest.rpartition(".")
    key, _, until = body.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(store, body).encode()):
        return STRANGER
    if int(until) < clock.now().timestamp():
        return STRANGER
    customer = Customer.objects.filter(pk=uuid.UUID(key)).first()
    return _known(customer, f"c:{rest}") if customer else STRANGER


def _known(customer: Customer, ticket: str) -> Holder:
    since = clock.now() - RECENT
    orders = customer.orders.filter(is_stub=False, placed_at__gte=since)
    return Holder(
        customer=customer,
        orders=list(orders.order_by("-placed_at")[:MOST_ORDERS]),
        address=email_key(customer.email),
        ticket=ticket,
    )


def _mac(store: Store, body: str) -> str:
    return keyed(store.link_key, "form-customer", body, length=32)
