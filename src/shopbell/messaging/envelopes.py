"""The outside of a message: identifiers, sender, reply address, unsubscribe headers.

The Message-ID is made once and kept over retries: `<m.{store}.{id}.{mac}@domain>`. Its mac lets a
later reply or bounce be matched without trusting who wrote it.
"""

import base64
import uuid

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.consent.purposes import PURPOSES
from shopbell.kit.ids import keyed
from shopbell.messaging.approved import use_of
from shopbell.messaging.gate import Route
from shopbell.messaging.links import preferences_url
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium, Option, OutgoingFile, OutgoingMessage, Target

_THREADING = ("In-Reply-To", "References")


def message_id_of(store: Store, message_id: uuid.UUID, address: str) -> str:
    """Return the Message-ID of a mail, with angle brackets."""
    domain = address.rpartition("@")[2] or store.domain or "shopbell.invalid"
    number = _base36(store.pk)
    mac = keyed(store.link_key, "message-id", str(message_id))
    return f"<m.{number}.{message_id.hex}.{mac}@{domain}>"


def reply_token(store: Store, message_id: uuid.UUID) -> str:
    """Return the token that a reply address carries (36 characters, safe in a local part)."""
    code = base64.b32encode(message_id.bytes).decode().rstrip("=").lower()
    return f"{code}{keyed(store.link_key, 'reply', str(message_id), length=10)}"


def reply_address(store: Store, message: Message, route: Route) -> str:
    """Return the address answers go to: the inbox's own, with the token as a plus part.

    An inbox whose server knows no plus addresses sets `plain_reply_to`.
    """
    return reply_address_of(store, message, route.connection)


def reply_address_of(store: Store, message: Message, inbox: Connection) -> str:
    """Return the address answers to a message of `inbox` go to (see `reply_address`)."""
    address = inbox.address
    local, at, domain = address.rpartition("@")
    if not at or inbox.settings.get("plain_reply_to"):
        return address
    return f"{local}+{reply_token(store, message.pk)}@{domain}"


def outgoing(store: Store, message: Message, route: Route) -> OutgoingMessage:
    """Return the message as the channel gets it."""
    email = route.medium == Medium.EMAIL
    to_staff = message.origin == "staff"  # whose answer is no customer's
    return OutgoingMessage(
        id=message.pk,
        to=route.address,
        to_name=message.to_name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        from_address=str(message.data.get("from") or route.connection.address),
        from_name=str(
            message.data.get("from_name")
            or route.connection.settings.get("from_name")
            or store.name
        ),
        reply_to=reply_address(store, message, route) if email and not to_staff else "",
        message_id=message.message_id,
        headers=_headers(store, message) if email else (),
        locale=message.locale,
        kind=message.kind,
        cc=route.cc,
        bcc=route.bcc,
        files=files_of(message),
        approved=use_of(message.data),
        options=options_of(message),
        answers=str(message.data.get("answers", "")),
        target=Target(message.data.get("target", Target.PERSON)),
        thread=str(message.data.get("comment", "")),
        late=route.way.late,
        purpose=message.purpose,
    )


def options_of(message: Message) -> tuple[Option, ...]:
    """Return the buttons of a message, as its data names them."""
    return tuple(
        Option(str(each["id"]), str(each["title"]), str(each.get("text", "")))
        for each in message.data.get("options", ())
    )


def files_of(message: Message) -> tuple[OutgoingFile, ...]:
    """Return the files a message takes along, as its data names them."""
    return tuple(
        OutgoingFile(
            name=str(each["name"]),
            content_type=str(each["type"]),
            size=int(each["size"]),
            key=str(each["key"]),
        )
        for each in message.data.get("files", ())
    )


def _from_name(store: Store, message: Message, route: Route) -> str:
    names = (message.data.get("from_name"), route.connection.settings.get("from_name"), store.name)
    return next(str(name) for name in names if name)


def _headers(store: Store, message: Message) -> tuple[tuple[str, str], ...]:
    headers = [("X-Shopbell-Message", str(message.pk))]
    if message.origin == "agent":
        if message.data.get("automatic"):  # nobody's machine shall answer this one
            headers.insert(0, ("Auto-Submitted", "auto-replied"))
            headers.append(("X-Auto-Response-Suppress", "All"))
        given = message.data.get("headers", {})
        return (*headers, *((name, str(given[name])) for name in _THREADING if given.get(name)))
    headers.insert(0, ("Auto-Submitted", "auto-generated"))
    purpose = PURPOSES.get(message.purpose)
    if purpose is not None and purpose.unsubscribable:
        url = preferences_url(store, message)
        headers += [
            ("List-Unsubscribe", f"<{url}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return tuple(headers)


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    out = ""
    while number:
        number, rest = divmod(number, 36)
        out = digits[rest] + out
    return out or "0"
