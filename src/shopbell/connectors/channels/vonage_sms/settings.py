"""What a merchant fills in to text through Vonage."""

from pydantic import Field, SecretStr

from shopbell.messaging.ports.prices import PricedSettings


class VonageSmsSettings(PricedSettings):
    """Settings of `vonage_sms`."""

    api_key: str = Field(
        pattern=r"^[A-Za-z0-9]{6,16}$",
        title="API key",
        description="Eight characters. On the first page of the Vonage dashboard.",
    )
    api_secret: SecretStr = Field(
        min_length=1, title="API secret", description="Beside the API key."
    )
    signature_secret: SecretStr = Field(
        min_length=1,
        description="Dashboard, API settings, Signed webhooks: webhooks are checked with it.",
    )
    from_: str = Field(
        alias="from",
        pattern=r"^(\+?[1-9]\d{2,14}|[A-Za-z][A-Za-z0-9 ]{0,10})$",
        description="Your number at Vonage such as +447700900000, or a name of up to 11 letters"
        " and digits (nobody can answer it).",
    )
    api_base: str = Field(
        default="https://api.nexmo.com",
        pattern=r"^https?://",
        title="API base",
        description="Address of Vonage's API. Change it for another region, or for a proxy.",
        json_schema_extra={"rare": True},
    )
    previous_signature_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The signature secret before this one. It is good until you empty this field.",
        json_schema_extra={"rare": True},
    )
    timeout: float = Field(
        default=15.0,
        gt=0,
        le=120,
        description="Seconds to wait for an answer of Vonage.",
        json_schema_extra={"rare": True},
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=8,
        description="How many texts may be on their way to Vonage at the same time.",
        json_schema_extra={"rare": True},
    )

    @property
    def secrets(self) -> list[str]:
        """The secrets that sign webhooks, the newest first."""
        both = (self.signature_secret, self.previous_signature_secret)
        return [secret.get_secret_value() for secret in both if secret.get_secret_value()]
