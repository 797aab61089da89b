"""What a customer allowed and what is blocked, in words for staff."""

from dataclasses import dataclass, field
from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.backoffice.proofs import Proved, proof_of
from shopbell.consent.lifting import blocked_addresses
from shopbell.consent.models import ConsentAction, ConsentEvent, Preference, Suppression
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import current_consents, is_granted, preferences, topics
from shopbell.consent.soft import CHANNEL, PURPOSE, buyers, objection, soft_opt_in_of
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.messaging.library import language_name
from shopbell.messaging.titles import medium_title

MOST_EARLIER = 20


@dataclass(frozen=True, slots=True)
class Permission:
    """The newest word of a customer about one purpose on one channel, and what led to it.

    `topics`: what was said of each topic, by name. `earlier`: the words before, the newest first.
    """

    title: str
    channel: str
    event: ConsentEvent
    language: str = ""
    proof: list[Proved] = field(default_factory=list)
    topics: list[tuple[str, bool]] = field(default_factory=list)
    earlier: list[ConsentEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Block:
    """An address that is not written to, and for what."""

    address: str
    channel: str
    scope: str
    row: Suppression
    needs_proof: bool = False  # only the customer's own word lifts it


@dataclass(frozen=True, slots=True)
class Existing:
    """Whether the exception for existing customers holds for somebody. `against` "": it does."""

    against: str
    bought_at: datetime | None
    months: int


def permissions_of(customer: Customer) -> list[Permission]:
    """Return the current permissions, by purpose and channel."""
    rows = ConsentEvent.objects.filter(customer=customer).order_by("-occurred_at", "-id")
    said: dict[tuple[str, str], dict[str, list[ConsentEvent]]] = {}
    for row in rows:
        by_topic = said.setdefault((row.purpose, row.channel), {})
        by_topic.setdefault(row.topic, []).append(row)
    names = {topic.key: topic.name_in("en") for topic in topics()}
    found = [
        _permission(purpose, channel, by_topic, names)
        for (purpose, channel), by_topic in said.items()
    ]
    return sorted(found, key=lambda permission: (permission.title, permission.channel))


def _permission(
    purpose: str, channel: str, said: dict[str, list[ConsentEvent]], names: dict[str, str]
) -> Permission:
    whole = said.get("") or next(iter(said.values()))
    return Permission(
        title=_purpose(purpose),
        channel=medium_title(channel),
        event=whole[0],
        language=language_name(whole[0].language) if whole[0].language else "",
        proof=proof_of(whole[0]),
        topics=sorted(
            (names.get(key, key), rows[0].action == ConsentAction.GRANTED)
            for key, rows in said.items()
            if key
        ),
        earlier=whole[1 : 1 + MOST_EARLIER] if "" in said else [],
    )


def as_existing_customer(store: Store, customer: Customer) -> Existing | None:
    """Return whether offers may go to them without a permission; None: no such rule, or no need."""
    soft = soft_opt_in_of(store)
    consents = current_consents([customer.pk])
    if soft is None or is_granted(consents, (customer.pk, PURPOSE, CHANNEL)):
        return None
    buyer = buyers(store, [customer.pk]).get(customer.pk)
    now = clock.now()
    said = objection(soft, buyer, now=now, address=customer.email, topic=None)
    bought = buyer.bought_at if buyer else None
    return Existing(against=said, bought_at=bought, months=soft.months)


def wishes_of(customer: Customer) -> Preference | None:
    """Return what a customer wishes about offers besides yes and no; None: nothing."""
    return preferences([customer.pk]).get(customer.pk)


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
