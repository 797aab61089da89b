"""What a channel connector offers: capabilities, a reusable session, receipts.

The core asks the capability, never the provider's name. A newcomer's mistake: raising from `send`
for one bad recipient. Every message gets its own `Outcome`; only a broken session raises.
"""

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from shopbell.connections.ports import Account, Connector, Incoming, RawRequest
from shopbell.kit.errors import Invalid, NotFound, Temporary, Unsupported
from shopbell.kit.media import file_bytes
from shopbell.kit.registry import Registry


class Medium(StrEnum):
    """The kind of address a channel writes to."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    CHAT = "chat"  # the widget on the shop's page: only for answers


# What somebody can be told by without having written first.
TELLING = (Medium.EMAIL, Medium.SMS, Medium.WHATSAPP)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. Times of None mean "none"."""

    medium: Medium
    html: bool = False
    subject: bool = False
    attachment_bytes: int = 0  # most bytes of all files of one message; 0: none
    hook_bytes: int = 0  # largest webhook it sends; 0: the usual
    copies: bool = False  # further people can get the same message (CC, BCC)
    max_length: int | None = None  # characters of the text
    delivery_receipts: bool = False
    read_receipts: bool = False
    click_receipts: bool = False
    idempotency: timedelta | None = None  # same key within this time is sent once by the provider
    reply_window: timedelta | None = None
    template_outside_window: bool = False
    batch: int = 1  # how many messages one `send` call takes at most
    sandbox: bool = False
    sending_needs: str = ""  # a setting without which the account only receives

    def can_send(self, settings: Mapping[str, Any]) -> bool:
        """Whether an account with these stored settings sends at all."""
        return not self.sending_needs or bool(settings.get(self.sending_needs))


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file of a message. The bytes stay in the media folder until somebody needs them."""

    name: str
    content_type: str  # by content
    size: int
    key: str

    def content(self) -> bytes:
        """Read the bytes.

        Raises:
            Invalid: the file is gone.
        """
        try:
            return file_bytes(self.key)
        except NotFound:
            raise Invalid(f"The file “{self.name}” is not there any more.") from None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One rendered message, ready to leave. Headers and addresses are free of CR, LF and NUL."""

    id: uuid.UUID
    to: str
    text: str
    subject: str = ""
    html: str = ""
    to_name: str = ""
    from_address: str = ""
    from_name: str = ""
    reply_to: str = ""
    message_id: str = ""  # with angle brackets; the same on every retry
    headers: tuple[tuple[str, str], ...] = ()
    locale: str = "en"
    kind: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()  # get it, and stand in no header
    files: tuple[OutgoingFile, ...] = ()


class OutcomeKind(StrEnum):
    """What became of one hand-over."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # refused for now, surely not accepted
    PERMANENT = "permanent"  # refused for good
    IN_DOUBT = "in_doubt"  # we cannot know whether it was accepted
    NOT_TRIED = "not_tried"  # the session broke before the first byte of it left


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result for one message. `detail` is what the provider said, in its own words."""

    kind: OutcomeKind
    provider_id: str = ""
    code: str = ""  # from `FailureCode` for permanent ones
    detail: str = ""
    retry_after: float | None = None


class FailureCode(StrEnum):
    """Why a message cannot be delivered; decides whether the address is suppressed."""

    UNKNOWN_ADDRESS = "unknown_address"  # hard: the mailbox does not exist
    MAILBOX_FULL = "mailbox_full"  # soft
    BLOCKED = "blocked"  # our reputation or their policy, not the address
    AUTHENTICATION = "authentication"  # our domain or login, not the address
    TOO_LARGE = "too_large"
    BAD_CONTENT = "bad_content"
    COMPLAINT = "complaint"
    REFUSED = "refused"


class ReceiptKind(StrEnum):
    """News about a message that was handed over."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    READ = "read"
    DEFERRED = "deferred"
    SOFT_BOUNCE = "soft_bounce"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. Matched by our `message_id` first, then by `provider_id`."""

    kind: ReceiptKind
    at: datetime
    recipient: str = ""
    provider_id: str = ""
    message_id: str = ""
    code: str = ""
    detail: str = ""
    event_id: str = ""
    url: str = ""


class ChannelSession(Protocol):
    """An open line to the provider, reused for many messages. Not shared between threads."""

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand over up to `capabilities.batch` messages; one outcome each, in order."""
        ...

    def close(self) -> None: ...


class Channel(Connector, Protocol):
    """A channel: a way to write to people."""

    capabilities: ClassVar[Capabilities]

    def open(self, account: Account) -> ChannelSession:
        """Connect. Raise `Temporary` when nobody answers, `Permanent` on a bad login."""
        ...

    def verify(self, request: RawRequest, account: Account) -> None: ...

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]: ...

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Translate one stored webhook into receipts."""
        ...


class WithoutWebhooks:
    """The part of a `Channel` whose provider sends no webhooks."""

    title: ClassVar[str]

    def verify(self, request: RawRequest, account: Account) -> None:
        """Refuse: nothing is expected."""
        raise Unsupported(f"{self.title} has no webhooks.")

    def identify(self, request: RawRequest, account: Account) -> Sequence[Incoming]:
        """Refuse: nothing is expected."""
        raise Unsupported(f"{self.title} has no webhooks.")

    def receipts(self, topic: str, body: bytes, account: Account) -> list[Receipt]:
        """Refuse: nothing is expected."""
        raise Unsupported(f"{self.title} has no webhooks.")


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as it lies in a mailbox. `key` is its place there, for people.

    `trouble`: why `raw` holds only the headers, or nothing; a sentence.
    """

    raw: bytes
    key: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class MailBatch:
    """Mails in the order of the mailbox, and the place behind them. `more`: ask again at once."""

    mails: tuple[RawMail, ...]
    place: dict[str, Any]
    more: bool = False


class FetchBroken(Temporary):
    """The line broke while mails were fetched; `place` remembers at which one, so save it."""

    def __init__(self, message: str, *, place: dict[str, Any]) -> None:
        super().__init__(message)
        self.place = place


class MailboxSession(Protocol):
    """An open mailbox. It reads only: no mail is deleted, moved or marked."""

    def fetch(self, place: dict[str, Any]) -> MailBatch:
        """Return the next mails behind a place ({} at first). Raises `Temporary` or `Permanent`."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Return when something came, when the time is over, or when `stop` is set."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class MailSource(Protocol):
    """A channel whose mail is fetched from a mailbox."""

    def open_mailbox(self, account: Account) -> MailboxSession:
        """Connect and log in. Raises `Temporary` or `Permanent`."""
        ...


@runtime_checkable
class MailHook(Protocol):
    """A channel whose provider hands mail in by webhook."""

    def mail(self, topic: str, body: bytes, account: Account) -> bytes | None:
        """Return the raw mail of one stored webhook; None: it is about something else.

        Raises `Invalid` when there should be one and is not.
        """
        ...


@dataclass(frozen=True, slots=True)
class HandedMail:
    """A mail that was handed to us: the envelope, and the content with its first lines added."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    identity: str  # the same for the same mail handed over again


class Door(Protocol):
    """A running listener."""

    def close(self) -> None: ...


@runtime_checkable
class MailDoor(Protocol):
    """A channel to which mail is delivered by another mail server."""

    def where(self, account: Account) -> str:
        """Return where it listens, such as 127.0.0.1:2424; accounts may share a place."""
        ...

    def listen(
        self, account: Account, knows: Callable[[str], bool], take: Callable[[HandedMail], None]
    ) -> Door:
        """Listen. `knows` tells whether a recipient is ours; when `take` returns, it is stored.

        Raises `Temporary` when the place is taken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template gives for one message."""

    text: str
    subject: str = ""
    html: str = ""
    missing: tuple[str, ...] = field(default=())


CHANNELS: Registry[Channel] = Registry("shopbell.channels")
