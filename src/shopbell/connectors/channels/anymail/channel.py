"""The `anymail` channel: mail through the API of a mail provider, with its receipts.

A newcomer's mistake: a connector per provider. What differs is data (`providers.py`); the work is
django-anymail's.
"""

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.anymail.backends import make_backend
from shopbell.connectors.channels.anymail.inbound import inbound_view, is_inbound, raw_mail
from shopbell.connectors.channels.anymail.providers import Provider
from shopbell.connectors.channels.anymail.receipts import to_receipt
from shopbell.connectors.channels.anymail.session import AnymailSession
from shopbell.connectors.channels.anymail.settings import AnymailSettings
from shopbell.connectors.channels.anymail.subscriptions import confirm_subscription
from shopbell.connectors.channels.anymail.webhooks import (
    check_json,
    is_guarded,
    read_events,
    verify_request,
)
from shopbell.kit.errors import ConnectorError
from shopbell.messaging.ports import Capabilities, Medium, Receipt

_INBOUND = "inbound"


class AnymailChannel:
    """Any provider that django-anymail knows."""

    key: ClassVar[str] = "anymail"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "E-mail (mail provider)"
    summary: ClassVar[str] = "Send mail through Postmark, Mailgun, Brevo, Amazon SES and others."
    settings_model: ClassVar[type[Settings]] = AnymailSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.EMAIL,
        html=True,
        subject=True,
        delivery_receipts=True,
        read_receipts=True,
        click_receipts=True,
        hook_bytes=20_000_000,  # a mail with its files
        attachment_bytes=7_000_000,  # the narrowest provider takes 10 MB once encoded
        copies=True,
        batch=8,
    )

    def open(self, account: Account) -> AnymailSession:
        """Make ready; the first request is the first mail."""
        return AnymailSession(account.settings, account.address)

    def check(self, account: Account) -> Health:
        """Check that the settings are whole. Providers have no common call to test a key with."""
        settings: AnymailSettings = account.settings
        traits = settings.traits
        try:
            make_backend(settings)
        except ConnectorError as error:
            return Health(ok=False, summary=error.message, hint="Complete the settings.")
        if traits.view and not is_guarded(settings):
            hint = "Set webhook_auth or webhook_secret, or bounces and complaints stay unknown."
            return Health(ok=True, summary=f"{traits.title} can send; receipts are off.", hint=hint)
        hint = "Send a test mail: the key is used for the first time then."
        return Health(ok=True, summary=f"{traits.title} is set up.", hint=hint)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the webhook's signature and password."""
        settings: AnymailSettings = account.settings
        view = inbound_view(settings) if is_inbound(settings, request.body) else None
        verify_request(request, account, view)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File the whole request as one entry; a repeated delivery has the same bytes."""
        settings: AnymailSettings = account.settings
        check_json(request.body)
        if is_inbound(settings, request.body):
            digest = hashlib.sha256(request.body).hexdigest()[:40]
            return [Incoming(provider_id=digest, topic=f"{settings.provider}.{_INBOUND}")]
        topic = f"{settings.provider}.tracking"
        header = settings.traits.id_header
        event = request.headers.get(header, "")[:80] if header else ""
        if event:
            return [Incoming(provider_id=event, topic=f"{topic}:{event}")]
        digest = hashlib.sha256(request.body).hexdigest()[:40]
        return [Incoming(provider_id=digest, topic=topic)]

    def mail(self, topic: str, body: bytes, account: Account) -> bytes | None:
        """Return the raw mail that a stored webhook brought; None: it brought none."""
        if not topic.endswith(f".{_INBOUND}"):
            return None
        return raw_mail(account.settings, body)

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate one stored webhook."""
        settings: AnymailSettings = account.settings
        if settings.provider is Provider.SES and confirm_subscription(settings, body):
            return []
        header, event = settings.traits.id_header, topic.partition(":")[2]
        headers = {header: event} if header and event else {}
        events = read_events(settings, body, headers)
        found = [to_receipt(one, settings.provider) for one in events]
        return [receipt for receipt in found if receipt is not None]
