"""What the send gate looks at, loaded once for a batch, and the words it answers with.

A newcomer's mistake: asking the database from within a rule. What a rule needs is read here, for
all messages of a batch in few queries.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.models import ConsentEvent, Preference, Suppression
from shopbell.consent.purposes import PURPOSES, Purpose
from shopbell.consent.queries import (
    Choice,
    Permission,
    address_hash,
    current_choices,
    preferences,
    suppressions,
    whole_purposes,
)
from shopbell.consent.soft import Buyer, SoftOptIn, buyers, soft_opt_in_of
from shopbell.kit import clock
from shopbell.messaging.approved import text_kind
from shopbell.messaging.budget import Ledger, load_ledger, seldom_of
from shopbell.messaging.inboxes import first_of_each, sending_inboxes
from shopbell.messaging.models import Message
from shopbell.messaging.policy import Policy, policy_of
from shopbell.messaging.ports import CHANNELS, TELLING, Medium
from shopbell.messaging.reaching import FREE, Reach, Way, load_reach

# A test goes where it is told to go, and so do an answer to what somebody wrote from there and an
# alert to somebody who works here.
ADDRESSED = ("test", "agent", "staff")
MARKETING = "marketing"
COPIES = ("cc", "bcc")  # where a message's data names who else gets it


class Answer(StrEnum):
    """What the gate says."""

    SEND = "send"
    WAIT = "wait"
    HOLD = "hold"
    SKIP = "skip"
    SUPPRESS = "suppress"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes: the inbox it leaves from, the address it goes to."""

    connection: Connection
    medium: Medium
    address: str
    way: Way = FREE
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # why somebody who should get a copy gets none
    is_soft: bool = False  # it goes to an existing customer, without a permission


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer with its reason."""

    answer: Answer
    reason: str = ""
    text: str = ""
    until: datetime | None = None
    route: Route | None = None
    skipped_media: tuple[str, ...] = ()
    is_told: bool = True  # in the message's history


@dataclass(slots=True)
class Facts:
    """What the rules look at, loaded once for a batch."""

    store: Store
    policy: Policy
    now: datetime
    inboxes: dict[Medium, Connection]
    chosen: dict[str, Connection] = field(default_factory=dict)
    blocks: dict[str, list[Suppression]] = field(default_factory=dict)
    choices: dict[Choice, ConsentEvent] = field(default_factory=dict)
    consents: dict[Permission, ConsentEvent] = field(default_factory=dict)
    soft: SoftOptIn | None = None
    buyers: dict[uuid.UUID, Buyer] = field(default_factory=dict)
    wishes: dict[uuid.UUID, Preference] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)
    told: Ledger = field(default_factory=Ledger)
    rulings: list["Ruling"] = field(default_factory=list)


type Ruling = Callable[[Message], tuple[Answer, str, str] | None]
RULINGS: list[Callable[[Sequence[Message]], Ruling | None]] = []


def rulings(load: Callable[[Sequence[Message]], Ruling | None]) -> object:
    """Register a rule of an engine above that reads once for a batch; None: it has nothing to say.

    What it returns is asked for each message: (answer, reason, sentence), such as `Answer.HOLD`.
    """
    RULINGS.append(load)
    return load


def load_facts(store: Store, messages: Sequence[Message]) -> Facts:
    """Read what the rules need, in few queries however many messages there are."""
    hashes = {
        address_hash(store, medium, address)
        for message in messages
        for medium in media_of(message)
        if (address := address_of(message, medium))
    }
    hashes |= {
        address_hash(store, Medium.EMAIL, address)
        for message in messages
        for name in COPIES
        for address in message.data.get(name, ())
    }
    asking = {m.customer_id for m in messages if m.customer_id and _needs_permission(m)}
    offered = {m.customer_id for m in messages if m.customer_id and m.purpose == MARKETING}
    choices = current_choices(asking) if asking else {}
    wishes = preferences(offered) if offered else {}
    policy, now = policy_of(store), clock.now()
    usable = sending_inboxes()
    soft = soft_opt_in_of(store)
    facts = Facts(
        store=store,
        policy=policy,
        now=now,
        inboxes=first_of_each(usable),
        chosen={str(inbox.pk): inbox for inbox in usable},
        blocks=suppressions(hashes) if hashes else {},
        choices=choices,
        consents=whole_purposes(choices),
        wishes=wishes,
        soft=soft,
        buyers=buyers(store, offered) if soft is not None and offered else {},
        rulings=[ruling for load in RULINGS if (ruling := load(messages)) is not None],
        told=load_ledger(messages, policy, now, seldom_of(wishes)),
    )
    facts.reach = _reach(messages, facts)
    return facts


def _needs_permission(message: Message) -> bool:
    return purpose_of(message).needs_consent or Medium.WHATSAPP in media_of(message)


def _reach(messages: Sequence[Message], facts: Facts) -> Reach:
    pairs = [
        (inbox, address)
        for message in messages
        for medium in media_of(message)
        if (inbox := inbox_of(message, medium, facts)) is not None
        and (address := address_of(message, medium))
    ]
    return load_reach(pairs, {text_kind(message) for message in messages})


def inbox_of(message: Message, medium: Medium, facts: Facts) -> Connection | None:
    """Return the inbox a message leaves from on a channel."""
    chosen = facts.chosen.get(str(message.data.get("inbox") or ""))
    if chosen is not None and CHANNELS.get(chosen.connector).capabilities.medium == medium:
        return chosen
    return facts.inboxes.get(medium)


def media_of(message: Message) -> list[Medium]:
    """Return the channels a message may use, first choice first."""
    names = message.media or [message.medium]
    return [Medium(name) for name in names if name in Medium]


def address_of(message: Message, medium: Medium) -> str:
    """Return where a message goes: what the order says, else what the customer's card says."""
    if message.origin in ADDRESSED:
        return message.to_address
    order, customer = message.order, message.customer
    if medium not in TELLING:
        return message.to_address if medium == message.medium else ""
    if medium == Medium.EMAIL:
        return (order.email if order else "") or (customer.email if customer else "")
    return (order.phone if order else "") or (customer.phone if customer else "")


def purpose_of(message: Message) -> Purpose:
    """Return what a message is for; an unknown purpose counts as marketing."""
    return PURPOSES[message.purpose] if message.purpose in PURPOSES else PURPOSES["marketing"]
