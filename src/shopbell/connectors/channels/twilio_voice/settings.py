"""What is needed to take and place calls through Twilio, by Twilio's own names."""

from pydantic import ConfigDict, Field, SecretStr

from shopbell.connections.ports import Settings

SID = r"^AC[0-9a-f]{32}$"


class TwilioVoiceSettings(Settings):
    """Settings of one phone number at Twilio."""

    model_config = ConfigDict(populate_by_name=True)

    account_sid: str = Field(
        pattern=SID, description="Account SID, on the first page of the Twilio console: AC…"
    )
    auth_token: SecretStr = Field(
        description="Auth Token, beside the Account SID. It also signs what Twilio sends us."
    )
    from_: str = Field(
        alias="from",
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="Your number at Twilio as +4930123456. Customers call it and see it.",
    )
    earlier_auth_token: SecretStr = Field(
        json_schema_extra={"rare": True},
        default=SecretStr(""),
        description="The Auth Token before this one, while you change it at Twilio.",
    )
    transcribe: bool = Field(
        json_schema_extra={"rare": True},
        default=False,
        description="Have Twilio write down messages that callers leave. English only; it costs.",
    )
    api_base: str = Field(
        json_schema_extra={"rare": True},
        default="https://api.twilio.com",
        pattern=r"^https?://[^\s?#]+$",
        description="Address of the API. Another one only for a proxy or a region.",
    )

    def tokens(self) -> list[str]:
        """Return the tokens that may sign a webhook, the present one first."""
        both = (self.auth_token, self.earlier_auth_token)
        return [token.get_secret_value() for token in both if token.get_secret_value()]
