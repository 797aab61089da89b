"""The door's side of Meta's webhooks: question, signature, filing.

A newcomer's mistake: parsing and serialising before the check. The signature is over the bytes.
"""

import hashlib
import hmac
import json
from typing import Any

from shopbell.connections.ports import Incoming, RawRequest
from shopbell.connectors.channels.meta.settings import MetaSettings
from shopbell.kit.errors import BadSignature, Invalid

SIGNATURE = "x-hub-signature-256"


def sign(body: bytes, app_secret: str) -> str:
    """Return the signature header of a body."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def verify_signature(request: RawRequest, settings: MetaSettings) -> None:
    """Check the signature on the raw bytes, with the app's secret or the one before it.

    Raises:
        BadSignature: it is missing or wrong.
    """
    given = request.headers.get(SIGNATURE, "").encode()
    secrets = (settings.app_secret, settings.previous_app_secret)
    opened = [secret.get_secret_value() for secret in secrets if secret.get_secret_value()]
    if not any(
        [hmac.compare_digest(sign(request.body, secret).encode(), given) for secret in opened]
    ):
        raise BadSignature("The webhook is not signed with the app's secret.")


def answer_challenge(request: RawRequest, settings: MetaSettings) -> str | None:
    """Return what Meta wants to hear when the address is entered; None: it is not Meta."""
    query = request.query
    token = settings.verify_token.get_secret_value().encode()
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(token, given):
        return None
    return query.get("hub.challenge", "")[:200] or None


def file_request(request: RawRequest, expected: str) -> list[Incoming]:
    """File a webhook under the hash of its bytes: Meta gives deliveries no id.

    Raises:
        Invalid: it is not a webhook about `expected`.
    """
    read_body(request.body, expected)
    digest = hashlib.sha256(request.body).hexdigest()[:40]
    return [Incoming(provider_id=digest, topic=expected)]


def read_body(body: bytes, expected: str) -> list[dict[str, Any]]:
    """Return the entries of a webhook.

    Raises:
        Invalid: it is not a webhook about `expected`.
    """
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The webhook's body is not JSON.") from None
    if not isinstance(content, dict) or content.get("object") != expected:
        raise Invalid(f"This webhook is not about “{expected}”: it belongs to another connection.")
    entries = content.get("entry")
    if not isinstance(entries, list):
        raise Invalid("The webhook has no entries.")
    return [entry for entry in entries if isinstance(entry, dict)]
