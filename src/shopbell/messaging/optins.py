"""Customers who agree to be told in a chat by sending the words of the shop's chat link.

Called once the writer is a customer. A newcomer's mistake: granting offers too. The words speak of
orders, so the permission does.
"""

from collections.abc import Sequence

from shopbell.connections.models import Connection
from shopbell.consent.actions import record_consent
from shopbell.consent.invitations import accepted
from shopbell.consent.models import ConsentAction
from shopbell.consent.optouts import owners_of
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import CHANNELS, Medium, Written, WrittenKind

PURPOSE = "order_updates"
# Where somebody agreed, as an agent notes it.
SOURCES = {
    "chat": "in this conversation",
    "phone": "on the phone",
    "shop": "in the shop",
    "form": "on a form or at the checkout",
}


def opt_in_media() -> list[Medium]:
    """Return the channels of the store in scope by which nothing is told without an opt-in."""
    return [
        medium
        for medium, inbox in inboxes().items()
        if CHANNELS.get(inbox.connector).capabilities.opt_in
    ]


def take_opt_ins(connection: Connection, written: Sequence[Written]) -> int:
    """Record who agreed, in the scope and transaction of the caller; returns how many."""
    able = CHANNELS.get(connection.connector).capabilities
    if not able.opt_in:
        return 0
    count = 0
    for one in written:
        language = accepted(one.text) if one.kind == WrittenKind.MESSAGE else ""
        if not language or not one.sender.startswith("+"):
            continue
        for customer in owners_of(one.sender):
            event = record_consent(
                customer=customer,
                purpose=PURPOSE,
                channel=str(able.medium),
                action=ConsentAction.GRANTED,
                source=f"{connection.connector}/{connection.slug}",
                wording=one.text[:500],
                language=language,
                proof={"message": one.provider_id, "number": one.sender},
                occurred_at=one.at,
            )
            count += event is not None
    return count
