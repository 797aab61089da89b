"""Meta's webhooks: who signed them, what is in them, and what became of our messages.

One request holds entries, which hold changes, each with messages, statuses or both. A newcomer's
mistake: taking everything in it as this account's. An app with two numbers sends all to one door.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import SecretStr

from shopbell.connections.ports import Incoming, RawRequest
from shopbell.connectors.channels.whatsapp_cloud.errors import meaning_of, read_error
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.reading import Doc, load_object
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind

SIGNATURE_HEADER = "x-hub-signature-256"
_PREFIX = "sha256="
_LONGEST_CHALLENGE = 200

_STATUSES: dict[str, ReceiptKind] = {
    "sent": ReceiptKind.ACCEPTED,
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.READ,
    "played": ReceiptKind.READ,  # a voice message
    "failed": ReceiptKind.FAILED,
}
# May be over tomorrow (an old app, terms not accepted), but not for ever: the soft bounces' limit.
_NOT_REACHED = 131026


def sign(body: bytes, secret: str) -> str:
    """Return the signature header of a body."""
    return _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify_request(request: RawRequest, settings: WhatsAppSettings) -> None:
    """Check the signature on the raw bytes, in constant time, against both secrets.

    Raises:
        BadSignature: it fits neither.
    """
    given = request.headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
    fits = False
    for secret in (settings.app_secret, settings.earlier_app_secret):
        if key := secret.get_secret_value():
            fits |= hmac.compare_digest(sign(request.body, key).encode(), given)
    if not fits:
        raise BadSignature("The WhatsApp webhook's signature does not fit its body.")


def answer_challenge(request: RawRequest, verify_token: SecretStr) -> str | None:
    """Return what Meta wants to read when the address is entered there; None: it is not Meta."""
    token = request.query.get("hub.verify_token", "").encode()
    agreed = hmac.compare_digest(token, verify_token.get_secret_value().encode())
    challenge = request.query.get("hub.challenge", "")
    if not agreed or request.query.get("hub.mode") != "subscribe" or not challenge:
        return None
    return challenge[:_LONGEST_CHALLENGE]


def identify_request(body: bytes) -> Incoming:
    """File a webhook under the hash of its bytes; repeated by Meta, they are the same.

    Raises:
        Invalid: it is not a webhook of WhatsApp.
    """
    changes = [change for _, change in changes_of(body)]
    fields = sorted({change.text("field", limit=40) for change in changes} - {""})
    digest = hashlib.sha256(body).hexdigest()[:40]
    return Incoming(provider_id=digest, topic=".".join(["whatsapp", *fields])[:120])


def values(body: bytes, settings: WhatsAppSettings) -> Iterator[Doc]:
    """Yield what happened to this account's number.

    Raises:
        Invalid: it is not a webhook of WhatsApp.
    """
    for _, change in changes_of(body):
        value = change.doc("value")
        about = value.doc("metadata").ident("phone_number_id")
        if change.text("field") == "messages" and about in ("", settings.phone_number_id):
            yield value


def changes_of(body: bytes) -> Iterator[tuple[Doc, Doc]]:
    """Yield each change of a webhook with the entry it stands in.

    Raises:
        Invalid: it is not a webhook of WhatsApp.
    """
    webhook = load_object(body)
    if webhook.text("object") != "whatsapp_business_account" or not webhook.has_list("entry"):
        raise Invalid("This is not a webhook of a WhatsApp Business account.")
    for entry in webhook.docs("entry"):
        for change in entry.docs("changes"):
            yield entry, change


def read_receipts(body: bytes, settings: WhatsAppSettings) -> list[Receipt]:
    """Translate the statuses in one webhook."""
    return [
        receipt
        for value in values(body, settings)
        for status in value.docs("statuses")
        for receipt in _receipts(status)
    ]


def _receipts(status: Doc) -> Iterator[Receipt]:
    kind, identity = _STATUSES.get(status.lower("status")), status.text("id", limit=200)
    if kind is None or not identity:
        return
    ours = status.text("biz_opaque_callback_data")
    error = next((read_error(each) for each in status.docs("errors")), None)
    code = ""
    if kind is ReceiptKind.FAILED and error is not None:
        kind = ReceiptKind.SOFT_BOUNCE if error.code == _NOT_REACHED else kind
        code = "" if error.code == _NOT_REACHED else meaning_of(error).code
    receipt = Receipt(
        kind=kind,
        at=moment(status),
        recipient=status.text("recipient_id"),
        provider_id=identity,
        message_id=ours if ours.startswith("<") else "",
        code=code,
        detail=error.words if error is not None else "",
        event_id=f"{identity}:{status.lower('status')}",
    )
    yield receipt
    if code == FailureCode.OPTED_OUT:
        yield Receipt(
            kind=ReceiptKind.UNSUBSCRIBED,
            at=receipt.at,
            recipient=receipt.recipient,
            provider_id=identity,
            message_id=receipt.message_id,
            detail=receipt.detail,
            event_id=f"{identity}:unsubscribed",
        )


def moment(told: Doc) -> datetime:
    """Return the `timestamp` of a message or a status; a time to come is now.

    Raises:
        Invalid: there is none.
    """
    seconds = told.text("timestamp", limit=20)
    if not (seconds.isascii() and seconds.isdecimal()) or len(seconds) > 11:
        raise Invalid("Something in this webhook has no time.")
    return min(datetime.fromtimestamp(int(seconds), UTC), clock.now())
