"""Pumps: loops of the worker that claim due rows in batches and do the work.

Each `run()` claims one batch and returns how many rows it took (0: nothing due). A pump is woken by
NOTIFY and looks by itself every `interval` seconds, so a lost wake-up costs a moment, never a row.
The rules of a claim: attempts are counted before the work (a crash counts too), a lease guards it,
and effects commit together with the end of the claim. What was tried before is tried alone, one
item at a time in all workers, so that one that kills its process takes nobody with it, and is
parked after the third time.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from shopbell.events import registry
from shopbell.events.actions import caused_by
from shopbell.events.models import Delivery, Event
from shopbell.kit.db.locks import release_session_lock, try_session_lock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.text import storable

log = structlog.get_logger()

BATCH = 500
LEASE_SECONDS = 30
MAX_ATTEMPTS = 3
BACKOFF_SECONDS = (2, 15, 60)
ALONE_PER_RUN = 50
STREAM = 20  # so many at once are not somebody's single order
_ALONE = "tried-before"
DEADLY = "The worker ended without a word while it was at this, three times."

stopping = threading.Event()  # set when this process ends: long batches give back what is left


@dataclass(frozen=True, slots=True)
class Pump:
    """A named loop body. `threads` is how many loops of it one worker runs.

    `rest`: seconds from the beginning of one run to the next while a stream of a few comes in;
    together they cost less, and one alone never waits (see `rest_after`).
    `at_end` is called in each loop's thread when the worker stops, while the database is there.
    """

    name: str
    run: Callable[[], int]
    interval: float = 2.0
    threads: int = 1
    rest: float = 0.0
    at_end: Callable[[], None] | None = None


PUMPS: dict[str, Pump] = {}


def rest_after(pump: Pump, taken: int, seconds: float) -> float:
    """Return how long a loop rests after a run that took so many rows and so many seconds."""
    return max(0.0, pump.rest - seconds) if STREAM <= taken < BATCH else 0.0


def register(pump: Pump) -> Pump:
    """Make the worker run `pump`."""
    PUMPS[pump.name] = pump
    return pump


def claim(
    *,
    table: str,
    columns: str,
    where: str,
    order: str = "due_at, id",
    limit: int = BATCH,
    lease_seconds: int = LEASE_SECONDS,
    params: Sequence[Any] = (),
    also: str = "",
) -> list[tuple[Any, ...]]:
    """Lease due rows of a work table that has `due_at`, `lease_until`, `attempts`.

    Runs in its own committed transaction, unscoped, and returns `columns` of the rows (qualify them
    with nothing; the table is aliased `t`). `also` sets further columns. Times compare on the
    database's clock.
    """
    with unscoped(f"claim from {table}"), connection.cursor() as cursor:
        cursor.execute(
            # A fence only has to differ, so it starts again before a smallint is full.
            f"UPDATE {table} t SET attempts = t.attempts %% 30000 + 1,"
            f" lease_until = clock_timestamp() + make_interval(secs => %s){also and ', ' + also}"
            # An array is made once. A plain subquery may be run again for each row, and then finds
            # the rows behind those it has just taken: more than the limit.
            f" WHERE t.id = ANY(ARRAY(SELECT id FROM {table} WHERE {where}"
            # The time of the statement is one time, so an index ends there.
            " AND due_at <= statement_timestamp()"
            " AND (lease_until IS NULL OR lease_until < clock_timestamp())"
            f" ORDER BY {order} LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING {columns}",
            [lease_seconds, *params, limit],
        )
        return sorted(cursor.fetchall())


def run_events() -> int:
    """Deliver one batch of events to their handlers."""
    rows = claim(
        table="events_delivery",
        columns="t.id, t.store_id, t.handler, t.attempts",
        where="NOT quarantined AND attempts = 0",
    )
    groups: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for delivery_id, store_id, handler, attempts in rows:
        groups[store_id, handler].append((delivery_id, attempts))
    for (store_id, handler), members in groups.items():
        _deliver(store_id, handler, members)
    return len(rows) + one_by_one(_run_one_event)


def one_by_one(run: Callable[[], bool]) -> int:
    """Call `run` until it finds nothing, a bounded number of times, unless others are at it."""
    if not try_session_lock(_ALONE):
        return 0
    done = 0
    try:
        while done < ALONE_PER_RUN and not stopping.is_set() and run():
            done += 1
    finally:
        with suppress(DatabaseError, InterfaceError):  # a line that broke has let go of it
            release_session_lock(_ALONE)
    return done


def _run_one_event() -> bool:
    """Deliver one event that was tried before, alone."""
    rows = claim(
        table="events_delivery",
        columns="t.id, t.store_id, t.handler, t.attempts",
        where="NOT quarantined AND attempts > 0",
        limit=1,
    )
    for delivery_id, store_id, handler, attempts in rows:
        if attempts > MAX_ATTEMPTS:
            _postpone(store_id, delivery_id, attempts, DEADLY)
        else:
            _deliver(store_id, handler, [(delivery_id, attempts)])
    return bool(rows)


def _deliver(store_id: int, handler: str, members: list[tuple[int, int]]) -> None:
    """Run one handler on a batch; if it fails, run its events one by one and park the bad ones."""
    try:
        _run_batch(store_id, handler, [member[0] for member in members])
        return
    except Exception as error:  # a handler's failure must not stop the others
        if len(members) == 1:
            _postpone(store_id, *members[0], f"{type(error).__name__}: {error}")
            return
        log.warning("events.batch_failed", handler=handler, size=len(members), error=repr(error))
    for member in members:
        try:
            _run_batch(store_id, handler, [member[0]])
        except Exception as error:
            _postpone(store_id, *member, f"{type(error).__name__}: {error}")


def _run_batch(store_id: int, key: str, ids: list[int]) -> None:
    listener = registry.LISTENERS.get(key)
    with store_scope(store_id), connection.cursor() as cursor:
        # Lock what is still ours: another worker may have taken over after a lost lease.
        cursor.execute(_LOCK, [ids, store_id])
        rows = cursor.fetchall()
        if listener is not None:
            for depth, batch in groupby(rows, key=itemgetter(1)):
                group = [_recorded(store_id, row) for row in batch]
                with caused_by(group[0].id if len(group) == 1 else None, depth):
                    listener.handle(group)
        cursor.execute(_DELIVERED, [[row[0] for row in rows], store_id])


_LOCK = f"""
    SELECT delivery.id, event.depth, event.id, event.occurred_at, event.name, event.data::text
    FROM {Delivery._meta.db_table} AS delivery JOIN {Event._meta.db_table} AS event
        ON event.id = delivery.event_id
    WHERE delivery.id = ANY(%s) AND delivery.store_id = %s
    ORDER BY delivery.event_id FOR UPDATE OF delivery SKIP LOCKED"""
_DELIVERED = f"DELETE FROM {Delivery._meta.db_table} WHERE id = ANY(%s) AND store_id = %s"


def _recorded(store_id: int, row: tuple[Any, ...]) -> registry.Recorded[Any]:
    _, _, event_id, occurred_at, name, data = row
    fact = registry.load(name, json.loads(data))
    return registry.Recorded(id=event_id, store_id=store_id, occurred_at=occurred_at, fact=fact)


def _postpone(store_id: int, delivery_id: int, attempts: int, note: str) -> None:
    """Try again later, or quarantine after the third time."""
    give_up = attempts >= MAX_ATTEMPTS
    wait = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]
    log.error("events.handler_failed", delivery=delivery_id, attempts=attempts, error=note[:500])
    with store_scope(store_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_delivery SET lease_until = NULL, quarantined = %s, note = %s,"
            " due_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
            [give_up, storable(note)[:2000], wait, delivery_id],
        )


@transaction.atomic
def retry_delivery(*, delivery: Delivery) -> None:
    """Give a quarantined delivery another three attempts."""
    delivery.quarantined, delivery.attempts, delivery.lease_until = False, 0, None
    delivery.save(update_fields=["quarantined", "attempts", "lease_until"])


@transaction.atomic
def drop_delivery(*, delivery: Delivery) -> None:
    """Put a quarantined delivery aside for good; the event itself stays in the log."""
    delivery.delete()


register(Pump(name="events", run=run_events, rest=0.25))
