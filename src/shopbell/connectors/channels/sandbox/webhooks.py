"""What the sandbox page tells: a message was opened, clicked, bounced …, or answered by a mail.

A newcomer's mistake: applying receipts from the page directly. They go through the front door like
a provider's, so that the whole way is exercised.
"""

import base64
import binascii
import hashlib
import hmac
import json
import uuid
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from shopbell.connections.ports import Incoming, RawRequest
from shopbell.connectors.channels.sandbox.written import WRITTEN, moment_of
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid
from shopbell.messaging.ports import FailureCode, Receipt, ReceiptKind

SIGNATURE_HEADER = "x-sandbox-signature"
PREFIX = "sandbox-"
MAIL = "mail"  # the kind of a webhook that brings one

_KINDS: dict[str, tuple[ReceiptKind, str]] = {
    "delivered": (ReceiptKind.DELIVERED, ""),
    "opened": (ReceiptKind.OPENED, ""),
    "read": (ReceiptKind.READ, ""),
    "clicked": (ReceiptKind.CLICKED, ""),
    "hard_bounce": (ReceiptKind.HARD_BOUNCE, FailureCode.UNKNOWN_ADDRESS),
    "soft_bounce": (ReceiptKind.SOFT_BOUNCE, FailureCode.MAILBOX_FULL),
    "complaint": (ReceiptKind.COMPLAINT, FailureCode.COMPLAINT),
    "unsubscribed": (ReceiptKind.UNSUBSCRIBED, ""),
}


def sign(body: bytes, secret: str) -> str:
    """Return the signature a webhook with this body carries."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def make_body(
    message_id: str, kind: str, at: datetime | None = None, *, detail: str = "", url: str = ""
) -> bytes:
    """Return a webhook body. `message_id`: the message's id, or its Message-ID header."""
    if kind not in _KINDS:
        raise Invalid(f"The sandbox cannot report “{kind}”. Known: {', '.join(_KINDS)}.")
    moment = (at or clock.now()).isoformat()
    content = {"message_id": message_id, "kind": kind, "at": moment}
    optional = {"detail": detail, "url": url}
    content.update({name: value for name, value in optional.items() if value})
    return json.dumps(content).encode()


def make_mail(message_id: str, raw: bytes, at: datetime | None = None) -> bytes:
    """Return a webhook body that hands in a mail, written in answer to a message."""
    moment = (at or clock.now()).isoformat()
    packed = base64.b64encode(raw).decode()
    return json.dumps(
        {"message_id": message_id, "kind": MAIL, "at": moment, "raw": packed}
    ).encode()


def read_mail(body: bytes) -> bytes:
    """Return the raw mail in a webhook.

    Raises:
        Invalid: there is none in it.
    """
    try:
        raw = base64.b64decode(_content(body).get("raw", ""), validate=True)
    except binascii.Error:
        raise Invalid("The mail “raw” is not base64.") from None
    if not raw:
        raise Invalid("The body needs the mail, “raw”.")
    return raw


def verify_request(request: RawRequest, secret: SecretStr) -> None:
    """Check the signature on the raw bytes.

    Raises:
        BadSignature: it is wrong, or the account has no secret.
    """
    key = secret.get_secret_value()
    given = request.headers.get(SIGNATURE_HEADER, "")
    if not key:
        raise BadSignature("No webhook secret is set for this sandbox.")
    if not hmac.compare_digest(sign(request.body, key).encode(), given.encode()):
        raise BadSignature("The sandbox webhook's signature does not fit its body.")


def identify_request(request: RawRequest) -> Incoming:
    """File a webhook under the hash of its bytes."""
    content = _content(request.body)
    if content["kind"] == WRITTEN:
        return Incoming(provider_id=content["message_id"], topic=f"sandbox.{WRITTEN}")
    digest = hashlib.sha256(request.body).hexdigest()[:40]
    return Incoming(provider_id=digest, topic=f"sandbox.{content['kind']}")


def read_receipt(body: bytes) -> Receipt:
    """Translate one webhook.

    Raises:
        Invalid: it is not what `make_body` writes.
    """
    content = _content(body)
    if content["kind"] in (MAIL, WRITTEN):
        raise Invalid("This is a message, not a receipt.")
    kind, code = _KINDS[content["kind"]]
    at = moment_of(content["at"])
    identity = content["message_id"]
    ours = not _is_uuid(identity)
    return Receipt(
        kind=kind,
        at=at,
        message_id=identity if ours else "",
        provider_id="" if ours else f"{PREFIX}{uuid.UUID(identity)}",
        code=code,
        detail=content.get("detail", ""),
        url=content.get("url", ""),
    )


def read_content(body: bytes) -> dict[str, Any]:
    """Return a webhook's content.

    Raises:
        Invalid: it is none of the sandbox's.
    """
    return _content(body)


def _content(body: bytes) -> dict[str, Any]:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.") from None
    names = {"message_id", "kind", "at"}
    if not isinstance(content, dict) or not names <= content.keys():
        raise Invalid("The body needs message_id, kind and at.")
    texts = (value for name, value in content.items() if name != WRITTEN)
    if not all(isinstance(value, str) for value in texts):
        raise Invalid("All values are text.")
    if content["kind"] not in (*_KINDS, MAIL, WRITTEN):
        raise Invalid(f"Unknown kind. Known: {', '.join(_KINDS)}.")
    return content


def _is_uuid(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True
