"""The `mailbox` channel: sending as `smtp` does, and the IMAP mailbox beside it."""

from dataclasses import replace
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Settings
from shopbell.connectors.channels.mailbox.imap import ImapMailbox
from shopbell.connectors.channels.mailbox.settings import MailboxSettings
from shopbell.connectors.channels.smtp.channel import SmtpChannel
from shopbell.connectors.channels.smtp.session import SmtpSession
from shopbell.kit.errors import ConnectorError, Permanent
from shopbell.messaging.ports import MAIL_BACKOFF, Capabilities, Medium, WithoutWebhooks

_SMTP = SmtpChannel()


class MailboxChannel(WithoutWebhooks):
    """A mailbox at any provider that speaks IMAP and SMTP."""

    key: ClassVar[str] = "mailbox"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Mailbox (IMAP and SMTP)"
    summary: ClassVar[str] = "Customers' mails become conversations, answers leave from here."
    settings_model: ClassVar[type[Settings]] = MailboxSettings
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
        """Connect to the sending server and log in."""
        return SmtpSession(account.settings.smtp(), account.address)

    def open_mailbox(self, account: Account) -> ImapMailbox:
        """Connect to the mailbox and log in."""
        return ImapMailbox(account.settings)

    def check(self, account: Account) -> Health:
        """Try both servers."""
        try:
            mailbox = ImapMailbox(account.settings)
            try:
                mailbox.look()
            finally:
                mailbox.close()
        except ConnectorError as error:
            return Health(
                ok=False, summary=f"Incoming mail: {error.message}", hint=_imap_hint(error)
            )
        sending = _SMTP.check(replace(account, settings=account.settings.smtp()))
        if not sending.ok:
            return replace(sending, summary=f"Outgoing mail: {sending.summary}")
        watched = (
            "" if mailbox.idles else " The server has no IDLE; new mail is seen in 20 seconds."
        )
        return replace(sending, summary=f"Both directions work. {sending.summary}{watched}")


def _imap_hint(error: ConnectorError) -> str:
    if not isinstance(error, Permanent):
        return "Check name and port of the IMAP server, and whether IMAP is switched on there."
    if error.code == "folder":
        return "Write the folders as the server calls them."
    if error.code == "certificate":
        return "Use the server's exact name, or add its certificate if it is your own server."
    return "Check user name and password. With two-step login you need an app password."
