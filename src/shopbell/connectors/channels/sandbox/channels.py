"""The three sandbox channels: they keep nothing, the ledger is what the sandbox page shows.

A newcomer's mistake: looking for a table of sandbox messages. A message that was accepted here is
an ordinary message of the ledger whose channel says `sandbox`.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, SecretStr

from shopbell.connections.ports import Account, Family, Health, Incoming, RawRequest, Settings
from shopbell.connectors.channels.sandbox.addresses import provoked
from shopbell.connectors.channels.sandbox.webhooks import (
    MAIL,
    PREFIX,
    identify_request,
    read_mail,
    read_receipt,
    verify_request,
)
from shopbell.messaging.ports import (
    Capabilities,
    FailureCode,
    Medium,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Receipt,
)


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
        default=4, ge=1, le=64, description="How many batches may be under way at the same time."
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
    """What the three have in common."""

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
        return [read_receipt(body)]


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


class SandboxSms(_Sandbox):
    """A phone that exists only on the sandbox page."""

    key: ClassVar[str] = "sandbox_sms"
    title: ClassVar[str] = "SMS (sandbox)"
    summary: ClassVar[str] = "Try text messages without sending them: they appear on the phone."
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.SMS, max_length=1600, delivery_receipts=True, batch=64, sandbox=True
    )


class SandboxWhatsApp(_Sandbox):
    """WhatsApp on the phone of the sandbox page."""

    key: ClassVar[str] = "sandbox_whatsapp"
    title: ClassVar[str] = "WhatsApp (sandbox)"
    summary: ClassVar[str] = "Try WhatsApp messages without sending them, with blue ticks."
    capabilities: ClassVar[Capabilities] = Capabilities(
        medium=Medium.WHATSAPP,
        max_length=4096,
        delivery_receipts=True,
        read_receipts=True,
        batch=64,
        sandbox=True,
    )
