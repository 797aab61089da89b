"""Whose phone and mailbox it is: one person with all their addresses, customer or not.

On Instagram the same person is another customer of the store, as long as nothing proves that they
are one; the phone in their hand is still one. A newcomer's mistake: looking by customer alone.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from shopbell.connections.models import Connection
from shopbell.customers.models import Customer, Identity, IdentityKind
from shopbell.messaging.models import Message
from shopbell.messaging.ports import BY_NUMBER, CHANNELS, Medium
from shopbell.sandbox.models import Handset

# The apps of the phone, in the order of its dock.
APPS: dict[str, str] = {
    Medium.SMS: "Messages",
    Medium.WHATSAPP: "WhatsApp",
    Medium.INSTAGRAM: "Instagram",
    Medium.MESSENGER: "Messenger",
    Medium.TELEGRAM: "Telegram",
}


@dataclass(slots=True)
class Holder:
    """One person. `addresses` are those by medium at which messages for them arrive."""

    key: str
    name: str
    email: str = ""
    handset: Handset | None = None
    customer: Customer | None = None
    customers: set[uuid.UUID] = field(default_factory=set)
    addresses: dict[str, list[str]] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """The phone number, if there is one."""
        found = self.addresses.get(Medium.SMS)
        return found[0] if found else ""

    @property
    def all_addresses(self) -> set[str]:
        """Every address at which messages arrive."""
        mails = {self.email} if self.email else set()
        return mails.union(*self.addresses.values())

    def hears(self, medium: str) -> bool:
        """Whether the phone is on and the shop not blocked there."""
        return self.handset is None or self.handset.hears(medium)

    def has_blocked(self, medium: str) -> bool:
        """Whether this person has blocked the shop there."""
        return self.handset is not None and medium in self.handset.blocked

    @property
    def is_off(self) -> bool:
        """Whether the phone is switched off."""
        return self.handset is not None and self.handset.off_at is not None


def handsets() -> list[Handset]:
    """Return all phones of the store in scope that somebody ever took into the hand."""
    return list(Handset.objects.select_related("customer").order_by("-created_at", "-id")[:500])


def holder_of(key: str, inboxes: Iterable[Connection]) -> Holder | None:
    """Return the person behind a key of the page: a customer's id, a number, an address."""
    customer = _customer(key)
    if customer is None and _is_uuid(key):
        return None
    if customer is None:
        handset = Handset.objects.filter(number=key, customer=None).first()
        holder = Holder(key, handset.name if handset else key, handset=handset)
        holder.email = key if "@" in key else ""
    else:
        handset = Handset.objects.filter(customer=customer).first() or _borrowed(customer)
        holder = Holder(key, str(customer), customer.email, handset, customer, {customer.pk})
    _gather(holder, list(inboxes))
    return holder


def owners(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Handset]:
    """Return the phones at these pairs of medium and address."""
    found: dict[tuple[str, str], Handset] = {}
    for handset in handsets():
        for medium in APPS:
            address = handset.number if medium in BY_NUMBER else handset.platform_id
            if address and (medium, address) in keys:
                found[medium, address] = handset
    return found


def phones_of(messages: Iterable[Message]) -> dict[uuid.UUID, Handset]:
    """Return the phones that messages went to, by the id of the message."""
    phones = handsets()
    by_customer: dict[uuid.UUID | None, Handset] = {
        phone.customer_id: phone for phone in phones if phone.customer_id
    }
    by_address = {phone.number: phone for phone in phones if phone.number}
    by_address |= {phone.platform_id: phone for phone in phones}
    found = {}
    for message in messages:
        phone = by_address.get(message.to_address) or by_customer.get(message.customer_id)
        if phone is not None and message.medium in APPS:
            found[message.pk] = phone
    return found


def _gather(holder: Holder, inboxes: list[Connection]) -> None:
    """Find all addresses of a person, and the customers they are to the store."""
    handset = holder.handset
    numbers = [handset.number if handset else "", holder.customer.phone if holder.customer else ""]
    if not holder.customer and not handset and holder.key.startswith("+"):
        numbers.append(holder.key)
    mine = list(dict.fromkeys(filter(None, numbers)))
    if handset is not None and handset.customer_id:
        holder.customers.add(handset.customer_id)
    names = [f"{row.slug}:{handset.platform_id}" for row in inboxes] if handset else []
    rows = Identity.objects.filter(
        Q(kind=IdentityKind.PHONE, value__in=mine, verified=True)
        | Q(kind__in=APPS, value__in=names)
        | Q(kind__in=APPS, customer__in=holder.customers)
    ).order_by("created_at", "id")
    handles: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        holder.customers.add(row.customer_id)
        if row.kind in APPS:
            handles[row.kind].append(row.value.partition(":")[2])
    for medium in APPS:
        if medium in BY_NUMBER:
            holder.addresses[medium] = mine
        else:
            own = [handset.platform_id] if handset else []
            holder.addresses[medium] = list(dict.fromkeys([*handles[medium], *own]))


def _customer(key: str) -> Customer | None:
    if _is_uuid(key):
        return Customer.objects.filter(pk=key).first()
    if not key.startswith("+"):
        return None
    # Somebody made up here, who has written since: the customer of that number.
    if Handset.objects.filter(number=key, customer=None).exists():
        return None
    return Customer.objects.filter(phone=key, erased_at=None).order_by("pk").first()


def _borrowed(customer: Customer) -> Handset | None:
    """Return the phone of somebody made up here who became this customer by writing."""
    rows = Identity.objects.filter(customer=customer, kind__in=[*APPS, IdentityKind.PHONE])
    values = {row.value.rpartition(":")[2] for row in rows} | {customer.phone}
    return next(
        (each for each in handsets() if {each.number, each.platform_id} & (values - {""})), None
    )


def inbox_for(medium: str, inboxes: Iterable[Connection]) -> Connection | None:
    """Return the sandbox inbox of a medium; of several the oldest."""
    mine = [row for row in inboxes if CHANNELS.get(row.connector).capabilities.medium == medium]
    return min(mine, key=lambda row: row.created_at, default=None)


def _is_uuid(key: str) -> bool:
    try:
        uuid.UUID(key)
    except ValueError:
        return False
    return True
