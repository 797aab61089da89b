"""A small real connector for tests of the webhook door: HMAC-SHA256 in hex over the raw body.

Headers: `x-bell-signature`, `x-bell-id`, `x-bell-topic`. Importing it registers it as `bell`.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import (
    CONNECTORS,
    Account,
    Family,
    Health,
    Incoming,
    RawRequest,
    Settings,
)
from shopbell.kit.errors import BadSignature, Invalid


class BellSettings(Settings):
    """One secret."""

    secret: SecretStr = Field(description="The shared secret.")
    broken: bool = Field(default=False, description="Whether `verify` falls over.")


class Bell:
    """Receives signed webhooks; answers a GET with its `challenge` parameter."""

    key: ClassVar[str] = "bell"
    family: ClassVar[Family] = "shop"
    title: ClassVar[str] = "Bell"
    summary: ClassVar[str] = "For tests."
    settings_model: ClassVar[type[Settings]] = BellSettings

    def check(self, account: Account) -> Health:
        """Say that all is well."""
        return Health(ok=True, summary="Fine.")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Compare the signature."""
        if account.settings.broken:
            raise RuntimeError(
                "the connector fell over with " + request.headers["x-bell-signature"]
            )
        wanted = sign(account.settings.secret.get_secret_value(), request.body)
        if not hmac.compare_digest(
            request.headers.get("x-bell-signature", "").encode(), wanted.encode()
        ):
            raise BadSignature("wrong")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under the id of the header."""
        try:
            json.loads(request.body)
        except ValueError:
            raise Invalid("The body is not JSON.") from None
        return [Incoming(request.headers["x-bell-id"], request.headers.get("x-bell-topic", ""))]

    def challenge(self, request: RawRequest, account: Account) -> str | None:
        """Answer the address check."""
        return request.query.get("challenge")


def sign(secret: str, body: bytes) -> str:
    """Return the signature of a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(secret: str, body: bytes, bell_id: str, topic: str = "orders/create") -> dict[str, str]:
    """Return the headers of a genuine webhook."""
    return {
        "content-type": "application/json",
        "x-bell-signature": sign(secret, body),
        "x-bell-id": bell_id,
        "x-bell-topic": topic,
    }


CONNECTORS.register(Bell.key, Bell())
