"""Twilio Programmable Messaging: text messages (SMS), and pictures (MMS) where numbers allow.

A newcomer's mistake: sending the confirmation of a STOP. Twilio answers its own words itself and
blocks the pair; then our text would be refused with 21610 (see `answers_words`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.twilio_signatures import require_signature
from shopbell.connectors.channels.twilio_sms import asking, checking, webhooks
from shopbell.connectors.channels.twilio_sms.client import fetch_media
from shopbell.connectors.channels.twilio_sms.session import TwilioSession
from shopbell.connectors.channels.twilio_sms.settings import TwilioSmsSettings
from shopbell.messaging.ports import Capabilities, Medium, Missed, Receipt, RemoteFile, Written

# Default opt-out of long codes and toll-free numbers:
# https://help.twilio.com/articles/223134027 (22 November 2026)
ANSWERED = frozenset(
    (
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
        *("start", "unstop", "yes", "help", "info"),
    )
)
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class TwilioSms:
    """The channel `twilio_sms`."""

    key: ClassVar[str] = "twilio_sms"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "SMS through Twilio"
    summary: ClassVar[str] = "Text messages both ways through a number of yours at Twilio."
    settings_model: ClassVar[type[Settings]] = TwilioSmsSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.SMS,
        max_length=1600,
        attachment_bytes=5_000_000,
        delivery_receipts=True,
        answered_words=ANSWERED,
    )

    def address(self, settings: TwilioSmsSettings) -> str:
        """Return the first sender."""
        return settings.from_[0]

    def check(self, account: Account) -> Health:
        """Ask Twilio about the account, its balance and its numbers."""
        return checking.check(account)

    def open(self, account: Account) -> TwilioSession:
        """Return a line; the first message shows whether Twilio takes the key."""
        return TwilioSession(account)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check Twilio's signature."""
        require_signature(request, account.webhook_url, account.settings.tokens)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File a text or a receipt."""
        return webhooks.identify(request)

    def answer(self, request: RawRequest, account: Account) -> tuple[str, str]:
        """Tell Twilio to do nothing: what there is to say is sent as a message."""
        return "text/xml; charset=utf-8", NOTHING_TO_SAY

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate what became of a message."""
        return webhooks.receipts(topic, body)

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Translate a text from a customer."""
        return webhooks.written(body)

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Fetch a picture from Twilio."""
        return fetch_media(account.settings, file.ref)

    def missed(self, account: Account, since: datetime) -> Missed:
        """Ask for what came while nobody listened."""
        return asking.missed(account, since)
