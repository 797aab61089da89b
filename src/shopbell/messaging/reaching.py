"""The gate's questions about channels with reply windows: what may be written to this person now.

The core of "text that is lost": nothing leaves that the provider would refuse, and the reason
stands on the message before anybody has to ask for it.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.kit.text import locale_chain
from shopbell.messaging.approved import Approved, ApprovedKey, approved_for, text_kind
from shopbell.messaging.models import ApprovedTemplate, ApprovedText, Message
from shopbell.messaging.ports import Capabilities, Target, able_with
from shopbell.messaging.states import WRITTEN
from shopbell.messaging.titles import medium_name
from shopbell.messaging.windows import Standing, WindowKey, standing, windows_of


@dataclass(slots=True)
class Reach:
    """What is known about people and templates of a batch of messages."""

    windows: dict[WindowKey, datetime] = field(default_factory=dict)
    approved: dict[ApprovedKey, Approved] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """How a message may leave by a channel; `against` says why it may not."""

    against: str = ""
    reason: str = ""
    late: bool = False
    template: ApprovedTemplate | None = None
    text: ApprovedText | None = None


FREE = Way()


def able_of(inbox: Connection) -> Capabilities:
    """Return what an inbox's channel can do."""
    return able_with(inbox.connector, inbox.settings)


def load_reach(pairs: Collection[tuple[Connection, str]], kinds: Collection[str]) -> Reach:
    """Read windows and approved templates for inboxes and addresses; nothing where none count."""
    limited = [(inbox, address) for inbox, address in pairs if able_of(inbox).reply_window]
    if not limited:
        return Reach()
    strict: set[uuid.UUID] = {
        inbox.pk for inbox, _ in limited if able_of(inbox).template_outside_window
    }
    return Reach(
        windows=windows_of({(inbox.pk, address) for inbox, address in limited}),
        approved=approved_for(strict, kinds) if strict else {},
    )


def way_to(
    message: Message, inbox: Connection, address: str, reach: Reach, store: Store, now: datetime
) -> Way:
    """Return how a message may leave for an address now."""
    able = able_of(inbox)
    target = message.data.get("target", Target.PERSON)
    if target == Target.COMMENT or able.reply_window is None:
        return FREE
    if target == Target.PRIVATE_REPLY:
        return _private(message, able, now)
    found = standing(able, reach.windows.get((inbox.pk, address)), now)
    if found.is_open:
        return FREE
    if found.is_late and message.origin == "agent" and not message.data.get("automatic"):
        return Way(late=True)
    return _outside(message, inbox, able, found, reach, store)


def _private(message: Message, able: Capabilities, now: datetime) -> Way:
    window = able.private_reply_window
    try:
        commented = datetime.fromisoformat(str(message.data["commented_at"]))
    except (KeyError, ValueError):
        commented = now
    if window is None:
        return Way("This channel has no private replies.", "no_private_reply")
    if now >= commented + window:
        days = window.days
        return Way(
            f"A private reply is possible for {days} days after a comment.", "private_reply_late"
        )
    return FREE


def _outside(
    message: Message,
    inbox: Connection,
    able: Capabilities,
    found: Standing,
    reach: Reach,
    store: Store,
) -> Way:
    name = medium_name(able.medium)
    if message.data.get("approved") and message.origin in WRITTEN:
        return FREE
    if able.template_outside_window and message.origin not in WRITTEN:
        approved = reach.approved.get((inbox.pk, text_kind(message)))
        template = approved.in_language(_locales(message, store)) if approved else None
        if approved is not None and template is not None:
            return Way(template=template, text=approved.text)
        if able.approves_all:
            return FREE
        return Way(
            f"No approved template tells this by {name}, and the customer has not written"
            f" within {_hours(able.reply_window)}.",
            "no_approved_template",
        )
    if found.until is None:
        return Way(f"By {name} only customers who wrote first can be answered.", "wrote_never")
    instead = " Choose an approved template." if able.template_outside_window else ""
    limit = able.human_window if found.human_until else able.reply_window
    return Way(
        f"More than {_hours(limit)} have passed since the customer wrote by {name}.{instead}",
        "window_closed",
    )


def _locales(message: Message, store: Store) -> Sequence[str]:
    order, customer = message.order, message.customer
    wanted = message.locale or (order.locale if order else "")
    return list(locale_chain(wanted or (customer.locale if customer else ""), store.locale))


def _hours(window: timedelta | None) -> str:
    hours = int((window or timedelta()).total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
