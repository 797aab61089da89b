"""By which channel a message may go: the rules of the gate about one channel and one address.

Each channel of the message's order is asked in turn; the first without an objection is taken. A
newcomer's mistake: telling only the last objection. All are kept, since people ask "why not by
SMS?".
"""

import uuid
from dataclasses import replace
from datetime import datetime

from shopbell.consent.models import ConsentAction, Suppression, SuppressionReason
from shopbell.consent.purposes import PURPOSES
from shopbell.consent.queries import address_hash, is_granted
from shopbell.consent.soft import CHANNEL, PURPOSE, objection
from shopbell.messaging.gate_facts import (
    ADDRESSED,
    COPIES,
    Answer,
    Facts,
    Route,
    address_of,
    inbox_of,
    media_of,
    purpose_of,
)
from shopbell.messaging.models import Message
from shopbell.messaging.ports import BY_NUMBER, CHANNELS, Medium
from shopbell.messaging.reaching import Way, able_of, way_to
from shopbell.messaging.titles import medium_name

# They answer a STOP, a START or a HELP, and so go out whatever is blocked.
_LAST_WORDS = ("opt_out", "opt_in", "who_writes")
_OWN_WORDS = (SuppressionReason.OPTED_OUT, SuppressionReason.ASKED)

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
                soft = is_soft(message, medium, facts)
                route = Route(inbox, medium, address, way, is_soft=soft)
                return _with_copies(route, message, facts), objections
        assert objection is not None
        objections.append(objection)
    return None, objections


def _unreachable(message: Message, medium: Medium, way: Way, facts: Facts) -> "Objection | None":
    """Say why a channel is not open now; a template that counts as marketing needs consent."""
    if way.against:
        return Answer.SKIP, way.reason, way.against
    is_marketing = way.template is not None and way.template.category == "marketing"
    if is_marketing and not purpose_of(message).needs_consent:
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


def _wished_since(message: Message, block: Suppression) -> bool:
    """Whether the customer wants this one message in spite of what they wrote before.

    It says that no more will come, or answers what they wrote after they wanted no more.
    """
    if block.reason not in _OWN_WORDS:
        return False
    if message.kind in _LAST_WORDS:
        return True
    wrote = message.data.get("wrote_at") if message.origin == "agent" else None
    return bool(wrote) and datetime.fromisoformat(str(wrote)) > block.created_at


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
    unasked = _without_permission(message, medium, facts)
    if unasked is not None:
        return unasked
    inbox = inbox_of(message, medium, facts)
    assert inbox is not None
    if able_of(inbox).opt_in and not _opted_in(message, medium, facts):
        return Answer.SKIP, "no_opt_in", f"The customer has not opted in to {name}."
    return None


def _without_permission(message: Message, medium: Medium, facts: Facts) -> Objection | None:
    purpose, name = purpose_of(message), medium_name(medium)
    if not purpose.needs_consent or message.origin == "test":
        return None
    if not _is_granted(message, medium, facts):
        lack = f"No permission for {purpose.title.lower()} by {name}."
        against = _soft_objection(message, medium, facts)
        if against is not None:
            why = f" As to existing customers: {_small(against)}" if against else ""
            return Answer.SKIP, "no_consent", f"{lack}{why}"
    if _declined(message, medium, facts):
        return Answer.SKIP, "no_topic", f"The customer does not want this topic by {name}."
    return None


def _is_granted(message: Message, medium: Medium, facts: Facts) -> bool:
    if message.customer_id is None:
        return False
    key: tuple[uuid.UUID, str, str] = (
        message.customer_id, purpose_of(message).key, str(medium)
    )  # fmt: skip
    return is_granted(facts.consents, key)


def _soft_objection(message: Message, medium: Medium, facts: Facts) -> str | None:
    """Say why the exception for existing customers does not hold; None: it does, "": it is off."""
    covered = purpose_of(message).key == PURPOSE and str(medium) == CHANNEL
    if facts.soft is None or not covered or message.customer_id is None:
        return ""
    said = objection(
        facts.soft,
        facts.buyers.get(message.customer_id),
        now=facts.now,
        address=address_of(message, medium),
        topic=str(message.data.get("topic") or ""),
    )
    return said or None


def is_soft(message: Message, medium: Medium, facts: Facts) -> bool:
    """Return whether a message goes out by the exception for existing customers alone."""
    if not purpose_of(message).needs_consent or message.origin == "test":
        return False
    if _is_granted(message, medium, facts):
        return False
    return _soft_objection(message, medium, facts) is None


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _declined(message: Message, medium: Medium, facts: Facts) -> bool:
    topic = str(message.data.get("topic") or "")
    if not topic or message.customer_id is None:
        return False
    said = facts.choices.get((message.customer_id, message.purpose, str(medium), topic))
    return said is not None and said.action == ConsentAction.WITHDRAWN


def _opted_in(message: Message, medium: Medium, facts: Facts) -> bool:
    """Some channels demand an opt-in even for service messages; who wrote there gets an answer."""
    if message.origin in ADDRESSED or message.customer_id is None:
        return message.origin in ADDRESSED
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
