"""The sender: claims due messages, asks the gate, renders, hands over, writes down what happened.

    claim (lease, fence) → gate and render, commit → handed, commit → provider → outcome, commit

Nothing leaves before `handed` is committed, so a crash before it is retried freely and a crash
after it is a doubt, settled by `doubts.py`. At most `IN_FLIGHT` messages of a thread are handed at
once: that bounds what one crash can leave in doubt.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import InterfaceError, OperationalError, connections
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.connections.models import Connection
from shopbell.events.actions import wake
from shopbell.events.pump import Pump, claim, register, stopping
from shopbell.kit.db.scope import store_scope
from shopbell.kit.text import storable
from shopbell.messaging.budget import hold_people
from shopbell.messaging.envelopes import outgoing
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.models import Message
from shopbell.messaging.outcomes import settle_outcomes, settle_verdicts
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import Outcome, OutcomeKind, OutgoingMessage
from shopbell.messaging.prepare import prepare
from shopbell.messaging.sessions import SESSIONS, Line

log = structlog.get_logger()

BATCH = 128
IN_FLIGHT = 8
PATIENCE_SECONDS = 20.0  # a server that keeps silent for longer holds up nobody else
CLAIM_SECONDS = 30  # a claim that ran out costs a rendering, never a mail


@dataclass(frozen=True, slots=True)
class Ready:
    """A rendered message on its way out, with the fence of its claim."""

    id: uuid.UUID
    fence: int
    outgoing: OutgoingMessage


def run_outbox() -> int:
    """Send one batch of due messages."""
    rows = claim(
        table="messaging_message",
        columns="t.id, t.store_id, t.attempts",
        where="state IN ('queued', 'claimed')",
        also="state = 'claimed'",
        limit=BATCH,
        lease_seconds=CLAIM_SECONDS,
    )
    by_store: dict[int, dict[uuid.UUID, int]] = defaultdict(dict)
    for message_id, store_id, fence in rows:
        by_store[store_id][message_id] = fence
    for store_id, fences in by_store.items():
        _send_for_store(store_by_id(store_id), fences)
    return len(rows)


def _send_for_store(store: Store, fences: dict[uuid.UUID, int]) -> None:
    for connection, messages in _ready_or_held(store, fences):
        lines = SESSIONS.lines(connection, store)
        chunk: list[Ready] = []
        outcomes: list[Outcome | None] = []
        for start in range(0, len(messages), IN_FLIGHT):
            if stopping.is_set() or None in outcomes:
                _give_back(store, messages[start:])
                break
            following = messages[start : start + IN_FLIGHT]
            chunk = _turn(store, connection, chunk, outcomes, following)
            outcomes = _hand_over(store, connection, lines, chunk)
        _turn(store, connection, chunk, outcomes, [])


def _ready_or_held(
    store: Store, fences: dict[uuid.UUID, int]
) -> list[tuple[Connection, list[Ready]]]:
    """Make messages ready; if that fails, one by one, and hold the one that cannot be."""
    try:
        return _make_ready(store, fences)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one bad message must not stop the others
        log.exception("outbox.not_ready", store=store.slug, size=len(fences))
        if len(fences) == 1:
            _hold(store, fences, error)
            return []
    single = ({message_id: fence} for message_id, fence in fences.items())
    return [group for one in single for group in _ready_or_held(store, one)]


def _hold(store: Store, fences: dict[uuid.UUID, int], error: Exception) -> None:
    said = f"It cannot be made ready: {type(error).__name__}: {error}"
    verdict = Verdict(Answer.HOLD, "broken", storable(said)[:400])
    with store_scope(store.pk):
        rows = Message.objects.filter(pk__in=list(fences), state="claimed")
        settle_verdicts(store, [(row, verdict) for row in rows.defer("html", "text")])


def _give_back(store: Store, left: Sequence[Ready]) -> None:
    """Let another worker have what this one will not get to."""
    with store_scope(store.pk), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message t SET state = 'queued', lease_until = NULL"
            " FROM unnest(%s::uuid[], %s::int[]) AS r(id, fence)"
            " WHERE t.id = r.id AND t.attempts = r.fence AND t.state = 'claimed'",
            [[ready.id for ready in left], [ready.fence for ready in left]],
        )
        wake("outbox")


def _turn(
    store: Store,
    connection: Connection,
    chunk: Sequence[Ready],
    outcomes: Sequence[Outcome | None],
    following: Sequence[Ready],
) -> list[Ready]:
    """Write what became of one chunk and mark the next one handed, in one commit."""
    known = [
        (ready, outcome)
        for ready, outcome in zip(chunk, outcomes, strict=True)
        if outcome is not None
    ]
    with store_scope(store.pk):
        if known:
            settle_outcomes(store, connection, *map(list, zip(*known, strict=True)))
        return _mark_handed(store, following) if following else []


def _make_ready(store: Store, fences: dict[uuid.UUID, int]) -> list[tuple[Connection, list[Ready]]]:
    """Ask the gate, render, and note everything that does not go out."""
    with store_scope(store.pk):
        messages = [
            message
            for message in Message.objects.select_related("customer", "order", "shipment")
            .defer("html", "text", "order__payload", "shipment__payload")
            .filter(pk__in=list(fences), state="claimed")
            .order_by("due_at", "id")
            if fences[message.pk] == message.attempts
        ]
        hold_people(store, messages, policy_of(store))
        verdicts = decide(store, messages)
        passed: list[tuple[Message, Verdict]] = []
        stopped: list[tuple[Message, Verdict]] = []
        for message, verdict in zip(messages, verdicts, strict=True):
            (passed if verdict.answer == Answer.SEND else stopped).append((message, verdict))
        prepared, refused = prepare(store, passed)
        settle_verdicts(store, [*stopped, *refused])
        groups: dict[uuid.UUID, list[Ready]] = defaultdict(list)
        routes: dict[uuid.UUID, Connection] = {}
        for message, route in prepared:
            routes[route.connection.pk] = route.connection
            groups[route.connection.pk].append(
                Ready(message.pk, message.attempts, outgoing(store, message, route))
            )
    return [(routes[key], group) for key, group in groups.items()]


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


_threads = ThreadPoolExecutor(max_workers=64, thread_name_prefix="hand-over")


def _hand_over(
    store: Store, connection: Connection, lines: Sequence[Line], chunk: Sequence[Ready]
) -> list[Outcome | None]:
    """Send a chunk over the inbox's lines side by side; never raises.

    None stands for a message whose server keeps silent: it is settled when the line gives an
    answer or gives up, and this thread goes on with other inboxes.
    """
    shares = [list(range(i, len(chunk), len(lines))) for i in range(len(lines))]
    outcomes: dict[int, Outcome] = {}
    jobs = [
        (share, line, _threads.submit(line.send, [chunk[i].outgoing for i in share]))
        for line, share in zip(lines, shares, strict=True)
        if share
    ]
    until = time.monotonic() + PATIENCE_SECONDS
    for share, line, job in jobs:
        if not _ends_before(job, until):
            SESSIONS.leave(connection)
            late = [chunk[i] for i in share]
            job.add_done_callback(partial(_settle_late, store, connection, line, late))
            continue
        outcomes.update(zip(share, _results(job, len(share)), strict=True))
    return [outcomes.get(i) for i in range(len(chunk))]


def _ends_before(job: Future[list[Outcome]], until: float) -> bool:
    wait([job], timeout=max(0.0, until - time.monotonic()))
    return job.done()


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


register(Pump(name="outbox", run=run_outbox, interval=1.0, threads=2))
