"""Open lines to providers, kept between batches. One line is used by one thread at a time.

An inbox has a set of lines for each of its desks (see `lanes`).

When an inbox cannot be opened or takes nothing, all its lines rest (see `breakers`), then one
tries; so a dead provider costs little and leaves the other inboxes alone.
"""

import threading
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from shopbell.accounts.models import Store
from shopbell.connections.exchanges import recorded
from shopbell.connections.models import Connection
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.kit.errors import ConfigurationError, ConnectorError, Permanent, Temporary
from shopbell.messaging.breakers import REST_SECONDS, Breaker
from shopbell.messaging.paces import Steps
from shopbell.messaging.ports import (
    CHANNELS,
    Channel,
    ChannelSession,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
)


@dataclass(slots=True)
class Line:
    """One line of one inbox."""

    channel: Channel
    account: Account
    breaker: Breaker
    steps: Steps = field(default_factory=Steps)
    session: ChannelSession | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def rate(self) -> int:
        """Messages a second that the account may send; 0: as many as it can."""
        return int(getattr(self.account.settings, "max_per_second", 0) or 0)

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
        self.steps.wait(self.rate, len(messages))
        with recorded(self.account):
            outcomes = self.session.send(messages)
        self.breaker.note(outcomes)
        return outcomes

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
            return REST_SECONDS[0]
        self.breaker.mend()
        return 0.0

    def close(self) -> None:
        """Hang up."""
        with self.lock:
            self._hang_up()

    def close_if_idle(self) -> None:
        """Hang up if nobody uses the line."""
        if self.lock.acquire(blocking=False):
            try:
                self._hang_up()
            finally:
                self.lock.release()

    def _hang_up(self) -> None:
        if self.session is not None:
            self.session.close()
            self.session = None


class Sessions:
    """All open lines of this process, by inbox and by the version of its settings."""

    def __init__(self) -> None:
        self._lines: dict[tuple[uuid.UUID, int], list[Line]] = {}
        self._versions: dict[tuple[uuid.UUID, int], str] = {}
        self._breakers: dict[tuple[uuid.UUID, str], Breaker] = {}
        self._steps: dict[uuid.UUID, Steps] = defaultdict(Steps)
        self._lock = threading.Lock()

    def lines(self, connection: Connection, store: Store, desk: int) -> list[Line]:
        """Return the lines of an inbox for one desk, made anew when its settings changed."""
        key = (connection.pk, desk)
        version = _version(connection)
        with self._lock:
            if self._versions.get(key) == version:
                return self._lines[key]
            before = self._lines.pop(key, [])
            breaker = self._breaker(connection.pk, version)
            lines = self._make(connection, store, breaker)
            self._lines[key], self._versions[key] = lines, version
        if before:  # hanging up waits for a server that may be silent, and others wait for us
            threading.Thread(target=_hang_up, args=(before,), daemon=True).start()
        return lines

    def breaker(self, connection: Connection) -> Breaker:
        """Return what is known of an inbox with these settings."""
        with self._lock:
            return self._breaker(connection.pk, _version(connection))

    def _breaker(self, inbox: uuid.UUID, version: str) -> Breaker:
        return self._breakers.setdefault((inbox, version), Breaker())

    def leave(self, connection: Connection, desk: int) -> None:
        """Let a desk's lines of an inbox go without waiting for them: the server is silent.

        Whoever waits on such a line closes it at the end; meanwhile the inbox rests.
        """
        key = (connection.pk, desk)
        with self._lock:
            version = self._versions.pop(key, "")
            lines = self._lines.pop(key, [])
            breaker = self._breakers.get((connection.pk, version))
        for line in lines:
            line.close_if_idle()
        if breaker is not None:
            breaker.fail(Temporary("The server takes mails and then keeps silent."))

    def _make(self, connection: Connection, store: Store, breaker: Breaker) -> list[Line]:
        channel = CHANNELS.get(connection.connector)
        try:
            account = account_of(connection, store)
        except ConfigurationError as error:
            return [_broken(channel, error)]
        count = int(getattr(account.settings, "concurrency", 1) or 1)
        steps = self._steps[connection.pk]
        return [Line(channel, account, breaker, steps) for _ in range(max(1, min(count, 8)))]

    def close(self) -> None:
        """Hang up everywhere."""
        with self._lock:
            for lines in self._lines.values():
                for line in lines:
                    line.close()
            self._lines.clear()
            self._versions.clear()
            self._breakers.clear()
            self._steps.clear()


def _hang_up(lines: Sequence[Line]) -> None:
    for line in lines:
        line.close()


def _version(connection: Connection) -> str:
    return repr((connection.settings, connection.secrets, connection.address))


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
