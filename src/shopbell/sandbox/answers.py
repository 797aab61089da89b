"""A customer's answer to a mail, written here and handed in at our own front door.

A newcomer's mistake: making a conversation directly. The mail is signed, stored, read in a child
and matched by its reply address, like one that came through the internet.
"""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.connectors.channels.sandbox.webhooks import make_mail
from shopbell.messaging.envelopes import reply_address_of
from shopbell.messaging.models import Message
from shopbell.sandbox.receipts import Receipt, signed

QUOTED = 30  # lines


def answer(
    store: Store, inbox: Connection, message: Message, text: str, at: datetime, mail_id: str = ""
) -> Receipt:
    """Return the request that hands in an answer to `message`. Needs the store's scope.

    The same `mail_id` (the local part of the Message-ID) twice is one mail; empty: a fresh one.

    Raises:
        Conflict: the inbox has no secret to sign with.
    """
    mail = EmailMessage()
    mail["From"] = formataddr((message.to_name, message.to_address))
    mail["To"] = formataddr((store.name, reply_address_of(store, message, inbox)))
    mail["Subject"] = _subject(message.subject)
    mail["Date"] = format_datetime(at)
    domain = message.to_address.rpartition("@")[2] or "example.com"
    mail["Message-ID"] = f"<{mail_id}@{domain}>" if mail_id else make_msgid(domain=domain)
    if message.message_id:
        known = f"<{message.message_id.strip('<>')}>"
        mail["In-Reply-To"] = mail["References"] = known
    mail.set_content(f"{text}\n\n{_quoted(store, message, at)}")
    return signed(store, inbox, make_mail(str(message.pk), mail.as_bytes(), at))


def _subject(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _quoted(store: Store, message: Message, at: datetime) -> str:
    lines = message.text.splitlines()[:QUOTED]
    said = "\n".join(f"> {line}" for line in lines)
    return f"On {at:%d %b %Y, %H:%M} {store.name} wrote:\n{said}"
