"""Settings of a connected Shopify shop. The field names are a public contract (`shopbell apply`).

A newcomer's mistake: entering the shop's own domain. Shopify signs in the name of the
`.myshopify.com` one.
"""

import re

from pydantic import Field, SecretStr, field_validator

from shopbell.connections.ports import Settings


class ShopifySettings(Settings):
    """How to reach one Shopify shop, and how to know that a webhook is from it."""

    domain: str = Field(
        description="The shop's permanent domain, such as lark.myshopify.com.",
        min_length=1,
        max_length=200,
    )
    webhook_secret: SecretStr = Field(
        description="The key that signs the webhooks: the client secret of your app, or the key "
        "shown under Settings, Notifications, Webhooks.",
        min_length=1,
    )
    previous_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The key before the last change. Both count while Shopify switches over.",
        min_length=1,
    )
    access_token: SecretStr | None = Field(
        default=None,
        description="The app's Admin API access token. Without it webhooks still work, but "
        "nothing missed can be read back.",
        min_length=1,
    )
    api_base: str = Field(
        default="",
        description="Address of the Admin API. Leave empty for https:// and the domain.",
        max_length=500,
    )
    api_version: str = Field(
        default="2026-01",
        description="Version of the Admin API to ask for.",
        pattern=r"^(20[0-9]{2}-[0-9]{2}|unstable)$",
    )

    @field_validator("domain")
    @classmethod
    def _bare_domain(cls, value: str) -> str:
        """Accept an address pasted from the browser."""
        bare = re.sub(r"^[a-z]+://", "", value.strip().lower()).split("/")[0]
        if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]+)?", bare):
            raise ValueError("This is not a domain. It looks like lark.myshopify.com.")
        return bare

    @property
    def endpoint(self) -> str:
        """Where GraphQL is asked."""
        base = (self.api_base or f"https://{self.domain}").rstrip("/")
        return f"{base}/admin/api/{self.api_version}"

    @property
    def secrets(self) -> list[str]:
        """All keys a webhook may be signed with now."""
        both = (self.webhook_secret, self.previous_webhook_secret)
        return [secret.get_secret_value() for secret in both if secret is not None]
