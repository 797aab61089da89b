"""What a merchant fills in to talk to customers through a bot."""

from pydantic import Field, SecretStr, field_validator

from shopbell.connections.ports import Settings

_SIGNS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class TelegramSettings(Settings):
    """Settings of one bot."""

    bot_token: SecretStr = Field(
        min_length=10, description="The bot's token, as @BotFather shows it: 123456:ABC…"
    )
    secret_token: SecretStr = Field(
        min_length=16,
        max_length=256,
        description="At least 16 letters and digits of your own. Telegram sends them with each "
        "webhook to prove that it is Telegram. You need not enter them there.",
    )
    username: str = Field(
        default="",
        pattern=r"^@?([A-Za-z0-9_]{4,32})?$",
        description="The bot's name, such as lark_larder_bot. Needed for links that open a chat.",
    )
    api_base: str = Field(
        json_schema_extra={"rare": True},
        default="https://api.telegram.org",
        pattern=r"^https?://",
        description="Address of the Bot API, for a server of your own or a proxy.",
    )
    timeout: float = Field(
        json_schema_extra={"rare": True},
        default=20.0,
        gt=0,
        le=120,
        description="Seconds to wait for an answer of Telegram.",
    )

    @field_validator("secret_token")
    @classmethod
    def _sendable(cls, value: SecretStr) -> SecretStr:
        if not set(value.get_secret_value()) <= _SIGNS:
            raise ValueError("Use only letters, digits, _ and -: Telegram sends nothing else.")
        return value
