"""The `channel_http` channel: signed JSON out, the same signature in.

A newcomer's mistake: asking the class what it can do. Each account says that in its settings.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors import signatures
from shopbell.connectors.channels.channel_http.form import (
    INLINE,
    read_posted,
    to_receipt,
    to_written,
)
from shopbell.connectors.channels.channel_http.session import NAME, HttpSession
from shopbell.connectors.channels.channel_http.settings import HttpSettings
from shopbell.kit.errors import ConnectorError, Invalid, Permanent
from shopbell.kit.http import Provider, PublicFetcher
from shopbell.messaging.ports import Capabilities, Medium, Receipt, RemoteFile, Written

_FILE_BYTES = 26_000_000
_TOPIC = "posted"


class HttpChannel:
    """A platform behind a program of the merchant's."""

    key: ClassVar[str] = "channel_http"
    family: ClassVar[Family] = "channel"
    title: ClassVar[str] = "Any other platform (signed JSON)"
    summary: ClassVar[str] = "A small program of yours connects LINE, Viber, a forum or anything."
    settings_model: ClassVar[type[Settings]] = HttpSettings
    address_label: ClassVar[str] = "Name on the platform"
    address_help: ClassVar[str] = "What customers see as the sender there, such as @lark."
    address_needed: ClassVar[bool] = False
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.CUSTOM, idempotency=timedelta(hours=24), max_length=10_000, batch=16
    )

    def capabilities_with(self, settings: Mapping[str, Any]) -> Capabilities:
        """Return what the platform can do, as its settings declare it."""
        declared = HttpSettings.model_validate(
            {
                "url": "http://x",
                "webhook_secret": "0" * 16,
                **{name: settings[name] for name in _DECLARED if name in settings},
            }
        )
        hours, public = declared.window_hours, declared.public_comments
        return replace(
            self.capabilities,
            max_length=declared.max_length,
            reply_window=timedelta(hours=hours) if hours else None,
            attachment_bytes=declared.attachment_megabytes * 1_000_000,
            options=declared.options,
            delivery_receipts=declared.receipts,
            read_receipts=declared.receipts,
            public=public,
            private_reply_window=timedelta(days=declared.private_reply_days) if public else None,
        )

    def open(self, account: Account) -> HttpSession:
        """Make ready; the first request is the first message."""
        return HttpSession(account.settings)

    def check(self, account: Account) -> Health:
        """Post a ping; a program that checks the signature answers 2xx."""
        try:
            reply = HttpSession(account.settings).ping()
        except ConnectorError as error:
            return Health(ok=False, summary=error.message, hint="Is your program running?")
        if 200 <= reply.status < 300:
            return Health(ok=True, summary="Your program answers, and knows the secret.")
        hint = "It should answer a ping with 2xx. 401 mostly means: another secret."
        return Health(ok=False, summary=f"Your program answered {reply.status}.", hint=hint)

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check `webhook-signature` over id, timestamp and body; five minutes of tolerance."""
        settings: HttpSettings = account.settings
        headers = request.headers
        fits = signatures.standard_fits(
            request.body,
            headers.get("webhook-id", ""),
            headers.get("webhook-timestamp", ""),
            headers.get("webhook-signature", ""),
            signatures.open_secrets(settings.webhook_secret, settings.previous_webhook_secret),
        )
        doubled = ", " in headers.get("webhook-signature", "")  # the header came twice
        signatures.require(fits and not doubled, "message")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File it under its `webhook-id`, once it is as documented."""
        read_posted(request.body)
        identity = request.headers.get("webhook-id", "")[:200]
        if not identity:
            raise Invalid("The header webhook-id is missing.")
        sent_at = signatures.stamp(request.headers.get("webhook-timestamp", ""))
        return [Incoming(identity, _TOPIC, sent_at)]

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Return the receipts in a webhook."""
        return [to_receipt(receipt) for receipt in read_posted(body).receipts]

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Return what customers wrote."""
        return [to_written(message) for message in read_posted(body).messages]

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Return a file: out of the message itself, from the program's own host, or from outside.

        Raises:
            Temporary, Permanent: it is not to be had.
        """
        if file.ref.startswith(INLINE):
            try:
                return base64.b64decode(file.ref.removeprefix(INLINE), validate=True)
            except binascii.Error:
                raise Permanent("The content of the file is not base64.") from None
        base, asked = urlsplit(account.settings.url), urlsplit(file.ref)
        if (asked.scheme, asked.netloc) == (base.scheme, base.netloc):
            provider = Provider(f"{base.scheme}://{base.netloc}", name=NAME, max_bytes=_FILE_BYTES)
            return provider.get(asked.path + (f"?{asked.query}" if asked.query else "")).body
        return PublicFetcher(max_bytes=_FILE_BYTES, total_timeout=60).fetch(file.ref).body


_DECLARED = (
    "max_length",
    "window_hours",
    "attachment_megabytes",
    "options",
    "receipts",
    "public_comments",
    "private_reply_days",
)
