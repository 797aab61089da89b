"""Settings of a generic shop: only how its webhooks are signed. A public contract.

A newcomer's mistake: thinking `whsec_` is part of the key. It says that base64 follows.
"""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from shopbell.connections.ports import Settings
from shopbell.connectors.reading import decode_base64

PREFIX = "whsec_"


class GenericShopSettings(Settings):
    """How to know that a webhook is from this shop."""

    webhook_secret: SecretStr = Field(
        description="The secret both sides know: any text, or whsec_ and base64 as Standard "
        "Webhooks libraries write it.",
        min_length=8,
    )
    previous_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The secret before the last change. Both count while you switch over.",
        min_length=8,
    )

    actions_url: str = Field(
        default="",
        description="An address of the shop that does what staff ask for: refunds and more. Signed "
        "with the secret above. Leave empty if there is none.",
        max_length=500,
        pattern=r"^(https?://.+)?$",
        json_schema_extra={"rare": True},
    )
    actions: list[Literal["refund", "cancel", "reship", "coupon", "return"]] = Field(
        default=[],
        description="What that address can do: refund, cancel, reship, coupon, return.",
        json_schema_extra={"rare": True},
    )

    @field_validator("webhook_secret", "previous_webhook_secret")
    @classmethod
    def _readable(cls, value: SecretStr | None) -> SecretStr | None:
        """What follows `whsec_` must be base64."""
        text = value.get_secret_value() if value else ""
        if text.startswith(PREFIX) and not decode_base64(text.removeprefix(PREFIX)):
            raise ValueError("What follows whsec_ is not base64.")
        return value

    @property
    def keys(self) -> list[bytes]:
        """All keys a webhook may be signed with now.

        Without the prefix a text that happens to be base64 may mean itself or what it encodes
        (libraries differ), so both count.
        """
        keys: list[bytes] = []
        for secret in (self.webhook_secret, self.previous_webhook_secret):
            if secret is None:
                continue
            text = secret.get_secret_value()
            decoded = decode_base64(text.removeprefix(PREFIX))
            if decoded and (text.startswith(PREFIX) or len(decoded) >= 16):
                keys.append(decoded)
            if not text.startswith(PREFIX):
                keys.append(text.encode())
        return keys
