"""What a merchant fills in to send through their own mail server."""

from enum import StrEnum

from pydantic import Field, JsonValue, SecretStr

from shopbell.connections.ports import Settings

_RARE: dict[str, JsonValue] = {"rare": True}


class Security(StrEnum):
    """How the line is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SmtpSettings(Settings):
    """Settings of one mail server."""

    host: str = Field(
        min_length=1,
        max_length=253,
        pattern=r"^[^\s/@]+$",
        description="Name of the server that takes your outgoing mail, such as smtp.example.com.",
    )
    port: int = Field(
        default=587,
        ge=1,
        le=65535,
        description="587 for starttls, 465 for tls, 25 inside your own network.",
    )
    security: Security = Field(
        default=Security.STARTTLS,
        description="starttls (usual), tls (port 465) or none (only inside your own network).",
    )
    username: str = Field(
        default="", max_length=255, description="Login name. Empty if the server wants none."
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Password. With two-step login on, make an app password at your mail provider.",
    )
    from_name: str = Field(
        default="",
        max_length=100,
        description="Name your customers see as the sender. Empty: the name of the store.",
    )
    plain_reply_to: bool = Field(
        title="Reply address without a token",
        json_schema_extra=_RARE,
        default=False,
        description="Leave the token out of the reply address. For servers without plus addresses.",
    )
    concurrency: int = Field(
        title="Connections at the same time",
        json_schema_extra=_RARE,
        default=4,
        ge=1,
        le=64,
        description="How many connections may be open to the server at the same time.",
    )
    max_per_second: int = Field(
        title="Mails in a second",
        json_schema_extra=_RARE,
        default=0,
        ge=0,
        description="Send no more mails than this in a second. 0: as fast as it goes.",
    )
    verify_certificates: bool = Field(
        title="Verify certificates",
        json_schema_extra=_RARE,
        default=True,
        description="Refuse a server whose certificate does not fit its name. Leave this on.",
    )
    ca_certificates: str = Field(
        title="Certificates to trust",
        json_schema_extra=_RARE,
        default="",
        description="PEM certificates to trust besides the usual ones, for a server of your own.",
    )
    timeout: float = Field(
        title="Patience for an answer",
        json_schema_extra=_RARE,
        default=30.0,
        gt=0,
        le=300,
        description="Seconds to wait for the server to connect or to answer a command.",
    )
    data_timeout: float = Field(
        title="Patience after a whole mail",
        json_schema_extra=_RARE,
        default=600.0,
        gt=0,
        le=1800,
        description="Seconds to wait once a whole mail is handed over. Short values risk doubles.",
    )
    messages_per_connection: int = Field(
        title="Mails over one connection",
        json_schema_extra=_RARE,
        default=100,
        ge=1,
        le=10_000,
        description="After so many mails a fresh connection is made. Some servers allow only few.",
    )
