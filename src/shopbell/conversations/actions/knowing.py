"""Finding out who writes on a platform: linked to a customer of the shop on proof, and back.

The platform proves an account and nothing more. A newcomer's mistake: linking by a name or a
picture. What counts is an order number with the e-mail address that belongs to it; else a person
says how they know, and that is kept.
"""

from django.db import transaction
from django.db.models import Q

from shopbell.accounts.models import User
from shopbell.connections.models import Connection
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.messages.introducing import introduced
from shopbell.conversations.models import Conversation, Entry
from shopbell.conversations.search.keeping import keep_anew
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line
from shopbell.messaging.models import Message
from shopbell.messaging.ports import CHANNELS, Written
from shopbell.orders.models import Order

PLATFORMS = frozenset(
    {
        IdentityKind.INSTAGRAM,
        IdentityKind.MESSENGER,
        IdentityKind.TELEGRAM,
        IdentityKind.CUSTOM,
    }
)
LINKED = "linked_customer"  # key of the activity's data
_SHORTEST_REASON = 5


@transaction.atomic
def link_customer(
    *,
    conversation: Conversation,
    order_number: str = "",
    email: str = "",
    reason: str = "",
    by: User | None,
) -> Customer:
    """Make who writes here on a platform one of the shop's customers; all they wrote goes along.

    An order number and its e-mail address are proof. With one of them alone, or where they do not
    fit, nothing is linked unless `reason` says how somebody knows.

    Raises:
        Invalid: nobody is found, or there is neither proof nor reason.
        Conflict: the writer is known by an address already, or is that customer.
    """
    row = locked(conversation)
    stranger = _stranger(row)
    number, address = one_line(order_number, 60).strip(), one_line(email, 320).strip().lower()
    orders = _orders(number)
    proved = [order for order in orders if address and address in _addresses(order)]
    why = one_line(reason, 300).strip()
    if proved:
        customer, said = proved[0].customer, f"gave order {number} and its e-mail address"
    else:
        if len(why) < _SHORTEST_REASON:
            raise Invalid(
                "That proves nothing: the order number and the e-mail address do not fit.",
                fields={"reason": "Say how you know it, or ask the customer for both."},
                kept="Nothing was linked.",
            )
        customer, said = _by_hand(orders, address), why
    if customer is None:
        raise Invalid("There is no such customer.", kept="Nothing was linked.")
    if customer.pk == stranger.pk:
        raise Conflict("They are that customer already.", kept="Nothing was changed.")
    identities = [(identity.kind, identity.value) for identity in stranger.identities.all()]
    _hand_over(stranger, customer, identities)
    meant = proved[0] if proved else next(iter(orders), None)
    Conversation.objects.filter(pk=row.pk, order=None).update(order=meant)
    told = {
        "stranger": str(stranger.pk),
        "customer": str(customer.pk),
        "identities": identities,
        "proved": bool(proved),
    }
    row.refresh_from_db()
    log_activity(row, f"Linked to {customer}: {said}", by=by, **{LINKED: told})
    tell_pages(row)
    return customer


@transaction.atomic
def unlink_customer(*, entry: Entry, by: User | None) -> None:
    """Take a link back: what was written on the platform belongs to nobody of the shop again.

    Raises:
        Invalid: the entry tells of no link.
        Conflict: it was taken back already.
    """
    row = locked(entry.conversation)
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    told = entry.data.get(LINKED)
    if not told:
        raise Invalid("This tells of no link.")
    stranger = Customer.objects.filter(pk=told["stranger"]).first()
    customer = Customer.objects.filter(pk=told["customer"]).first()
    if told.get("undone") or stranger is None or customer is None:
        raise Conflict("This link was taken back already.", kept="Nothing was changed.")
    _hand_over(customer, stranger, [(kind, value) for kind, value in told["identities"]])
    Conversation.objects.filter(customer=stranger, order__customer=customer).update(order=None)
    entry.data[LINKED] = told | {"undone": True}
    entry.save(update_fields=["data"])
    row.refresh_from_db()
    log_activity(row, f"No longer linked to {customer}", by=by)
    tell_pages(row)


def _stranger(row: Conversation) -> Customer:
    """Return who writes here, if they are known by a platform alone."""
    customer = row.customer
    kinds = {identity.kind for identity in customer.identities.all()} if customer else set()
    if customer is None or not kinds or not kinds <= PLATFORMS:
        raise Conflict(
            "Who writes here is known by an address already.", kept="Nothing was changed."
        )
    return customer


def _orders(number: str) -> list[Order]:
    """Return the orders a customer may mean by a number, with or without its sign."""
    bare = number.lstrip("#").strip()
    if not bare:
        return []
    rows = Order.objects.select_related("customer").exclude(customer=None)
    return list(rows.filter(number__in=[number, bare, f"#{bare}"]).order_by("-placed_at")[:10])


def _addresses(order: Order) -> set[str]:
    own = {order.email.lower()}
    return (own | {order.customer.email.lower()} if order.customer else own) - {""}


def _by_hand(orders: list[Order], address: str) -> Customer | None:
    found = list(Customer.objects.filter(email__iexact=address)[:2]) if address else []
    named = {order.customer_id: order.customer for order in orders}
    if len(found) == 1:
        return found[0]
    return next(iter(named.values())) if len(named) == 1 else None


def _hand_over(giver: Customer, taker: Customer, identities: list[tuple[str, str]]) -> None:
    """Give identities to another customer, and everything that was written under them."""
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=[giver.pk, taker.pk]))
    for kind, value in identities:
        rows = Identity.objects.filter(kind=kind, value=value, customer=giver)
        rows.update(customer=taker)
        address = value.partition(":")[2]
        lines = Q(threads__medium=kind, threads__address=address)
        talks = Conversation.objects.filter(lines, customer=giver)
        keys = list(talks.values_list("pk", flat=True).distinct())
        Conversation.objects.filter(pk__in=keys).update(customer=taker)
        written = Entry.objects.filter(customer=giver, sender_address=address)
        written.filter(thread__medium=kind).update(customer=taker)
        Message.objects.filter(customer=giver, medium=kind, to_address=address).update(
            customer=taker
        )
        keep_anew(keys)


def know_by_link(connection: Connection, written: Written) -> None:
    """Take who opens a chat with a link of ours for the customer it was made for.

    In the scope and transaction of the caller. A link that has ended proves nothing.
    """
    told = written.data.get("referral")
    payload = str(told.get("ref", "")) if isinstance(told, dict) else ""
    customer = introduced(connection.store, payload) if payload else None
    if customer is None:
        return
    kind = str(CHANNELS.get(connection.connector).capabilities.medium)
    value = f"{connection.slug}:{written.sender}"[:320]
    identity, is_new = Identity.objects.select_related("customer").get_or_create(
        kind=kind,
        value=value,
        defaults={
            "customer": customer,
            "verified": True,
            "source": f"{connection.connector}/{connection.slug}",
        },
    )
    known = {each.kind for each in identity.customer.identities.all()}
    if not is_new and identity.customer_id != customer.pk and known <= PLATFORMS:
        _hand_over(identity.customer, customer, [(kind, value)])
