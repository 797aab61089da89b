"""Vonage's Messages API, for text messages."""

from collections.abc import Sequence
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.vonage_sms import webhooks
from shopbell.connectors.channels.vonage_sms.session import VonageSession, client, record_of
from shopbell.connectors.channels.vonage_sms.settings import VonageSmsSettings
from shopbell.connectors.channels.vonage_sms.signing import require_signature
from shopbell.kit.errors import ConnectorError, Unsupported
from shopbell.messaging.ports import Capabilities, Medium, Receipt, RemoteFile, Written


class VonageSms:
    """The channel `vonage_sms`."""

    key: ClassVar[str] = "vonage_sms"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "SMS through Vonage"
    summary: ClassVar[str] = "Text messages both ways through a number of yours at Vonage."
    settings_model: ClassVar[type[Settings]] = VonageSmsSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.SMS, max_length=1000, delivery_receipts=True
    )

    def address(self, settings: VonageSmsSettings) -> str:
        """Return the number or name customers see."""
        return settings.from_

    def check(self, account: Account) -> Health:
        """Ask for the balance."""
        try:
            reply = client(account.settings).get("account/get-balance")
        except ConnectorError as error:
            return Health(False, error.message, "Look at the API key and the API secret.")
        balance = record_of(reply.body).get("value")
        facts = (("Balance", f"{balance} EUR"),) if balance is not None else ()
        return Health(True, "Vonage accepts the key.", "", facts)

    def open(self, account: Account) -> VonageSession:
        """Return a line; the first text shows whether Vonage takes it."""
        return VonageSession(account)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the token and the hash of the body in it."""
        require_signature(request, account.settings.api_key, account.settings.secrets)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File a text or a receipt."""
        return webhooks.identify(request)

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate what became of a text."""
        return webhooks.receipts(body)

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Translate a text from a customer."""
        return webhooks.written(body)

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Refuse: texts bring no files here."""
        raise Unsupported("Texts bring no files here.")
