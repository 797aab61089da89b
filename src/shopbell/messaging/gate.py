"""The send gate: may this message go out now, later, elsewhere, or not at all, and why.

Asked for every message right before it is handed over (and by previews and test sends, the same
function). Answers carry a code for machines and a sentence for people. Rules of one kind live in
one small function; each returns a verdict or None ("nothing against it"). What the rules look at
is loaded in `gate_facts.py`; the rules about channels and addresses are in `gate_ways.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from shopbell.accounts.models import Store
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.zones import best_zone
from shopbell.messaging.budget import REASON, over_budget
from shopbell.messaging.gate_facts import (
    ADDRESSED,
    COPIES,
    MARKETING,
    Answer,
    Facts,
    Route,
    Ruling,
    Verdict,
    address_of,
    inbox_of,
    load_facts,
    media_of,
    rulings,
)
from shopbell.messaging.gate_ways import Objection, find_route
from shopbell.messaging.models import Message
from shopbell.messaging.states import OPEN_CASE, State
from shopbell.messaging.timing import LAW, OWN, delay_of
from shopbell.messaging.titles import medium_name

__all__ = [
    "COPIES", "STATE_OF", "WAITS", "Answer", "Facts", "Route", "Ruling", "Verdict", "address_of",
    "customer_zone", "decide", "find_route", "inbox_of", "judge", "judge_way", "load_facts",
    "media_of", "relevance", "rulings",
]  # fmt: skip

WAITS = (OWN, LAW, REASON, OPEN_CASE)  # why a message may have waited, and come to nothing

STATE_OF = {
    Answer.WAIT: State.QUEUED,
    Answer.HOLD: State.HELD,
    Answer.SKIP: State.SKIPPED,
    Answer.SUPPRESS: State.SUPPRESSED,
    Answer.EXPIRE: State.EXPIRED,
}


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
    if wish is None or wish.paused_until is None or message.origin in ADDRESSED:
        return None
    if message.purpose != MARKETING or wish.paused_until <= facts.now:
        return None
    day = f"{wish.paused_until:%-d %b %Y}"
    return Verdict(Answer.SKIP, "paused", f"The customer wants no offers and news until {day}.")


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
