"""Open lines to providers, kept between batches. One line is used by one thread at a time.

When an inbox cannot be opened, all its lines rest for a growing while (a breaker), then one line
tries; so a dead provider costs little and leaves the other inboxes alone.
"""

import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from shopbell.accounts.models import Store
from shopbell.connections.exchanges import recorded
from shopbell.connections.models import Connection
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.kit.errors import ConfigurationError, ConnectorError, Permanent, Temporary
from shopbell.messaging.ports import (
    CHANNELS,
    Channel,
    ChannelSession,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
)

_PROBE_SECONDS = 60.0  # longer than a server may keep silent, so that one thread waits, not all
_REST_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0)


class Breaker:
    """Shared by all lines of one inbox in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._rest_until = 0.0
        self.trouble = ""

    def rest(self) -> float:
        """Return how many seconds to rest still; 0 allows the caller (and nobody else) to try."""
        with self._lock:
            left = self._rest_until - time.monotonic()
            if left > 0:
                return left
            if self._failures:
                self._rest_until = time.monotonic() + _PROBE_SECONDS
            return 0.0

    def fail(self, error: ConnectorError) -> None:
        """Note that a line could not be opened."""
        with self._lock:
            pause = _REST_SECONDS[min(self._failures, len(_REST_SECONDS) - 1)]
            self._failures += 1
            pause = _REST_SECONDS[-1] if isinstance(error, Permanent) else pause
            self._rest_until = time.monotonic() + pause
            self.trouble = str(error)

    def mend(self) -> None:
        """Note that a line is open."""
        with self._lock:
            self._failures, self._rest_until, self.trouble = 0, 0.0, ""


@dataclass(slots=True)
class Line:
    """One line of one inbox."""

    channel: Channel
    account: Account
    breaker: Breaker
    session: ChannelSession | None = None
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
        rest = self._open()
        if self.session is None:
            said, wait = self.breaker.trouble, max(rest, 0.5)
            return [Outcome(OutcomeKind.NOT_TRIED, detail=said, retry_after=wait) for _ in messages]
        self._keep_rate(len(messages))
        with recorded(self.account):
            return self.session.send(messages)

    def _open(self) -> float:
        """Open the line if it is not; returns how long to rest when it cannot be."""
        if self.session is not None:
            return 0.0
        rest = self.breaker.rest()
        if rest:
            return rest
        try:
            self.session = self.channel.open(self.account)
        except ConnectorError as error:
            self.breaker.fail(error)
            return _REST_SECONDS[0]
        self.breaker.mend()
        return 0.0

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
        self._breakers: dict[tuple[uuid.UUID, str], Breaker] = {}
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
            breaker = self._breakers.setdefault((connection.pk, version), Breaker())
            lines = self._make(connection, store, breaker)
            self._lines[key], self._versions[key] = lines, version
            return lines

    def leave(self, connection: Connection) -> None:
        """Let this thread's lines of an inbox go without waiting for them: the server is silent.

        Whoever waits on such a line closes it at the end; meanwhile the inbox rests.
        """
        key = (connection.pk, threading.get_ident())
        with self._lock:
            version = self._versions.pop(key, "")
            self._lines.pop(key, None)
            breaker = self._breakers.get((connection.pk, version))
        if breaker is not None:
            breaker.fail(Temporary("The server takes mails and then keeps silent."))

    def _make(self, connection: Connection, store: Store, breaker: Breaker) -> list[Line]:
        channel = CHANNELS.get(connection.connector)
        try:
            account = account_of(connection, store)
        except ConfigurationError as error:
            return [_broken(channel, error)]
        count = int(getattr(account.settings, "concurrency", 1) or 1)
        return [Line(channel, account, breaker) for _ in range(max(1, min(count, 8)))]

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            for lines in self._lines.values():
                for line in lines:
                    line.close()
            self._lines.clear()
            self._versions.clear()


class _Unusable:
    """Stands for a channel whose settings cannot be used."""

    def __init__(self, channel: Channel, error: ConfigurationError) -> None:
        self.capabilities = channel.capabilities
        self._error = error

    def open(self, account: Account) -> ChannelSession:
        """Say what is wrong with the settings."""
        raise Permanent(str(self._error))


def _broken(channel: Channel, error: ConfigurationError) -> Line:
    """Return a line that never opens."""
    account = Account(uuid.UUID(int=0), 0, "", "", channel.key, None)
    return Line(cast(Channel, _Unusable(channel, error)), account, Breaker())


SESSIONS = Sessions()
