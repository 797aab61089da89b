"""Open lines to providers, kept between batches. One line is used by one thread at a time.

A line that cannot be opened rests for a growing while (a breaker), so that a dead provider costs
one attempt a minute and leaves the other inboxes alone.
"""

import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.kit.errors import ConfigurationError, ConnectorError, Permanent
from shopbell.messaging.ports import (
    CHANNELS,
    Channel,
    ChannelSession,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
)

_REST_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)


@dataclass(slots=True)
class Line:
    """One line of one inbox."""

    channel: Channel
    account: Account
    session: ChannelSession | None = None
    failures: int = 0
    rest_until: float = 0.0
    trouble: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    sent: list[float] = field(default_factory=list)

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        """Hand over messages; opening trouble means they were not tried."""
        with self.lock:
            outcomes: list[Outcome] = []
            size = max(self.channel.capabilities.batch, 1)
            for start in range(0, len(messages), size):
                outcomes += self._send_batch(messages[start : start + size])
            return outcomes

    def _send_batch(self, messages: Sequence[OutgoingMessage]) -> list[Outcome]:
        session = self._open()
        if session is None:
            wait = max(self.rest_until - time.monotonic(), 1.0)
            return [
                Outcome(OutcomeKind.NOT_TRIED, detail=self.trouble, retry_after=wait)
                for _ in messages
            ]
        self._keep_rate(len(messages))
        return session.send(messages)

    def _open(self) -> ChannelSession | None:
        if self.session is not None:
            return self.session
        if time.monotonic() < self.rest_until:
            return None
        try:
            self.session = self.channel.open(self.account)
        except ConnectorError as error:
            rest = _REST_SECONDS[min(self.failures, len(_REST_SECONDS) - 1)]
            self.failures += 1
            self.rest_until = time.monotonic() + (60.0 if isinstance(error, Permanent) else rest)
            self.trouble = str(error)
            return None
        self.failures, self.trouble = 0, ""
        return self.session

    def _keep_rate(self, count: int) -> None:
        """Wait so that no more than `max_per_second` of the account leave in a second."""
        limit = getattr(self.account.settings, "max_per_second", None)
        if not limit:
            return
        now = time.monotonic()
        self.sent = [moment for moment in self.sent if now - moment < 1.0]
        if len(self.sent) + count > limit and self.sent:
            time.sleep(max(0.0, 1.0 - (now - self.sent[0])))
        self.sent += [time.monotonic()] * count

    def close(self) -> None:
        """Hang up."""
        with self.lock:
            if self.session is not None:
                self.session.close()
                self.session = None


class Sessions:
    """All open lines of this process, by inbox and by the version of its settings."""

    def __init__(self) -> None:
        self._lines: dict[tuple[uuid.UUID, int], list[Line]] = {}
        self._versions: dict[tuple[uuid.UUID, int], str] = {}
        self._lock = threading.Lock()

    def lines(self, connection: Connection, store: Store) -> list[Line]:
        """Return the lines of an inbox for this thread, made anew when its settings changed."""
        key = (connection.pk, threading.get_ident())
        version = repr((connection.settings, connection.secrets, connection.address))
        with self._lock:
            if self._versions.get(key) == version:
                return self._lines[key]
            for line in self._lines.pop(key, []):
                line.close()
            lines = self._make(connection, store)
            self._lines[key], self._versions[key] = lines, version
            return lines

    def _make(self, connection: Connection, store: Store) -> list[Line]:
        channel = CHANNELS.get(connection.connector)
        try:
            account = account_of(connection, store)
        except ConfigurationError as error:
            return [_broken(channel, str(error))]
        count = int(getattr(account.settings, "concurrency", 1) or 1)
        return [Line(channel, account) for _ in range(max(1, min(count, 8)))]

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            for lines in self._lines.values():
                for line in lines:
                    line.close()
            self._lines.clear()
            self._versions.clear()


def _broken(channel: Channel, trouble: str) -> Line:
    """Return a line that never opens, for settings that cannot be used."""
    line = Line(channel, Account(uuid.UUID(int=0), 0, "", "", channel.key, None))
    line.trouble, line.rest_until = trouble, time.monotonic() + 60.0
    return line


SESSIONS = Sessions()
