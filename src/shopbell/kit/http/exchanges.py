"""What was said to providers and answered, kept for people who look for a fault.

Only inside `recording(...)`, with every secret of the account masked before anything is kept.
Headers are never kept: they carry keys. A newcomer's mistake: keeping it all. Of what goes well a
few a second are enough; what goes wrong is always kept.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, quote_plus

from shopbell.kit import clock

LONGEST = 4_000  # characters of a body
SHORTEST_SECRET = 4
_A_SECOND = 5  # of what goes well, for each account
_MASK = "•••"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `status` is 0 where none came; then `trouble` says why."""

    store_id: int
    connection_id: uuid.UUID
    at: datetime
    method: str
    url: str
    sent: str
    status: int
    received: str
    seconds: float
    trouble: str = ""


@dataclass(slots=True)
class Listener:
    """The account whose requests are noted."""

    store_id: int
    connection_id: uuid.UUID
    secrets: Sequence[str] = field(default_factory=tuple)

    def masked(self, text: str) -> str:
        """Return a text without the account's secrets."""
        for secret in self.secrets:
            if len(secret) >= SHORTEST_SECRET:
                for form in {secret, quote(secret), quote_plus(secret)}:
                    text = text.replace(form, _MASK)
        return text


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_kept: deque[Exchange] = deque(maxlen=2_000)
_calm: dict[uuid.UUID, tuple[int, int]] = {}  # account → this second, and how many in it
_lock = threading.Lock()


@contextmanager
def recording(listener: Listener) -> Iterator[None]:
    """Note what this thread says to providers."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def note(
    method: str, url: str, sent: bytes, began: float, *, status: int = 0, received: bytes = b"",
    trouble: str = "",
) -> None:  # fmt: skip
    """Keep one exchange, if anybody listens. `began`: as `time.monotonic()` said."""
    listener = _listener.get()
    if listener is None or (200 <= status < 300 and not _is_wanted(listener.connection_id)):
        return
    exchange = Exchange(
        listener.store_id,
        listener.connection_id,
        clock.now(),
        method,
        listener.masked(url)[:1000],
        listener.masked(readable(sent)),
        status,
        listener.masked(readable(received)),
        round(time.monotonic() - began, 3),
        listener.masked(trouble)[:500],
    )
    with _lock:
        _kept.append(exchange)


def _is_wanted(connection: uuid.UUID) -> bool:
    second = int(time.monotonic())
    with _lock:
        last, count = _calm.get(connection, (second, 0))
        count = count + 1 if last == second else 1
        _calm[connection] = (second, count)
    return count <= _A_SECOND


def readable(body: bytes) -> str:
    """Return a body as text; of pictures and files only how large they are."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body):,} bytes that are no text)"
    if "\0" in text:
        return f"({len(body):,} bytes that are no text)"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def taken() -> list[Exchange]:
    """Return what was kept since the last time, and forget it."""
    with _lock:
        found = list(_kept)
        _kept.clear()
    return found
