"""Where a listener listens, and how answers leave."""

from typing import Literal

from pydantic import Field, SecretStr

from shopbell.connections.ports import Settings
from shopbell.connectors.channels.smtp.settings import Security, SmtpSettings


class ListenerSettings(Settings):
    """Settings of one listener."""

    bind: str = Field(
        default="127.0.0.1",
        pattern=r"^[0-9a-fA-F.:]+$",
        max_length=45,
        description="Address of this machine on which mail is taken. 127.0.0.1: from here only.",
    )
    port: int = Field(default=2424, ge=1, le=65535, description="Port on which mail is taken.")
    protocol: Literal["lmtp", "smtp"] = Field(
        default="lmtp",
        description="lmtp for your mail server as the one before us; smtp if it knows no LMTP.",
    )
    smtp_host: str = Field(
        default="",
        max_length=253,
        pattern=r"^[^\s/@]*$",
        description="Server that takes answers. Empty: the store's other mail inbox sends them.",
    )
    smtp_port: int = Field(
        default=25, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 inside."
    )
    smtp_security: Security = Field(
        default=Security.NONE,
        description="starttls, tls (port 465) or none (only inside your own network).",
    )
    smtp_user: str = Field(
        default="", max_length=255, description="Login name. Empty if the server wants none."
    )
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password for sending.")
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
        default=4, ge=1, le=64, description="How many connections may be open for sending."
    )

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
        )
