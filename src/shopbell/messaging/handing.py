"""What one inbox has to send of a batch: marked as handed chunk by chunk, sent, written down.

A share never waits: it does what can be done now and says when it wants to be looked at again.
Who looks is in `lanes`; the providers are talked to in a pool of threads.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import structlog
from django.db import connections

from shopbell.accounts.models import Store
from shopbell.connections.actions import record_state
from shopbell.connections.models import Connection, ConnectionState
from shopbell.events.pump import stopping
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.breakers import Breaker
from shopbell.messaging.marking import Ready, give_back, mark_handed
from shopbell.messaging.outcomes import settle_outcomes
from shopbell.messaging.paces import QUEUEING, chunk_size, take_turn
from shopbell.messaging.ports import Outcome, OutcomeKind
from shopbell.messaging.sessions import SESSIONS, Line

log = structlog.get_logger()

IN_FLIGHT = 8
# Of what is never sent again by itself: after a crash these are said to be in doubt.
BULK_IN_FLIGHT = 32
PATIENCE_SECONDS = 20.0  # a server that keeps silent for longer holds up nobody else
PROBE_PATIENCE_SECONDS = 2.0  # the same for one that was in trouble a moment ago
# Why a message waits that the gate let pass.
RESTING, PACED, TURN = "not_tried", "pace", "turn"

_threads = ThreadPoolExecutor(max_workers=128, thread_name_prefix="hand-over")


type Job = tuple[list[int], Line, Future[list[Outcome]]]


@dataclass(slots=True, eq=False)
class Share:
    """What one inbox has to send of a batch, and how far it is."""

    store: Store
    inbox: Connection
    left: list[Ready]
    desk: int = 0  # which of the inbox's sets of lines it uses
    tell: Callable[[], None] = lambda: None  # called when somebody has answered
    lines: list[Line] = field(default_factory=list)
    chunk: list[Ready] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    allowed: int = 0  # messages whose turn is taken
    answered: int = 0  # messages the provider has said something about
    starts_at: float = 0.0
    until: float = 0.0
    silent: bool = False
    over: bool = False

    @property
    def breaker(self) -> Breaker:
        """What is known of the inbox."""
        return self.lines[0].breaker

    @property
    def bulk(self) -> bool:
        """Whether all else goes first."""
        return any(ready.bulk for ready in (*self.left[:1], *self.chunk[:1]))

    @property
    def size(self) -> int:
        """How many messages are not settled yet."""
        return len(self.left) + len(self.chunk)

    def go_on(self) -> None:
        """Do what can be done without waiting for anybody."""
        if not self.lines:
            self.lines = SESSIONS.lines(self.inbox, self.store, self.desk)
        if self.jobs and not self._heard():
            return
        with store_scope(self.store.pk):  # one commit for one chunk's end and the next one's begin
            self._write_down()
            if stopping.is_set() or self.silent or not self.left:
                self._end()
            elif self.allowed or self._line_up():
                self._mark()
        if self.chunk:
            self._submit()

    def waits_until(self) -> float:
        """Return when it should be looked at again, whether or not somebody answers."""
        return self.until if self.jobs else self.starts_at

    def _line_up(self) -> bool:
        """Take the next place in line; what finds none is put back."""
        rate = self.lines[0].rate
        most = BULK_IN_FLIGHT if self.bulk else IN_FLIGHT
        count = self.breaker.allowed(min(chunk_size(rate, most), len(self.left)))
        if not count:
            self._end(self._rest, RESTING, self.breaker.trouble)
            return False
        wait_for = take_turn(self.store, self.inbox, rate, count)
        if wait_for is None:
            self._end(lambda ready: QUEUEING.seconds(self.inbox.pk, rate, ready.urgent), PACED)
            return False
        self.allowed, self.starts_at = count, time.monotonic() + wait_for
        return True

    def _mark(self) -> None:
        """Mark the next chunk as handed, if its time has come."""
        if self.starts_at > time.monotonic():
            return
        following, self.left = self.left[: self.allowed], self.left[self.allowed :]
        self.chunk, self.allowed = mark_handed(self.store, following), 0

    def _submit(self) -> None:
        """Send what is marked, over all lines of the inbox at once."""
        patience = PROBE_PATIENCE_SECONDS if self.breaker.tripped else PATIENCE_SECONDS
        self.until = time.monotonic() + patience
        for number, line in enumerate(self.lines):
            places = list(range(number, len(self.chunk), len(self.lines)))
            if places:
                job = _threads.submit(line.send, [self.chunk[place].outgoing for place in places])
                self.jobs.append((places, line, job))
        for _, _, job in self.jobs:
            job.add_done_callback(lambda _: self.tell())

    def _heard(self) -> bool:
        """Take in the answers if all are there, or if it was waited long enough.

        A message whose server keeps silent is settled when its line gives an answer or gives up.
        """
        late = time.monotonic() >= self.until
        if not late and not all(job.done() for _, _, job in self.jobs):
            return False
        for places, line, job in self.jobs:
            if job.done():
                self.outcomes.update(zip(places, _results(job, len(places)), strict=True))
                continue
            if not self.silent:
                SESSIONS.leave(self.inbox, self.desk)
            self.silent = True
            mine = [self.chunk[place] for place in places]
            job.add_done_callback(partial(_settle_late, self.store, self.inbox, line, mine))
        self.jobs = []
        return True

    def _write_down(self) -> None:
        """Write what became of a chunk."""
        known = [(self.chunk[place], outcome) for place, outcome in sorted(self.outcomes.items())]
        if known:
            settle_outcomes(self.store, self.inbox, *map(list, zip(*known, strict=True)))
            _note_trouble(self.inbox, self.breaker)
        self.answered += len(known)
        self.chunk, self.outcomes = [], {}

    def _rest(self, ready: Ready) -> float:
        return self.breaker.left() * random.uniform(1.0, 1.1)  # noqa: S311

    def _end(
        self, pause: Callable[[Ready], float] | None = None, reason: str = "", text: str = ""
    ) -> None:
        if self.left:
            pauses = [pause(ready) if pause else 0.0 for ready in self.left]
            give_back(self.store, self.left, pauses, reason, text)
        self.left, self.over = [], True


def _note_trouble(inbox: Connection, breaker: Breaker) -> None:
    if breaker.tripped and inbox.state != ConnectionState.TROUBLE:
        record_state(connection=inbox, state=ConnectionState.TROUBLE, detail=breaker.trouble)


def _results(job: Future[list[Outcome]], count: int) -> list[Outcome]:
    try:
        return job.result()
    except Exception as error:
        # We cannot know how far it got, so nothing of this share may be sent again freely.
        log.exception("outbox.hand_over_broke")
        return [Outcome(OutcomeKind.IN_DOUBT, detail=repr(error)[:300])] * count


def _settle_late(
    store: Store,
    connection: Connection,
    line: Line,
    late: Sequence[Ready],
    job: Future[list[Outcome]],
) -> None:
    """Write what became of messages whose server kept silent (runs in the hand-over's thread)."""
    try:
        with store_scope(store.pk):
            settle_outcomes(store, connection, late, _results(job, len(late)))
    except Exception:  # the lease of the hand-over makes it a doubt, which is settled by itself
        log.exception("outbox.late_not_settled")
    finally:
        line.close()
        connections.close_all()
