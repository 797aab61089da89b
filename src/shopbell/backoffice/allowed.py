"""What a customer allowed and what is blocked, in words for staff."""

from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.consent.lifting import blocked_addresses
from shopbell.consent.models import ConsentEvent, Suppression
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import current_consents
from shopbell.customers.models import Customer
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
    needs_proof: bool = False  # only the customer's own word lifts it


def permissions_of(customer: Customer) -> list[Permission]:
    """Return the current permissions, by purpose and channel."""
    found = [
        Permission(_purpose(purpose), medium_title(channel), event)
        for (_, purpose, channel), event in current_consents([customer.pk]).items()
    ]
    return sorted(found, key=lambda permission: (permission.title, permission.channel))


def blocks_of(store: Store, customer: Customer) -> list[Block]:
    """Return the blocks of every address of a customer (identities preloaded)."""
    found = [
        Block(
            each.address,
            medium_title(each.medium),
            _scope(each.row.scope),
            each.row,
            each.needs_proof,
        )
        for each in blocked_addresses(store, customer)
    ]
    return sorted(found, key=lambda block: (block.address, block.channel, block.scope))


def _purpose(key: str) -> str:
    return PURPOSES[key].title if key in PURPOSES else key.replace("_", " ").capitalize()


def _scope(scope: str) -> str:
    return "everything" if scope == "*" else _purpose(scope).lower()
