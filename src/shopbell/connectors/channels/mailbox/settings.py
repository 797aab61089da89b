"""What a merchant fills in to connect a mailbox: both servers, and what is fetched."""

from pydantic import Field, SecretStr, field_validator

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.smtp.settings import Security, SmtpSettings

_HOST = r"^[^\s/@]+$"


class MailboxSettings(Settings):
    """Settings of one mailbox."""

    imap_host: str = Field(
        min_length=1,
        max_length=253,
        pattern=_HOST,
        description="Name of the server that keeps your incoming mail, such as imap.example.com.",
    )
    imap_port: int = Field(
        default=993, ge=1, le=65535, description="993 for tls, 143 for starttls and none."
    )
    imap_security: Security = Field(
        default=Security.TLS,
        description="tls (usual), starttls or none (only inside your own network).",
    )
    imap_user: str = Field(
        min_length=1, max_length=255, description="Login name of the mailbox, often its address."
    )
    imap_password: SecretStr = Field(
        description="Password. With two-step login on, make an app password at your mail provider.",
    )
    smtp_host: str = Field(
        min_length=1,
        max_length=253,
        pattern=_HOST,
        description="Name of the server that takes your outgoing mail, such as smtp.example.com.",
    )
    smtp_port: int = Field(
        default=587,
        ge=1,
        le=65535,
        description="587 for starttls, 465 for tls, 25 inside your own network.",
    )
    smtp_security: Security = Field(
        default=Security.STARTTLS,
        description="starttls (usual), tls (port 465) or none (only inside your own network).",
    )
    smtp_user: str = Field(
        default="", max_length=255, description="Login name. Empty if the server wants none."
    )
    smtp_password: SecretStr = Field(
        default=SecretStr(""), description="Password, usually the same as for the incoming mail."
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
    folders: list[str] = Field(
        default=["INBOX"],
        min_length=1,
        max_length=20,
        description="Folders whose mail is fetched. The first is watched without a pause.",
    )
    first_sync_days: int = Field(
        default=0,
        ge=0,
        le=365,
        description="Fetch mail of so many days before connecting. 0: only what comes from now on.",
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=64,
        description="How many connections may be open for sending at the same time.",
    )
    max_per_second: int = Field(
        default=0,
        ge=0,
        description="Send no more mails than this in a second. 0: as fast as it goes.",
    )
    verify_certificates: bool = Field(
        default=True,
        description="Refuse a server whose certificate does not fit its name. Leave this on.",
    )
    ca_certificates: str = Field(
        default="",
        description="PEM certificates to trust besides the usual ones, for a server of your own.",
    )
    timeout: float = Field(
        default=30.0,
        gt=0,
        le=300,
        description="Seconds to wait for a server to connect or to answer a command.",
    )

    @field_validator("folders", mode="before")
    @classmethod
    def _from_a_form(cls, value: object) -> object:
        """A page sends folders as one line with commas."""
        if isinstance(value, str):
            value = [name.strip() for name in value.split(",") if name.strip()]
        return value or ["INBOX"]

    def smtp(self) -> SmtpSettings:
        """Return the sending half as the `smtp` connector knows it."""
        return SmtpSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=self.smtp_user,
            password=self.smtp_password,
            from_name=self.from_name,
            plain_reply_to=self.plain_reply_to,
            concurrency=self.concurrency,
            max_per_second=self.max_per_second,
            verify_certificates=self.verify_certificates,
            ca_certificates=self.ca_certificates,
            timeout=self.timeout,
        )
