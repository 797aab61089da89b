"""The settings that every account at Meta has. The platforms add whose account it is."""

from abc import abstractmethod

from pydantic import Field, SecretStr

from shopbell.connections.ports import Settings

API_VERSION = "v25.0"


class MetaSettings(Settings):
    """What is the same for Instagram and Messenger."""

    access_token: SecretStr = Field(
        min_length=1, description="The access token that may read and send the account's messages."
    )
    app_secret: SecretStr = Field(
        min_length=1,
        description="App secret, from your app at Meta: App settings, Basic. It signs webhooks.",
    )
    previous_app_secret: SecretStr = Field(
        json_schema_extra={"rare": True},
        default=SecretStr(""),
        description="The secret before the last change. Both count while you switch over.",
    )
    verify_token: SecretStr = Field(
        min_length=8,
        description="Any words of your own. Enter the same ones at Meta beside the webhook's "
        "address: Meta shows them once to prove that it asks.",
    )
    api_base: str = Field(
        json_schema_extra={"rare": True},
        default="https://graph.facebook.com",
        pattern=r"^https?://",
        description="Address of the Graph API, for a proxy or a test server.",
    )
    api_version: str = Field(
        json_schema_extra={"rare": True},
        default=API_VERSION,
        pattern=r"^v\d{1,3}\.\d$",
        description="Version of the Graph API.",
    )

    timeout: float = Field(
        json_schema_extra={"rare": True},
        default=20.0,
        gt=0,
        le=120,
        description="Seconds to wait for an answer of Meta.",
    )

    @property
    @abstractmethod
    def own_id(self) -> str:
        """The account's id in webhooks."""

    @property
    def sends_as(self) -> str:
        """The id in the address to which messages are posted."""
        return self.own_id
