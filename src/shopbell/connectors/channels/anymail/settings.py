"""What a merchant fills in to send through a mail provider."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.anymail.providers import TRAITS, Provider, Traits

_ALWAYS = ("api_url",)


class AnymailSettings(Settings):
    """Settings of one account at a mail provider."""

    provider: Provider = Field(description="The mail provider.")
    api_key: SecretStr = Field(
        min_length=1, description="The key (or token) for its API. For Amazon SES: access key id."
    )
    api_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Only for Mailjet (secret key) and Amazon SES (secret access key).",
    )
    options: dict[str, str] = Field(
        default_factory=dict,
        description="Further settings of some providers, such as sender_domain, region, api_url.",
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The key with which the provider signs webhooks, if it does.",
    )
    webhook_auth: SecretStr = Field(
        default=SecretStr(""),
        description="user:password that you put into the webhook's address. Two pairs with a "
        "space between them are both good while you change them.",
    )
    from_name: str = Field(
        default="",
        max_length=100,
        description="Name your customers see as the sender. Empty: the name of the store.",
    )
    plain_reply_to: bool = Field(
        default=False,
        description="Leave the token out of the reply address. For servers without plus addresses.",
    )
    concurrency: int = Field(
        default=4, ge=1, le=64, description="How many requests may be under way at the same time."
    )
    max_per_second: int = Field(
        default=0, ge=0, description="Send no more mails than this in a second. 0: no limit."
    )
    timeout: float = Field(
        default=30.0, gt=0, le=300, description="Seconds to wait for the provider's answer."
    )

    @property
    def traits(self) -> Traits:
        """What is particular to the provider."""
        return TRAITS[self.provider]

    @model_validator(mode="after")
    def _options_fit_the_provider(self) -> Self:
        traits = self.traits
        known = sorted({*_ALWAYS, *traits.options, *traits.needs})
        unknown = sorted(set(self.options) - set(known))
        if unknown:
            raise ValueError(
                f"{traits.title} knows no option {', '.join(unknown)}. Known: {', '.join(known)}."
            )
        missing = [name for name in traits.needs if not self.options.get(name)]
        if missing:
            raise ValueError(f"{traits.title} needs the option {', '.join(missing)}.")
        return self
