"""What a merchant fills in for a platform of their own, what it can do included."""

from pydantic import Field, SecretStr

from shopbell.connections.ports import Settings


class HttpSettings(Settings):
    """Settings of one platform behind a program."""

    url: str = Field(
        pattern=r"^https?://",
        description="Address of your program: messages to customers are posted there.",
    )
    webhook_secret: SecretStr = Field(
        min_length=16,
        description="The secret both sides sign with: 16 characters or more, or whsec_ and base64.",
    )
    previous_webhook_secret: SecretStr = Field(
        json_schema_extra={"rare": True},
        default=SecretStr(""),
        description="The secret before this one. What comes in signed with it still counts.",
    )
    max_length: int = Field(
        default=10_000, ge=20, le=100_000, description="Characters of one message, at most."
    )
    window_hours: int = Field(
        default=0,
        ge=0,
        le=8760,
        description="Hours after a customer's message in which you may answer. 0: always.",
    )
    attachment_megabytes: int = Field(
        default=10,
        ge=0,
        le=25,
        description="Megabytes of files that may go along with one message. 0: none.",
    )
    options: int = Field(
        default=10, ge=0, le=20, description="Buttons below a message, at most. 0: none."
    )
    receipts: bool = Field(
        default=False, description="Your program tells whether messages were delivered and read."
    )
    public_comments: bool = Field(
        default=False,
        description="There are public comments: they are answered in public, or once in private.",
    )
    private_reply_days: int = Field(
        json_schema_extra={"rare": True},
        default=7,
        ge=1,
        le=365,
        description="Days after a public comment in which it can be answered in private.",
    )
    timeout: float = Field(
        json_schema_extra={"rare": True},
        default=20.0,
        gt=0,
        le=120,
        description="Seconds to wait for your program's answer.",
    )
