"""Any text gateway that takes an HTTP request: what it wants is filled into a template."""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.http_sms import webhooks
from shopbell.connectors.channels.http_sms.session import HttpSession
from shopbell.connectors.channels.http_sms.settings import HttpSmsSettings
from shopbell.kit.errors import ConnectorError, Unsupported
from shopbell.kit.http import Provider
from shopbell.messaging.ports import Capabilities, Medium, Receipt, RemoteFile, Written


class HttpSms:
    """The channel `http_sms`."""

    key: ClassVar[str] = "http_sms"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "SMS through any gateway"
    summary: ClassVar[str] = "Text messages through a gateway that takes HTTP requests."
    settings_model: ClassVar[type[Settings]] = HttpSmsSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.SMS,
        max_length=1600,
        delivery_receipts=True,
        receipts_need="field_status",
    )

    def address(self, settings: HttpSmsSettings) -> str:
        """Return the number or name customers see."""
        return settings.from_

    def check(self, account: Account) -> Health:
        """See whether the gateway answers at all; only a text shows whether it takes texts."""
        parts = urlsplit(account.settings.url)
        client = Provider(f"{parts.scheme}://{parts.netloc}", name="The gateway", total_timeout=10)
        try:
            reply = client.ask("GET", "/", follow=False)
        except ConnectorError as error:
            return Health(False, error.message, "Look at the address.")
        hint = "" if account.settings.secrets else "Without a webhook secret nothing is taken in."
        summary = f"{parts.hostname} answers ({reply.status}). Now send yourself a test."
        return Health(True, summary, hint)

    def open(self, account: Account) -> HttpSession:
        """Return a line; the first text shows whether the gateway takes it."""
        return HttpSession(account)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the shared secret."""
        webhooks.verify(request, account.settings)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File a text or a receipt."""
        return webhooks.identify(request, account.settings)

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate a receipt."""
        return webhooks.receipts(body, account.settings)

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Translate a text."""
        return webhooks.written(body, account.settings)

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Refuse: such gateways bring no files."""
        raise Unsupported("This gateway brings no files.")
