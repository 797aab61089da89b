"""The sandbox channels: they keep nothing, the ledger is what the sandbox page shows.

A newcomer's mistake: looking for a table of sandbox messages. A message that was accepted here is
an ordinary message of the ledger whose channel says `sandbox`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.sandbox.addresses import provoked
from shopbell.connectors.channels.sandbox.approved import approve, templates_of
from shopbell.connectors.channels.sandbox.webhooks import (
    MAIL,
    PREFIX,
    identify_request,
    read_content,
    read_mail,
    read_receipt,
    verify_request,
)
from shopbell.connectors.channels.sandbox.written import WRITTEN, read_picture, read_written
from shopbell.messaging.ports import (
    Capabilities,
    FailureCode,
    Medium,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ProviderTemplate,
    Receipt,
    RemoteFile,
    Written,
)

_PICTURES = 8_000_000  # bytes of a webhook that brings one


class SandboxSettings(Settings):
    """Settings of a sandbox."""

    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="With this the sandbox signs its receipts. Empty: it sends none.",
    )
    from_name: str = Field(
        default="", max_length=100, description="Name your customers see as the sender."
    )
    concurrency: int = Field(
        json_schema_extra={"rare": True},
        default=4,
        ge=1,
        le=64,
        description="How many batches may be under way at the same time.",
    )


class SandboxSession:
    """Accepts everything at once, except for the addresses of `addresses.py`."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Accept the messages."""
        return [self._outcome(message) for message in messages]

    def close(self) -> None:
        """There is nothing to close."""

    def _outcome(self, message: OutgoingMessage) -> Outcome:
        asked = provoked(message.to, self._capabilities.medium)
        if asked is not None:
            return asked
        limit = self._capabilities.max_length
        if limit is not None and len(message.text) > limit:
            detail = f"The text has {len(message.text)} characters, {limit} are allowed."
            return Outcome(OutcomeKind.PERMANENT, code=FailureCode.TOO_LARGE, detail=detail)
        return Outcome(OutcomeKind.ACCEPTED, provider_id=f"{PREFIX}{message.id}")


class _Sandbox:
    """What all of them have in common."""

    family: ClassVar[Family] = "channel"
    settings_model: ClassVar[type[Settings]] = SandboxSettings
    capabilities: ClassVar[Capabilities]

    def open(self, account: Account) -> SandboxSession:
        """Make ready."""
        return SandboxSession(self.capabilities)

    def check(self, account: Account) -> Health:
        """Always well."""
        return Health(ok=True, summary="The sandbox is ready. Nothing leaves this computer.")

    def verify(self, request: RawRequest, account: Account) -> None:
        """Check the signature of a receipt."""
        verify_request(request, account.settings.webhook_secret)

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """File a receipt."""
        return [identify_request(request)]

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate a receipt."""
        return [] if topic == f"sandbox.{WRITTEN}" else [read_receipt(body)]


class _Phone(_Sandbox):
    """An app on the sandbox's phone, on which somebody also writes."""

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Translate what somebody wrote."""
        return [read_written(read_content(body))] if topic == f"sandbox.{WRITTEN}" else []

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Return a picture."""
        return read_picture(file)


class SandboxEmail(_Sandbox):
    """A mailbox that exists only on the sandbox page."""

    key: ClassVar[str] = "sandbox_email"
    title: ClassVar[str] = "E-mail (sandbox)"
    summary: ClassVar[str] = "Try mails without sending them: they appear on the sandbox page."
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.EMAIL,
        html=True,
        subject=True,
        delivery_receipts=True,
        read_receipts=True,
        click_receipts=True,
        attachment_bytes=18_000_000,
        copies=True,
        hook_bytes=1_000_000,  # a mail that a customer writes
        batch=64,
        sandbox=True,
    )

    def mail(self, topic: str, body: bytes, account: Account) -> bytes | None:
        """Return the mail that somebody wrote on the sandbox page."""
        return read_mail(body) if topic == f"sandbox.{MAIL}" else None


class SandboxSms(_Phone):
    """A phone that exists only on the sandbox page."""

    key: ClassVar[str] = "sandbox_sms"
    title: ClassVar[str] = "SMS (sandbox)"
    summary: ClassVar[str] = "Try text messages without sending them: they appear on the phone."
    address_label: ClassVar[str] = "Phone number"
    address_help: ClassVar[str] = "The number customers see, with its country code: +4930123456."
    address_needed: ClassVar[bool] = True
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.SMS,
        max_length=1600,
        attachment_bytes=5_000_000,
        delivery_receipts=True,
        hook_bytes=_PICTURES,
        batch=64,
        sandbox=True,
    )


class SandboxWhatsApp(_Phone):
    """WhatsApp on the phone of the sandbox page."""

    key: ClassVar[str] = "sandbox_whatsapp"
    title: ClassVar[str] = "WhatsApp (sandbox)"
    summary: ClassVar[str] = "Try WhatsApp messages without sending them, with blue ticks."
    address_label: ClassVar[str] = "Phone number"
    address_help: ClassVar[str] = "The number customers see, with its country code: +4930123456."
    address_needed: ClassVar[bool] = True
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.WHATSAPP,
        max_length=4096,
        attachment_bytes=16_000_000,
        delivery_receipts=True,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        template_outside_window=True,
        approves_all=True,
        opt_in=True,
        options=10,
        hook_bytes=_PICTURES,
        batch=64,
        sandbox=True,
    )

    def templates(self, account: Account) -> Sequence[ProviderTemplate]:
        """Return what may be sent outside of 24 hours."""
        return templates_of(account)

    def submit_template(self, account: Account, template: ProviderTemplate) -> ProviderTemplate:
        """Approve of it at once."""
        return approve(template)


class SandboxInstagram(_Phone):
    """Instagram on the phone of the sandbox page: direct messages and public comments."""

    key: ClassVar[str] = "sandbox_instagram"
    title: ClassVar[str] = "Instagram (sandbox)"
    summary: ClassVar[str] = "Try direct messages and public comments without an account."
    address_label: ClassVar[str] = "Account name"
    address_help: ClassVar[str] = "What customers see, such as @lark.larder."
    address_needed: ClassVar[bool] = False
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.INSTAGRAM,
        max_length=1000,
        attachment_bytes=8_000_000,
        delivery_receipts=True,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        human_window=timedelta(days=7),
        options=13,
        public=True,
        private_reply_window=timedelta(days=7),
        hook_bytes=_PICTURES,
        batch=64,
        sandbox=True,
    )

    def hide(self, account: Account, comment: str, hidden: bool) -> None:
        """Hide a comment: nobody else is here to see it."""


class SandboxMessenger(_Phone):
    """Messenger on the phone of the sandbox page."""

    key: ClassVar[str] = "sandbox_messenger"
    title: ClassVar[str] = "Messenger (sandbox)"
    summary: ClassVar[str] = "Try Messenger without a page of your own."
    address_label: ClassVar[str] = "Page name"
    address_help: ClassVar[str] = "What customers see, such as Lark & Larder."
    address_needed: ClassVar[bool] = False
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.MESSENGER,
        max_length=2000,
        attachment_bytes=8_000_000,
        delivery_receipts=True,
        read_receipts=True,
        reply_window=timedelta(hours=24),
        human_window=timedelta(days=7),
        options=13,
        hook_bytes=_PICTURES,
        batch=64,
        sandbox=True,
    )


class SandboxTelegram(_Phone):
    """Telegram on the phone of the sandbox page."""

    key: ClassVar[str] = "sandbox_telegram"
    title: ClassVar[str] = "Telegram (sandbox)"
    summary: ClassVar[str] = "Try Telegram without a bot."
    address_label: ClassVar[str] = "Bot name"
    address_help: ClassVar[str] = "What customers see, such as Lark & Larder."
    address_needed: ClassVar[bool] = False
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.TELEGRAM,
        max_length=4096,
        attachment_bytes=16_000_000,
        options=10,
        hook_bytes=_PICTURES,
        batch=64,
        sandbox=True,
    )
