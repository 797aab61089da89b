"""What a channel offers on which customers write mails: a mailbox, a webhook, an open door."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from shopbell.connections.ports import Account
from shopbell.kit.errors import Temporary


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
