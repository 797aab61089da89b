"""Handing a batch to its inboxes, side by side: each goes its own pace, none waits for another.

One thread conducts: it marks chunks as handed and writes what became of them; the providers are
talked to in a pool. A newcomer's mistake: letting an error in one inbox's share out at once. What
the others have under way would never be written down.
"""

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

import structlog
from django.db import connection as database
from django.db import connections

from shopbell.accounts.models import Store
from shopbell.connections.actions import record_state
from shopbell.connections.models import Connection, ConnectionState
from shopbell.events.actions import wake
from shopbell.events.pump import stopping
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.breakers import Breaker
from shopbell.messaging.models import Message
from shopbell.messaging.outcomes import settle_outcomes
from shopbell.messaging.paces import QUEUEING, chunk_size, take_turn
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import Outcome, OutcomeKind, OutgoingMessage
from shopbell.messaging.sessions import SESSIONS, Line

log = structlog.get_logger()

IN_FLIGHT = 8
PATIENCE_SECONDS = 20.0  # a server that keeps silent for longer holds up nobody else
PROBE_PATIENCE_SECONDS = 2.0  # the same for one that was in trouble a moment ago
# Why a message waits that the gate let pass.
RESTING, PACED, TURN = "not_tried", "pace", "turn"
AT_ONCE = 2  # threads of a worker that one inbox may keep busy

_threads = ThreadPoolExecutor(max_workers=128, thread_name_prefix="hand-over")


@dataclass(frozen=True, slots=True)
class Ready:
    """A rendered message on its way out, with the fence of its claim."""

    id: uuid.UUID
    fence: int
    outgoing: OutgoingMessage
    urgent: bool = False  # somebody is waiting for it


def is_urgent(message: Message) -> bool:
    """Return whether somebody waits for it: an answer of a person, a test."""
    return message.origin in ("agent", "test")


class Desks:
    """How many threads of this worker are busy with each inbox."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._busy: Counter[uuid.UUID] = Counter()

    def is_full(self, inbox: uuid.UUID, breaker: Breaker, urgent: bool = False) -> bool:
        """Return whether no further thread should take its messages; one more if it is urgent."""
        with self._lock:
            return self._busy[inbox] >= (1 if breaker.tripped else AT_ONCE + urgent)

    def sit_down(self, inbox: uuid.UUID) -> None:
        """Count a thread."""
        with self._lock:
            self._busy[inbox] += 1

    def get_up(self, inbox: uuid.UUID) -> None:
        """Count it no more."""
        with self._lock:
            self._busy[inbox] -= 1


DESKS = Desks()

type Job = tuple[list[int], Line, Future[list[Outcome]]]


@dataclass(slots=True)
class Share:
    """What one inbox has to send of a batch, and how far it is."""

    store: Store
    inbox: Connection
    left: list[Ready]
    lines: list[Line] = field(default_factory=list)
    chunk: list[Ready] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    allowed: int = 0  # messages whose turn is taken
    starts_at: float = 0.0
    until: float = 0.0
    silent: bool = False
    over: bool = False

    @property
    def breaker(self) -> Breaker:
        """What is known of the inbox."""
        return self.lines[0].breaker

    def go_on(self) -> None:
        """Do what can be done without waiting."""
        if not self.lines:
            self.lines = SESSIONS.lines(self.inbox, self.store)
        if self.jobs and not self._heard():
            return
        if stopping.is_set() or self.silent or not self.left:
            self._end()
        elif (self.allowed or self._line_up()) and self.starts_at <= time.monotonic():
            self._start()

    def waits_until(self) -> float:
        """Return when it should be looked at again, whether or not somebody answers."""
        return self.until if self.jobs else self.starts_at

    def _line_up(self) -> bool:
        """Take the next place in line; what finds none is put back."""
        rate = self.lines[0].rate
        count = self.breaker.allowed(min(chunk_size(rate, IN_FLIGHT), len(self.left)))
        if not count:
            self._end(self._rest, RESTING, self.breaker.trouble)
            return False
        wait_for = take_turn(self.store, self.inbox, rate, count)
        if wait_for is None:
            self._end(lambda ready: QUEUEING.seconds(self.inbox.pk, rate, ready.urgent), PACED)
            return False
        self.allowed, self.starts_at = count, time.monotonic() + wait_for
        if wait_for and self.chunk:
            self._turn([])
        return True

    def _start(self) -> None:
        """Write what became of the chunk before, mark the next one handed, and send it."""
        following, self.left = self.left[: self.allowed], self.left[self.allowed :]
        probing, self.allowed = self.breaker.tripped, 0
        self._turn(following)
        patience = PROBE_PATIENCE_SECONDS if probing else PATIENCE_SECONDS
        self.until = time.monotonic() + patience
        for number, line in enumerate(self.lines):
            places = list(range(number, len(self.chunk), len(self.lines)))
            if places:
                messages = [self.chunk[place].outgoing for place in places]
                self.jobs.append((places, line, _threads.submit(line.send, messages)))

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
                SESSIONS.leave(self.inbox)
            self.silent = True
            mine = [self.chunk[place] for place in places]
            job.add_done_callback(partial(_settle_late, self.store, self.inbox, line, mine))
        self.jobs = []
        return True

    def _turn(self, following: Sequence[Ready]) -> None:
        """Write what became of one chunk and mark the next one handed, in one commit."""
        known = [(self.chunk[place], outcome) for place, outcome in sorted(self.outcomes.items())]
        with store_scope(self.store.pk):
            if known:
                settle_outcomes(self.store, self.inbox, *map(list, zip(*known, strict=True)))
                _note_trouble(self.inbox, self.breaker)
            self.chunk = _mark_handed(self.store, following) if following else []
        self.outcomes = {}

    def _rest(self, ready: Ready) -> float:
        return self.breaker.left() * random.uniform(1.0, 1.1)  # noqa: S311

    def _end(
        self, pause: Callable[[Ready], float] | None = None, reason: str = "", text: str = ""
    ) -> None:
        self._turn([])
        if self.left:
            pauses = [pause(ready) if pause else 0.0 for ready in self.left]
            give_back(self.store, self.left, pauses, reason, text)
        self.over = True


def hand_over(shares: Sequence[Share]) -> None:
    """Send everything; raises the first error of our own once all the others are done."""
    trouble: Exception | None = None
    running = list(shares)
    for share in shares:
        DESKS.sit_down(share.inbox.pk)
    while running:
        for share in running:
            try:
                share.go_on()
            except Exception as error:  # what the others have under way must be written down
                share.over, trouble = True, trouble or error
            if share.over:
                DESKS.get_up(share.inbox.pk)
        running = [share for share in running if not share.over]
        _wait(running)
    if trouble is not None:
        raise trouble


def _wait(shares: Sequence[Share]) -> None:
    """Wait until somebody answers or the next one may go on."""
    if not shares:
        return
    pause = max(0.0, min(share.waits_until() for share in shares) - time.monotonic())
    under_way = [job for share in shares for _, _, job in share.jobs if not job.done()]
    if under_way:
        wait(under_way, timeout=pause, return_when=FIRST_COMPLETED)
    elif not any(share.jobs for share in shares):
        time.sleep(pause)


def give_back(
    store: Store, left: Sequence[Ready], pauses: Sequence[float], reason: str, text: str
) -> None:
    """Let messages be looked at again, each after its pause; at once by whoever has time."""
    rows = [(ready.id, ready.fence, pause) for ready, pause in zip(left, pauses, strict=True)]
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message t SET state = 'queued', lease_until = NULL,"
            " reason = %s, reason_text = %s,"
            " due_at = CASE WHEN r.pause > 0"
            " THEN clock_timestamp() + make_interval(secs => r.pause) ELSE t.due_at END"
            " FROM unnest(%s::uuid[], %s::int[], %s::float8[]) AS r(id, fence, pause)"
            " WHERE t.id = r.id AND t.attempts = r.fence AND t.state = 'claimed'",
            [reason, text[:500], *map(list, zip(*rows, strict=True))],
        )
        if 0.0 in pauses:
            wake("outbox")


def _note_trouble(inbox: Connection, breaker: Breaker) -> None:
    if breaker.tripped and inbox.state != ConnectionState.TROUBLE:
        record_state(connection=inbox, state=ConnectionState.TROUBLE, detail=breaker.trouble)


def _mark_handed(store: Store, chunk: Sequence[Ready]) -> list[Ready]:
    """Mark those whose claim still holds; the others belong to somebody else now."""
    lease = policy_of(store).handed_lease.total_seconds()
    ids = [ready.id for ready in chunk]
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message t SET state = 'handed', handed_at = clock_timestamp(),"
            " lease_until = clock_timestamp() + make_interval(secs => %s)"
            " FROM unnest(%s::uuid[], %s::int[]) AS r(id, fence)"
            # Said twice so that the rows are found by their key, whatever the statistics say.
            " WHERE t.id = ANY(%s) AND t.id = r.id AND t.attempts = r.fence"
            " AND t.state = 'claimed' AND t.lease_until > clock_timestamp() RETURNING t.id",
            [lease, ids, [ready.fence for ready in chunk], ids],
        )
        held = {row[0] for row in cursor.fetchall()}
    return [ready for ready in chunk if ready.id in held]


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
