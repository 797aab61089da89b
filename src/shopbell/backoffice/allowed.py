"""What a customer allowed and what is blocked, in words for staff."""

from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import address_hash, current_consents, suppressions
from shopbell.customers.models import Customer, IdentityKind
from shopbell.messaging.titles import medium_title


@dataclass(frozen=True, slots=True)
class Permission:
    """The newest word of a customer about one purpose on one channel."""

    title: str
    channel: str
    event: ConsentEvent


@dataclass(frozen=True, slots=True)
class Block:
    """An address that is not written to, and for what."""

    address: str
    channel: str
    scope: str
    row: Suppression


def permissions_of(customer: Customer) -> list[Permission]:
    """Return the current permissions, by purpose and channel."""
    found = [
        Permission(_purpose(purpose), medium_title(channel), event)
        for (_, purpose, channel), event in current_consents([customer.pk]).items()
    ]
    return sorted(found, key=lambda permission: (permission.title, permission.channel))


def blocks_of(store: Store, customer: Customer) -> list[Block]:
    """Return the blocks of every address of a customer (identities preloaded)."""
    mails, phones = {customer.email}, {customer.phone}
    for identity in customer.identities.all():
        if identity.kind == IdentityKind.EMAIL:
            mails.add(identity.value)
        elif identity.kind == IdentityKind.PHONE:
            phones.add(identity.value)
    ways = [("email", value) for value in mails if value]
    ways += [(medium, value) for medium in ("sms", "whatsapp") for value in phones if value]
    by_hash = {address_hash(store, medium, value): (medium, value) for medium, value in ways}
    found = [
        Block(by_hash[key][1], medium_title(by_hash[key][0]), _scope(row.scope), row)
        for key, rows in suppressions(by_hash).items()
        for row in rows
    ]
    return sorted(found, key=lambda block: (block.address, block.channel, block.scope))


def _purpose(key: str) -> str:
    return PURPOSES[key].title if key in PURPOSES else key.replace("_", " ").capitalize()


def _scope(scope: str) -> str:
    return "everything" if scope == "*" else _purpose(scope).lower()
