"""Settings of a connected WooCommerce shop. The field names are a public contract.

A newcomer's mistake: an `http://` address. WooCommerce takes the key and secret over https only.
"""

from pydantic import Field, SecretStr, field_validator

from shopbell.connections.ports import Settings


class WooCommerceSettings(Settings):
    """How to reach one WooCommerce shop, and how to know that a webhook is from it."""

    url: str = Field(
        description="The shop's address, such as https://lark.example.",
        min_length=1,
        max_length=500,
    )
    webhook_secret: SecretStr = Field(
        description="The secret you enter in WooCommerce for each webhook.", min_length=1
    )
    previous_webhook_secret: SecretStr | None = Field(
        default=None,
        description="The secret before the last change. Both count while you switch over.",
        min_length=1,
    )
    consumer_key: SecretStr | None = Field(
        default=None,
        description="Consumer key of the REST API (begins with ck_). Without it webhooks still "
        "work, but nothing missed can be read back.",
        min_length=1,
    )
    consumer_secret: SecretStr | None = Field(
        default=None,
        description="Consumer secret of the REST API (begins with cs_).",
        min_length=1,
    )
    api_base: str = Field(
        default="",
        description="Address of the site if its REST API lives elsewhere. Usually empty.",
        max_length=500,
    )

    @field_validator("url", "api_base")
    @classmethod
    def _with_scheme(cls, value: str) -> str:
        """Accept an address without https://."""
        value = value.rstrip("/")
        if not value or value.startswith(("http://", "https://")):
            return value
        return f"https://{value}"

    @property
    def endpoint(self) -> str:
        """Where the REST API lives."""
        return f"{self.api_base or self.url}/wp-json/wc/v3"

    @property
    def secrets(self) -> list[str]:
        """All secrets a webhook may be signed with now."""
        both = (self.webhook_secret, self.previous_webhook_secret)
        return [secret.get_secret_value() for secret in both if secret is not None]

    @property
    def keys(self) -> tuple[str, str] | None:
        """Key and secret of the REST API, if both are there."""
        if self.consumer_key is None or self.consumer_secret is None:
            return None
        return self.consumer_key.get_secret_value(), self.consumer_secret.get_secret_value()
