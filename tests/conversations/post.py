"""Mails as customers write them, and the way from raw bytes to the desk."""

from email.message import EmailMessage
from typing import Any

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.inbound.storing import store_batch
from shopbell.messaging.ports import MailBatch, RawMail

_PUMPS = ("intake", "mail", "events", "outbox")


def add_mailbox(store: Store, *, imap: int = 1, smtp: int = 1, **settings: Any) -> Connection:
    """Connect a mailbox on loopback."""
    given = {
        "imap_host": "127.0.0.1",
        "imap_port": imap,
        "imap_security": "none",
        "imap_user": "hello",
        "imap_password": "secret",
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp,
        "smtp_security": "none",
        "timeout": 5,
    }
    with store_scope(store.pk):
        return save_connection(
            store=store,
            family="channel",
            connector="mailbox",
            slug="hello",
            address=f"hello@{store.slug}.example",
            settings=given | settings,
        )


def mail(
    text: str = "Where is my parcel?",
    *,
    sender: str = "Mara <mara@mail.example>",
    to: str = "hello@lark.example",
    subject: str = "A question",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """Return a raw mail. Header names are written with underscores."""
    made = EmailMessage()
    if sender:
        made["From"] = sender
    made["To"] = to
    made["Subject"] = subject
    if message_id:
        made["Message-ID"] = message_id
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes(policy=made.policy.clone(linesep="\r\n"))


def deliver(inbox: Connection, *raws: bytes) -> None:
    """Store raw mails as a watcher does, and let the worker take them in."""
    with store_scope(inbox.store_id):
        inbox.refresh_from_db()
    mails = tuple(RawMail(raw, f"INBOX:1:{n}") for n, raw in enumerate(raws))
    store_batch(inbox, MailBatch(mails, {}))
    work()


def work(rounds: int = 30) -> None:
    """Run the worker's pumps until nothing is due."""
    for _ in range(rounds):
        if not sum(PUMPS[name].run() for name in _PUMPS):
            return
    raise AssertionError("the pumps do not come to rest")
