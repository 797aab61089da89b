"""Sending: what a channel can do, what it is handed, what becomes of it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Protocol, cast

from shopbell.connections.ports import Account, Connector, Incoming, RawRequest
from shopbell.kit.errors import Invalid, NotFound, Unsupported
from shopbell.kit.handouts import handout_address
from shopbell.kit.media import file_bytes
from shopbell.kit.registry import Registry


class Medium(StrEnum):
    """The kind of address a channel writes to."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    CHAT = "chat"  # the widget on the shop's page: only for answers
    INSTAGRAM = "instagram"
    MESSENGER = "messenger"
    TELEGRAM = "telegram"
    CUSTOM = "custom"  # any other platform, by a program of the merchant's
    PHONE = "phone"  # calls


# What somebody can be told by without having written first.
TELLING = (Medium.EMAIL, Medium.SMS, Medium.WHATSAPP)
# Where an address is a phone number, which proves itself by writing.
BY_NUMBER = (Medium.SMS, Medium.WHATSAPP, Medium.PHONE)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a channel's refusals for now are waited out, in seconds (see `messaging.pauses`)."""

    base: float = 1.0
    ceiling: float = 900.0
    least: float = 0.0


# Mail servers that greylist want minutes, and none wants to be asked again at once.
MAIL_BACKOFF = Backoff(base=60.0, ceiling=3600.0, least=30.0)


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
    receipts_need: str = ""  # a setting without which no receipts come
    read_receipts: bool = False
    click_receipts: bool = False
    idempotency: timedelta | None = None  # same key within this time is sent once by the provider
    # How long after a customer's message anything may be written to them; None: always.
    reply_window: timedelta | None = None
    human_window: timedelta | None = None  # the same for what a person writes, where it is longer
    template_outside_window: bool = False  # templates that the provider approved may be sent later
    approves_all: bool = False  # every text of ours counts as approved (a sandbox)
    opt_in: bool = False  # telling needs a permission of its own, even about an order
    pair_seconds: float = 0.0  # least time between two messages to the same person
    options: int = 0  # most buttons or list rows below a text; 0: none
    # Words that the provider obeys and answers itself, as `consent.wishes.folded` has them.
    answered_words: frozenset[str] = frozenset()
    public: bool = False  # comments that all can read: answered there, or once in private
    public_length: int | None = None  # characters of an answer below a comment
    private_reply_window: timedelta | None = None  # how long after a comment
    batch: int = 1  # how many messages one `send` call takes at most
    retry: Backoff = Backoff()  # where the provider does not say how long
    sandbox: bool = False
    sends: bool = True  # False: nothing can be written by it, such as calls
    sending_needs: str = ""  # a setting without which the account only receives

    def tells_delivery(self, settings: Mapping[str, Any]) -> bool:
        """Whether an account with these stored settings is told what arrived."""
        return self.delivery_receipts and (
            not self.receipts_need or bool(settings.get(self.receipts_need))
        )

    def can_send(self, settings: Mapping[str, Any]) -> bool:
        """Whether an account with these stored settings sends at all."""
        return self.sends and (not self.sending_needs or bool(settings.get(self.sending_needs)))


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

    def public_url(self) -> str:
        """Return an address from which the provider can fetch the file for an hour."""
        return handout_address(self.key, self.content_type)


@dataclass(frozen=True, slots=True)
class Option:
    """A button or a row of a list. The customer's choice comes back as `Written.choice`."""

    id: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ApprovedUse:
    """An approved template with its gaps filled, in the order of its placeholders."""

    name: str
    language: str  # as the provider writes it, such as en_GB
    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    # What is appended to the address of each button, in the template's order; "" where the button
    # has no gap.
    buttons: tuple[str, ...] = ()
    # image, video, document: then `header` is the address of the file, or empty and the message's
    # first file it is.
    header_kind: str = ""
    names: tuple[str, ...] = ()  # of the body's gaps, where the provider has names for them


class Target(StrEnum):
    """Where a message goes on channels on which something can be public."""

    PERSON = "person"
    COMMENT = "comment"  # below the comment `OutgoingMessage.thread`, for all to read
    PRIVATE_REPLY = "private_reply"  # to who wrote that comment, once


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
    approved: ApprovedUse | None = None  # then `text` is only what it reads like
    options: tuple[Option, ...] = ()
    answers: str = ""  # the provider's id of the message it quotes
    target: Target = Target.PERSON
    thread: str = ""  # the provider's id of a comment
    late: bool = False  # the reply window is over, the human one is not
    purpose: str = ""


class OutcomeKind(StrEnum):
    """What became of one hand-over."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # refused for now, surely not accepted
    PERMANENT = "permanent"  # refused for good
    IN_DOUBT = "in_doubt"  # we cannot know whether it was accepted
    # The session broke before the first byte of it left, or the account is in trouble (locked, a
    # key that ended): it waits, and the inbox says why.
    NOT_TRIED = "not_tried"


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
    WINDOW_CLOSED = "window_closed"  # too long ago that the customer wrote
    TEMPLATE = "template"  # the approved template is missing, paused or filled wrongly
    OPTED_OUT = "opted_out"  # the customer said so to the provider: blocks the address
    CAPPED = "capped"  # the provider lets this person have no more of this kind just now


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
    """One receipt. Matched by our `message_id` first, then by `provider_id`, or by `until`."""

    kind: ReceiptKind
    at: datetime
    recipient: str = ""
    provider_id: str = ""
    message_id: str = ""
    code: str = ""
    detail: str = ""
    event_id: str = ""
    url: str = ""
    # Some providers name no message: it is about all to `recipient` until this moment.
    until: datetime | None = None


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


class Declared(Protocol):
    """A channel whose settings say what it can do: it differs from account to account."""

    def capabilities_with(self, settings: Mapping[str, Any]) -> Capabilities:
        """Return what an account with these stored settings can do."""
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
class Rendered:
    """What a template gives for one message."""

    text: str
    subject: str = ""
    html: str = ""
    missing: tuple[str, ...] = field(default=())


CHANNELS: Registry[Channel] = Registry("shopbell.channels")


def able_with(connector: str, settings: Mapping[str, Any]) -> Capabilities:
    """Return what an account of a channel can do, by its stored settings.

    Raises:
        NotFound: there is no such channel.
    """
    channel = CHANNELS.get(connector)
    if _declares(type(channel)):
        return cast(Declared, channel).capabilities_with(settings)
    return channel.capabilities


@cache
def _declares(kind: type[Channel]) -> bool:
    return hasattr(kind, "capabilities_with")  # asking a protocol takes a hundred times as long
