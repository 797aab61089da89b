"""Reads mail in killable children, so that a hostile one harms only itself.

    readers = MailReaders()
    answer = readers.read(raw)      # Mail, or Unreadable with a sentence for people

Children start on first use, go home when idle or when this process goes away, and may be used from
many threads. A newcomer's mistake: one `MailReaders` per mail. Keep one per process.
"""

import threading
from types import TracebackType
from typing import get_args

from shopbell.kit.children import Broken, Child, Late, Shelf, Unbounded
from shopbell.kit.children_inside import OUT_OF_MEMORY
from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.frames import unpack_mail
from shopbell.kit.mail.reading.mails import SENTENCES, Mail, Unreadable, UnreadableKind

_MODULE = "shopbell.kit.mail.reading.child"
_PATIENCE = 4  # times the limit, for a child the machine has not let work
_MAILS = 500  # then a fresh child: memory is given back and nothing can pile up
_LARGEST_ANSWER = 256 * 1024 * 1024


class _Gone(Exception):
    """The child is no longer of use."""

    def __init__(self, kind: UnreadableKind) -> None:
        super().__init__(kind)
        self.kind = kind


class _Reader(Child):
    """One child that reads mails, one after the other."""

    def __init__(self, idle_seconds: float) -> None:
        super().__init__(_MODULE, str(idle_seconds))
        self.mails = 0
        self.wait_until_ready()

    def read(self, raw: bytes, seconds: float) -> Mail:
        """Send one mail and return it read; raise `_Gone` when the child did not survive it."""
        self.mails += 1
        try:
            answer = self.exchange(raw, seconds=seconds, patience=_PATIENCE, most=_LARGEST_ANSWER)
        except Late:
            raise _Gone("timeout") from None
        except Unbounded:
            raise _Gone("crash") from None
        except Broken:
            raise self._gone() from None
        return unpack_mail(bytes(answer))

    def _gone(self) -> _Gone:
        if self.ended() == OUT_OF_MEMORY:
            return _Gone("memory")
        return _Gone("timeout" if self.overran() else "crash")


def unreadable(kind: UnreadableKind) -> Unreadable:
    """Return the answer for a mail that could not be read."""
    assert kind in get_args(UnreadableKind)
    return Unreadable(kind, SENTENCES[kind])


class MailReaders:
    """Up to `size` children. `idle_seconds` without work, and a child goes home."""

    def __init__(
        self, size: int = 1, *, idle_seconds: float = 300.0, seconds: float = limits.WALL_SECONDS
    ) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._shelf = Shelf(lambda: _Reader(idle_seconds))
        self._seconds = seconds

    def __enter__(self) -> "MailReaders":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the children. The readers may be used again afterwards."""
        self._shelf.stop()

    def pids(self) -> list[int]:
        """Return the process ids of the children that wait for work."""
        return self._shelf.pids()

    def read(self, raw: bytes) -> Mail | Unreadable:
        """Read one mail; one that hangs, crashes or eats memory fails alone."""
        if len(raw) > limits.RAW_BYTES:
            return unreadable("too_large")
        with self._slots:
            try:
                child = self._shelf.take()
            except Broken:
                return unreadable("crash")
            try:
                mail = child.read(raw, self._seconds)
            except _Gone as gone:
                child.stop()
                return unreadable(gone.kind)
            except BaseException:
                child.stop()
                raise
            if child.mails >= _MAILS:
                child.stop()
            else:
                self._shelf.put_back(child)
            return mail
