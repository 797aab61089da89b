"""Storing raw mail: once for the same bytes, together with the place in the mailbox.

A newcomer's mistake: telling the other side "taken" before this has returned.
"""

import hashlib
from typing import Any

from shopbell.connections.actions import store_requests
from shopbell.connections.models import Connection
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.ports import HandedMail, MailBatch, RawMail

TOPIC = "mail"
PLACE = "mail"  # the key in `Connection.sync`
TROUBLE = b"X-Shopbell-Trouble: "


def store_batch(connection: Connection, batch: MailBatch) -> None:
    """Store fetched mails and the place behind them, in one transaction."""
    with store_scope(connection.store_id):
        bodies = {_identity(mail): _stored(mail) for mail in batch.mails}
        if bodies:
            store_requests(connection=connection, topic=TOPIC, bodies=bodies)
        save_place(connection, batch.place)


def store_handed(connection: Connection, mail: HandedMail) -> None:
    """Store a mail that another server hands over."""
    with store_scope(connection.store_id):
        store_requests(connection=connection, topic=TOPIC, bodies={mail.identity: mail.raw})


def save_place(connection: Connection, place: dict[str, Any], *, key: str = PLACE) -> None:
    """Remember where we are in a mailbox, or under another key, in the scope of the caller."""
    row = Connection.objects.select_for_update().only("id", "sync").get(pk=connection.pk)
    connection.sync = {**row.sync, key: place}
    Connection.objects.filter(pk=connection.pk).update(sync=connection.sync)


def identity_of(*parts: bytes) -> str:
    """Return the name under which a raw mail exists once."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return f"sha256:{whole.hexdigest()}"


def trouble_of(body: bytes) -> tuple[str, bytes]:
    """Return why a stored mail is not whole (or ""), and what there is of it."""
    if not body.startswith(TROUBLE):
        return "", body
    sentence, _, rest = body.removeprefix(TROUBLE).partition(b"\r\n")
    return sentence.decode("utf-8", "replace"), rest


def _identity(mail: RawMail) -> str:
    # The same bytes are the same mail, whatever folder and number it has now.
    return f"place:{mail.key}" if mail.trouble else identity_of(mail.raw)


def _stored(mail: RawMail) -> bytes:
    """Return what is stored. A mail of the outside that begins like our note loses nothing."""
    if mail.trouble:
        return TROUBLE + mail.trouble.encode() + b"\r\n" + mail.raw
    return b"\r\n" + mail.raw if mail.raw.startswith(TROUBLE) else mail.raw
