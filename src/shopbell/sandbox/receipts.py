"""What a customer does with a message, told to our own front door as the sandbox's signed receipt.

A newcomer's mistake: changing the message here. The receipt is stored, checked and applied by the
worker, exactly as a provider's would be; the page then hears of it like everybody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.connections.queries import opened_settings
from shopbell.connectors.channels.sandbox.webhooks import SIGNATURE_HEADER, make_body, sign
from shopbell.kit.errors import Conflict
from shopbell.messaging.models import Message
from shopbell.sandbox.door import front_door


@dataclass(frozen=True, slots=True)
class Receipt:
    """A request ready to be posted."""

    path: str
    headers: dict[str, str]
    body: bytes


def receipt(
    store: Store, inbox: Connection, message: Message, kind: str, at: datetime, detail: str = ""
) -> Receipt:
    """Return the receipt of an inbox for one of its messages. Needs the store's scope.

    Raises:
        Conflict: the inbox has no secret to sign with, so the front door would refuse it.
    """
    return signed(store, inbox, make_body(str(message.pk), kind, at, detail=detail))


def signed(store: Store, inbox: Connection, body: bytes) -> Receipt:
    """Return a webhook of an inbox with its signature. Needs the store's scope.

    Raises:
        Conflict: the inbox has no secret to sign with, so the front door would refuse it.
    """
    secret = str(opened_settings(inbox).get("webhook_secret", ""))
    if not secret:
        raise Conflict(
            "This sandbox has no webhook secret, so it cannot report what the customer did.",
            remedy="Give it one under Connections: any 16 letters and digits will do.",
        )
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: sign(body, secret)}
    return Receipt(f"/hooks/{inbox.connector}/{store.slug}/{inbox.slug}", headers, body)


def post(receipts: Sequence[Receipt]) -> None:
    """Post receipts to the front door. Call it outside a transaction: it waits for the network.

    Raises:
        Temporary: the door does not answer.
        Permanent: it refuses.
    """
    door = front_door()
    for each in receipts:
        door.request("POST", each.path, content=each.body, headers=each.headers)
