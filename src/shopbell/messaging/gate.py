"""The send gate: may this message go out now, later, elsewhere, or not at all, and why.

Asked for every message right before it is handed over (and by previews and test sends, the same
function). Answers carry a code for machines and a sentence for people. Rules of one kind live in
one small function; each returns a verdict or None ("nothing against it").
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.models import (
    ConsentAction,
    ConsentEvent,
    Preference,
    Suppression,
    SuppressionReason,
)
from shopbell.consent.purposes import PURPOSES, Purpose
from shopbell.consent.queries import (
    Choice,
    Permission,
    address_hash,
    current_choices,
    is_granted,
    preferences,
    suppressions,
    whole_purposes,
)
from shopbell.customers.zones import best_zone
from shopbell.kit import clock
from shopbell.messaging.approved import text_kind
from shopbell.messaging.budget import REASON, Ledger, load_ledger, over_budget, seldom_of
from shopbell.messaging.inboxes import first_of_each, sending_inboxes
from shopbell.messaging.models import Message
from shopbell.messaging.policy import Policy, policy_of
from shopbell.messaging.ports import BY_NUMBER, CHANNELS, TELLING, Medium
from shopbell.messaging.reaching import FREE, Reach, Way, able_of, load_reach, way_to
from shopbell.messaging.states import OPEN_CASE, State
from shopbell.messaging.timing import LAW, OWN, delay_of
from shopbell.messaging.titles import medium_name

# A test goes where it is told to go, and so do an answer to what somebody wrote from there and an
# alert to somebody who works here.
_ADDRESSED = ("test", "agent", "staff")
WAITS = (OWN, LAW, REASON, OPEN_CASE)  # why a message may have waited, and come to nothing
# They answer a STOP, a START or a HELP, and so go out whatever is blocked.
LAST_WORDS = ("opt_out", "opt_in", "who_writes")
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


STATE_OF = {
    Answer.WAIT: State.QUEUED,
    Answer.HOLD: State.HELD,
    Answer.SKIP: State.SKIPPED,
    Answer.SUPPRESS: State.SUPPRESSED,
    Answer.EXPIRE: State.EXPIRED,
}


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


type Relevance = Callable[[Message], tuple[str, str] | None]
RELEVANCE: list[Relevance] = []


def relevance(rule: Relevance) -> Relevance:
    """Register a rule of an engine above: (reason, sentence) when telling is pointless."""
    RELEVANCE.append(rule)
    return rule


def decide(store: Store, messages: Sequence[Message]) -> list[Verdict]:
    """Judge messages of one store (customer, order and shipment preloaded)."""
    facts = load_facts(store, messages)
    return [judge(message, facts) for message in messages]


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
        rulings=[ruling for load in RULINGS if (ruling := load(messages)) is not None],
        told=load_ledger(messages, policy, now, seldom_of(wishes)),
    )
    facts.reach = _reach(messages, facts)
    return facts


def _needs_permission(message: Message) -> bool:
    return _purpose(message).needs_consent or Medium.WHATSAPP in media_of(message)


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


def judge(message: Message, facts: Facts) -> Verdict:
    """Apply the rules in order; the first that objects decides."""
    for rule in (_paused, _stale, _pointless, _ruled, _unknown_purpose, _resting):
        verdict = rule(message, facts)
        if verdict is not None:
            return verdict
    return judge_way(message, facts)


def judge_way(message: Message, facts: Facts) -> Verdict:
    """Judge by which channel it goes and when, leaving aside whether it is worth telling now."""
    route, objections = find_route(message, facts)
    if route is None:
        return _no_route(objections)
    wait = _not_now(message, facts, route)
    if wait is not None:
        return replace(wait, route=route)
    facts.told.note(message, route.medium, facts.policy)
    detour = _detour(message, objections, route)
    return Verdict(
        Answer.SEND,
        route=route,
        text=" ".join(filter(None, [detour, *route.left_out])),
        reason="other_channel" if detour else "",
    )


_ORDINARY = ("no_inbox", "no_address", "no_opt_in", "no_approved_template")


def _detour(message: Message, objections: "list[Objection]", route: Route) -> str:
    """Say why an earlier channel was not used, unless that is the ordinary case."""
    told = [text for _, reason, text in objections if reason not in _ORDINARY]
    if message.data.get("tried"):
        told.insert(0, " ".join([str(message.data["tried"]), *told]))
    return f"{told[0]} So it goes by {medium_name(route.medium)}." if told else ""


def _purpose(message: Message) -> Purpose:
    return PURPOSES[message.purpose] if message.purpose in PURPOSES else PURPOSES["marketing"]


def _paused(message: Message, facts: Facts) -> Verdict | None:
    if facts.store.sends_paused and message.origin != "test":
        return Verdict(
            Answer.HOLD,
            "store_paused",
            "Sending is paused for this store. It goes out when you resume.",
        )
    return None


def _stale(message: Message, facts: Facts) -> Verdict | None:
    if message.not_after is not None and facts.now > message.not_after:
        text = "It would have come too late to be of use."
        if message.reason in WAITS:
            return Verdict(
                Answer.EXPIRE, message.reason, f"{text} It waited: {message.reason_text}"
            )
        return Verdict(Answer.EXPIRE, "too_late", text)
    return None


def _pointless(message: Message, facts: Facts) -> Verdict | None:
    if message.origin == "test":
        return None
    for rule in RELEVANCE:
        found = rule(message)
        if found is not None:
            return Verdict(Answer.SKIP, *found)
    return None


def _ruled(message: Message, facts: Facts) -> Verdict | None:
    if message.origin == "test":
        return None
    found = next(filter(None, (ruling(message) for ruling in facts.rulings)), None)
    return Verdict(*found) if found is not None else None


def _unknown_purpose(message: Message, facts: Facts) -> Verdict | None:
    if message.purpose not in PURPOSES:
        return Verdict(Answer.HOLD, "no_purpose", f"The purpose {message.purpose!r} is not known.")
    return None


def _resting(message: Message, facts: Facts) -> Verdict | None:
    """Skip offers to somebody who wants a pause: a heap of old news at its end helps nobody."""
    wish = facts.wishes.get(message.customer_id) if message.customer_id else None
    if wish is None or wish.paused_until is None or message.origin in _ADDRESSED:
        return None
    if message.purpose != MARKETING or wish.paused_until <= facts.now:
        return None
    day = f"{wish.paused_until:%-d %b %Y}"
    return Verdict(Answer.SKIP, "paused", f"The customer wants no offers and news until {day}.")


type Objection = tuple[Answer, str, str]


def find_route(message: Message, facts: Facts) -> tuple[Route | None, list[Objection]]:
    """Return the first usable channel in the message's order, and why earlier ones were not."""
    objections: list[Objection] = []
    for medium in media_of(message):
        objection = _objection(message, medium, facts)
        inbox = inbox_of(message, medium, facts)
        if objection is None and inbox is not None:
            address = address_of(message, medium)
            way = way_to(message, inbox, address, facts.reach, facts.store, facts.now)
            objection = _unreachable(message, medium, way, facts)
            if objection is None:
                route = Route(inbox, medium, address, way)
                return _with_copies(route, message, facts), objections
        assert objection is not None
        objections.append(objection)
    return None, objections


def _unreachable(message: Message, medium: Medium, way: Way, facts: Facts) -> "Objection | None":
    """Say why a channel is not open now; a template that counts as marketing needs consent."""
    if way.against:
        return Answer.SKIP, way.reason, way.against
    is_marketing = way.template is not None and way.template.category == "marketing"
    if is_marketing and not _purpose(message).needs_consent:
        key = (message.customer_id, "marketing", str(medium)) if message.customer_id else None
        if key is None or not is_granted(facts.consents, key):
            text = "The approved template counts as marketing, and there is no permission for that."
            return Answer.SKIP, "no_consent", text
    return None


def _with_copies(route: Route, message: Message, facts: Facts) -> Route:
    """Add who else gets it: everybody whose address is not blocked, on channels that can do it."""
    wanted = {name: [str(each) for each in message.data.get(name, ())] for name in COPIES}
    if not any(wanted.values()):
        return route
    if not CHANNELS.get(route.connection.connector).capabilities.copies:
        return replace(route, left_out=("This channel cannot send copies.",))
    left_out: list[str] = []
    for addresses in wanted.values():
        for address in list(addresses):
            block = _block_of(facts, message, route.medium, address)
            if block is not None:
                addresses.remove(address)
                left_out.append(f"No copy to {address}: {_block_sentence(block)}")
    return replace(
        route, cc=tuple(wanted["cc"]), bcc=tuple(wanted["bcc"]), left_out=tuple(left_out)
    )


def _block_of(facts: Facts, message: Message, medium: Medium, address: str) -> Suppression | None:
    blocks = facts.blocks.get(address_hash(facts.store, medium, address), [])
    return next(
        (
            block
            for block in blocks
            if block.scope in ("*", message.purpose) and not _wished_since(message, block)
        ),
        None,
    )


_OWN_WORDS = (SuppressionReason.OPTED_OUT, SuppressionReason.ASKED)


def _wished_since(message: Message, block: Suppression) -> bool:
    """Whether the customer wants this one message in spite of what they wrote before.

    It says that no more will come, or answers what they wrote after they wanted no more.
    """
    if block.reason not in _OWN_WORDS:
        return False
    if message.kind in LAST_WORDS:
        return True
    wrote = message.data.get("wrote_at") if message.origin == "agent" else None
    return bool(wrote) and datetime.fromisoformat(str(wrote)) > block.created_at


def media_of(message: Message) -> list[Medium]:
    """Return the channels a message may use, first choice first."""
    names = message.media or [message.medium]
    return [Medium(name) for name in names if name in Medium]


def address_of(message: Message, medium: Medium) -> str:
    """Return where a message goes: what the order says, else what the customer's card says."""
    if message.origin in _ADDRESSED:
        return message.to_address
    order, customer = message.order, message.customer
    if medium not in TELLING:
        return message.to_address if medium == message.medium else ""
    if medium == Medium.EMAIL:
        return (order.email if order else "") or (customer.email if customer else "")
    return (order.phone if order else "") or (customer.phone if customer else "")


def _objection(message: Message, medium: Medium, facts: Facts) -> Objection | None:
    name = medium_name(medium)
    if inbox_of(message, medium, facts) is None:
        return Answer.SKIP, "no_inbox", f"No {name} account is connected."
    address = address_of(message, medium)
    if not address:
        missing = "no phone number" if medium in BY_NUMBER else f"no {name} address"
        return Answer.SKIP, "no_address", f"There is {missing} for this customer."
    block = _block_of(facts, message, medium, address)
    if block is not None:
        asked = block.reason == SuppressionReason.ASKED
        answer = Answer.HOLD if asked else Answer.SUPPRESS
        return answer, block.reason, _block_sentence(block)
    purpose = _purpose(message)
    if purpose.needs_consent and message.origin != "test":
        key: tuple[uuid.UUID, str, str] | None = (
            (message.customer_id, purpose.key, str(medium)) if message.customer_id else None
        )
        if key is None or not is_granted(facts.consents, key):
            return (
                Answer.SKIP,
                "no_consent",
                f"No permission for {purpose.title.lower()} by {name}.",
            )
        if _declined(message, medium, facts):
            return Answer.SKIP, "no_topic", f"The customer does not want this topic by {name}."
    inbox = inbox_of(message, medium, facts)
    assert inbox is not None
    if able_of(inbox).opt_in and not _opted_in(message, medium, facts):
        return Answer.SKIP, "no_opt_in", f"The customer has not opted in to {name}."
    return None


def _declined(message: Message, medium: Medium, facts: Facts) -> bool:
    topic = str(message.data.get("topic") or "")
    if not topic or message.customer_id is None:
        return False
    said = facts.choices.get((message.customer_id, message.purpose, str(medium), topic))
    return said is not None and said.action == ConsentAction.WITHDRAWN


def _opted_in(message: Message, medium: Medium, facts: Facts) -> bool:
    """Some channels demand an opt-in even for service messages; who wrote there gets an answer."""
    if message.origin in _ADDRESSED or message.customer_id is None:
        return message.origin in _ADDRESSED
    return any(
        is_granted(facts.consents, (message.customer_id, purpose, str(medium)))
        for purpose in ("order_updates", "marketing")
    )


def _block_sentence(block: Suppression) -> str:
    day = f"{block.created_at:%-d %b %Y}"
    if block.reason == SuppressionReason.OPTED_OUT and block.detail:
        return f"{block.detail} on {day}."
    if block.reason == SuppressionReason.ASKED:
        return f"{block.detail or 'Seems to want no messages'} on {day}: please decide."
    about = "" if block.scope == "*" else f" ({PURPOSES[block.scope].title.lower()} only)"
    return f"{block.get_reason_display()} on {day}{about}."


def _no_route(objections: list[Objection]) -> Verdict:
    if not objections:
        return Verdict(Answer.SKIP, "no_channel", "No channel is chosen for this message.")
    held = [objection for objection in objections if objection[0] == Answer.HOLD]
    blocked = [objection for objection in objections if objection[0] == Answer.SUPPRESS]
    telling = [objection for objection in objections if objection[1] not in _ORDINARY]
    answer, reason, _ = (held or blocked or telling or objections)[0]
    return Verdict(answer, reason, " ".join(dict.fromkeys(text for _, _, text in objections)))


def _not_now(message: Message, facts: Facts, route: Route) -> Verdict | None:
    """Say why it has to wait: the law of the place, the store's quiet hours, the budget."""
    delay = delay_of(
        message, route.medium, store=facts.store, policy=facts.policy, now=facts.now
    ) or over_budget(
        message,
        route.medium,
        ledger=facts.told,
        store=facts.store,
        policy=facts.policy,
        now=facts.now,
    )
    if delay is None:
        return None
    if delay.until is None:
        return Verdict(Answer.HOLD, delay.reason, delay.text)
    if message.not_after is not None and delay.until > message.not_after:
        text = f"{delay.text} That would have been too late to be of use."
        return Verdict(Answer.EXPIRE, delay.reason, text)
    return Verdict(Answer.WAIT, delay.reason, delay.text, until=delay.until)


def customer_zone(message: Message, store: Store) -> str:
    """Return the zone of the profile, the phone number, the country, else the store's."""
    customer, order = message.customer, message.order
    return best_zone(
        profile=customer.timezone if customer else "",
        phone=(order.phone if order else "") or (customer.phone if customer else ""),
        country=str((order.address if order else {}).get("country", "")),
        store=store.timezone,
    )
