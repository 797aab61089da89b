"""The `listener` channel: another mail server hands mail over to us; answers leave by SMTP."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Settings
from shopbell.connectors.channels.listener.server import ListeningDoor
from shopbell.connectors.channels.listener.settings import ListenerSettings
from shopbell.connectors.channels.smtp.channel import SmtpChannel
from shopbell.connectors.channels.smtp.session import SmtpSession
from shopbell.kit.errors import Permanent
from shopbell.messaging.ports import MAIL_BACKOFF, Capabilities, HandedMail, Medium, WithoutWebhooks

_SMTP = SmtpChannel()


class ListenerChannel(WithoutWebhooks):
    """A port of our own that takes mail for this store's addresses."""

    key: ClassVar[str] = "listener"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Mail from your own mail server (LMTP or SMTP)"
    summary: ClassVar[str] = "Your mail server hands customers' mails over at once."
    settings_model: ClassVar[type[Settings]] = ListenerSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.EMAIL,
        html=True,
        subject=True,
        attachment_bytes=18_000_000,
        copies=True,
        retry=MAIL_BACKOFF,
        batch=16,
        sending_needs="smtp_host",
    )

    def open(self, account: Account) -> SmtpSession:
        """Connect to the sending server and log in."""
        if not account.settings.smtp_host:
            raise Permanent("This inbox only takes mail.", code="no_server")
        return SmtpSession(account.settings.smtp(), account.address)

    def where(self, account: Account) -> str:
        """Return address and port."""
        return f"{account.settings.bind}:{account.settings.port}"

    def listen(
        self, account: Account, knows: Callable[[str], bool], take: Callable[[HandedMail], None]
    ) -> ListeningDoor:
        """Listen in a thread of its own."""
        return ListeningDoor(account.settings, knows, take)

    def check(self, account: Account) -> Health:
        """Try the sending server; the worker tells about listening."""
        if not account.settings.smtp_host:
            return Health(
                ok=True, summary=f"Mail is taken on {self.where(account)} by the worker process."
            )
        return _SMTP.check(replace(account, settings=account.settings.smtp()))
