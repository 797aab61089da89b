"""What a channel offers on which customers write messages: chats, text messages, comments.

A newcomer's mistake: fetching files while a webhook is translated. `written` gets bytes and gives
values; `fetch` is called later, outside any transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from shopbell.connections.ports import Account


class WrittenKind(StrEnum):
    """What somebody did."""

    MESSAGE = "message"  # wrote to the shop alone
    COMMENT = "comment"  # wrote where all can read it
    EDIT = "edit"  # changed the text of `about`
    DELETION = "deletion"  # took `about` back
    REACTION = "reaction"  # `text` is the sign put onto `about`; empty: taken away


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that lies at the provider. `ref` is what `Messenger.fetch` needs: an id, an address.

    The type and the size are as the provider says; both are looked at again when it is here.
    """

    ref: str
    name: str = ""
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """One thing somebody wrote, or did with what was written.

    `provider_id`: exists once in the account. `sender`: the address to answer to, as
    `OutgoingMessage.to` has it; phone numbers as +4915123456789. `at`: the provider's own time,
    from which the reply window runs. `thread`: the provider's id of the comment that began a public
    line. `answers`: the id of the message it quotes, one of ours or theirs. `choice`: the id of the
    button that was pressed. `data`: whatever else the desk shows, see `conversations.messages`:
    `location` {latitude, longitude, name, address}, `story` {url, kind}, `post` {id, url, text},
    `contacts`, `referral`, `product`.
    """

    provider_id: str
    sender: str
    at: datetime
    kind: WrittenKind = WrittenKind.MESSAGE
    text: str = ""
    name: str = ""  # as the person calls themselves there
    username: str = ""
    files: tuple[RemoteFile, ...] = ()
    about: str = ""
    answers: str = ""
    choice: str = ""
    thread: str = ""
    link: str = ""  # where people can look at it
    opens_window: bool = True
    data: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Messenger(Protocol):
    """A channel on which customers write messages."""

    def written(self, topic: str, body: bytes, account: Account) -> list[Written]:
        """Translate one stored webhook; empty when it is about something else.

        Raises `Invalid` for a body that can never be understood.
        """
        ...

    def fetch(self, file: RemoteFile, account: Account) -> bytes:
        """Return a file's content. Raises `Temporary` or `Permanent`."""
        ...


@dataclass(frozen=True, slots=True)
class Missed:
    """What was found by asking. `until`: everything before is known now."""

    bodies: dict[str, bytes]  # provider id → what is stored and later given to `written`
    topic: str
    until: datetime


@runtime_checkable
class Asked(Protocol):
    """A channel whose provider can be asked for what came while nobody listened."""

    def missed(self, account: Account, since: datetime) -> Missed:
        """Return what came since then, in the form of webhooks. Raises `Temporary`/`Permanent`."""
        ...


@runtime_checkable
class Moderated(Protocol):
    """A channel with public comments that the shop can hide."""

    def hide(self, account: Account, comment: str, hidden: bool) -> None:
        """Hide a comment from others, or show it again. Raises `Temporary` or `Permanent`."""
        ...


class TemplateStatus(StrEnum):
    """What the provider says of a template."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class TemplateButton:
    """A button of a template: quick_reply, url (`value` may end in {{1}}) or phone."""

    kind: str
    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ProviderTemplate:
    """A template as the provider has it; gaps are {{1}}, {{2}} … as in WhatsApp.

    `header_kind`: "", text, image, video, document or location. `reason`: why it was refused.
    """

    name: str
    language: str
    category: str  # utility, marketing, authentication
    body: str
    status: TemplateStatus = TemplateStatus.PENDING
    header_kind: str = ""
    header: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    examples: tuple[str, ...] = ()  # one for each gap of the body, which the provider asks for
    provider_id: str = ""
    quality: str = ""
    reason: str = ""
    names: tuple[str, ...] = ()  # of the body's gaps {{1}}, {{2}} …, where the provider has names


@runtime_checkable
class TemplateKeeper(Protocol):
    """A channel whose provider approves templates."""

    def templates(self, account: Account) -> Sequence[ProviderTemplate]:
        """Return all templates of the account. Raises `Temporary` or `Permanent`."""
        ...

    def submit_template(self, account: Account, template: ProviderTemplate) -> ProviderTemplate:
        """Ask for approval; returns it with its status. Raises `Temporary` or `Permanent`."""
        ...


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """What became of a template at the provider; None: nothing was said about that.

    `at`: the provider's own time. `status` with `is_unclear`: something happened to it that only
    the whole list tells.
    """

    name: str
    language: str  # as `ProviderTemplate` has it
    at: datetime
    provider_id: str = ""
    status: TemplateStatus | None = None
    quality: str | None = None
    category: str | None = None
    reason: str | None = None
    is_unclear: bool = False


@runtime_checkable
class TemplateTeller(Protocol):
    """A channel whose provider tells by webhook what becomes of templates."""

    def template_news(self, topic: str, body: bytes, account: Account) -> list[TemplateNews]:
        """Translate one stored webhook; empty when it is about something else."""
        ...
