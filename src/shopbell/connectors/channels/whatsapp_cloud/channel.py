"""The `whatsapp_cloud` channel: one WhatsApp number at Meta's Cloud API."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.whatsapp_cloud import templates
from shopbell.connectors.channels.whatsapp_cloud.compose import TEXT_LENGTH
from shopbell.connectors.channels.whatsapp_cloud.condition import check_account
from shopbell.connectors.channels.whatsapp_cloud.graph import MEDIA_BYTES, Graph
from shopbell.connectors.channels.whatsapp_cloud.reading import read_written
from shopbell.connectors.channels.whatsapp_cloud.session import WhatsAppSession
from shopbell.connectors.channels.whatsapp_cloud.settings import WhatsAppSettings
from shopbell.connectors.channels.whatsapp_cloud.template_news import read_news
from shopbell.connectors.channels.whatsapp_cloud.webhooks import (
    answer_challenge,
    changes_of,
    identify_request,
    read_receipts,
    verify_request,
)
from shopbell.kit.errors import Permanent, Temporary
from shopbell.messaging.ports import (
    Capabilities,
    Medium,
    ProviderTemplate,
    Receipt,
    RemoteFile,
    TemplateNews,
    Written,
)


class WhatsAppChannel:
    """WhatsApp at Meta's own API."""

    key: ClassVar[str] = "whatsapp_cloud"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "WhatsApp"
    summary: ClassVar[str] = "Write with customers on WhatsApp, through Meta's Cloud API."
    settings_model: ClassVar[type[Settings]] = WhatsAppSettings
    address_label: ClassVar[str] = "Phone number"
    address_help: ClassVar[str] = "The number customers see, with its country code: +4930123456."
    address_needed: ClassVar[bool] = True
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.WHATSAPP,
        max_length=TEXT_LENGTH,
        attachment_bytes=MEDIA_BYTES,
        delivery_receipts=True,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        template_outside_window=True,
        opt_in=True,
        pair_seconds=6.0,
        options=10,
    )

    def open(self, account: Account) -> WhatsAppSession:
        """Make ready; the first request is the first message."""
        return WhatsAppSession(account.settings)

    def check(self, account: Account) -> Health:
        """Ask Meta how the number is."""
        return check_account(account.settings)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature."""
        verify_request(request, account.settings)

    def challenge(self, request: RawRequest, account: Account) -> str | None:
        """Answer the question Meta asks when the webhook's address is entered there."""
        return answer_challenge(request, account.settings.verify_token)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the whole request as one entry."""
        return [identify_request(request.body)]

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate the statuses of one stored webhook."""
        return read_receipts(body, account.settings)

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Translate the messages of one stored webhook."""
        return read_written(body, account.settings)

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Ask for the address of a file, then for its bytes."""
        settings: WhatsAppSettings = account.settings
        if not file.ref.isalnum():
            raise Permanent("WhatsApp names a file by something that is no id.", code="invalid")
        graph = Graph(settings)
        params = {"phone_number_id": settings.phone_number_id}
        told = graph.call("GET", file.ref, params=params)
        content = graph.download(told.text("url", limit=4000))
        digest = told.lower("sha256")
        if len(digest) == 64 and hashlib.sha256(content).hexdigest() != digest:
            raise Temporary("WhatsApp handed over a file that is damaged.")
        return content

    def templates(self, account: Account) -> Sequence[ProviderTemplate]:
        """Return all approved, waiting and refused templates."""
        return templates.list_templates(account.settings)

    def submit_template(self, account: Account, template: ProviderTemplate) -> ProviderTemplate:
        """Ask Meta to approve a template."""
        return templates.submit(account.settings, template)

    def template_news(self, topic: str, body: bytes, account: Account) -> list[TemplateNews]:
        """Translate what one stored webhook tells about templates."""
        return read_news(changes_of(body), account.settings)
