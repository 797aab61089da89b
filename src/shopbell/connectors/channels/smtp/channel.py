"""The `smtp` channel: mail through the merchant's own server.

A newcomer's mistake: waiting for receipts. SMTP has none: a bounce comes later, as a mail.
"""

from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Settings
from shopbell.connectors.channels.smtp.connection import open_connection
from shopbell.connectors.channels.smtp.session import SmtpSession
from shopbell.connectors.channels.smtp.settings import Security, SmtpSettings
from shopbell.kit.errors import ConnectorError, Permanent
from shopbell.messaging.ports import MAIL_BACKOFF, Capabilities, Medium, WithoutWebhooks

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SmtpChannel(WithoutWebhooks):
    """Any SMTP server, with or without TLS and login."""

    key: ClassVar[str] = "smtp"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "E-mail (SMTP server)"
    summary: ClassVar[str] = "Send mail through your own mail server or mailbox provider."
    settings_model: ClassVar[type[Settings]] = SmtpSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.EMAIL,
        html=True,
        subject=True,
        attachment_bytes=18_000_000,  # 25 MB once encoded, which most servers take
        copies=True,
        retry=MAIL_BACKOFF,
        batch=16,
    )

    def open(self, account: Account) -> SmtpSession:
        """Connect and log in."""
        return SmtpSession(account.settings, account.address)

    def check(self, account: Account) -> Health:
        """Connect, log in and leave."""
        settings: SmtpSettings = account.settings
        try:
            connection = open_connection(settings)
        except ConnectorError as error:
            return Health(ok=False, summary=error.message, hint=_hint(error, settings))
        connection.quit()
        encrypted = connection.line.encrypted
        if not encrypted and settings.username and settings.host not in _LOOPBACK:
            hint = "The password travels unprotected. Choose starttls or tls if the server has it."
            return Health(
                ok=True, summary="Connected and logged in, without encryption.", hint=hint
            )
        login = " and logged in" if settings.username else ""
        line = "with" if encrypted else "without"
        return Health(ok=True, summary=f"Connected{login}, {line} encryption.")


def _hint(error: ConnectorError, settings: SmtpSettings) -> str:
    if not isinstance(error, Permanent):
        return "Check the name and the port. Some hosting providers block port 25 and 587."
    if "certificate" in error.message:
        return "Use the server's exact name, or add its certificate if it is your own server."
    if "STARTTLS" in error.message and settings.security is Security.STARTTLS:
        return "Try tls on port 465. Choose none only for a server inside your own network."
    return "Check user name and password. With two-step login you need an app password."
