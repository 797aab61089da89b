"""Writing facts down, and waking whoever carries them on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from shopbell.events.models import Delivery, Event
from shopbell.events.registry import Fact, dump, listeners_of
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict

WAKE_CHANNEL = "shopbell_wake"
MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Cause:
    """The event whose handler is running now."""

    event_id: int | None
    depth: int


type _Row = dict[str, Any]
type _Behind = tuple[int, int | None, int]  # store, cause, depth

_cause: ContextVar[Cause | None] = ContextVar("event_cause", default=None)
_gathering: ContextVar[list[tuple[_Behind, list[_Row]]] | None] = ContextVar(
    "facts_gathered", default=None
)


@contextmanager
def caused_by(event_id: int | None, depth: int) -> Iterator[None]:
    """Mark facts emitted inside the block as consequences of an event."""
    token = _cause.set(Cause(event_id, depth))
    try:
        yield
    finally:
        _cause.reset(token)


def emit(*facts: Fact, occurred_at: datetime | None = None) -> None:
    """Write facts of the store in scope; handlers run after commit, in the worker.

    Raises:
        Conflict: when a chain of causes is deeper than 8, which is a loop.
    """
    emit_many([(fact, occurred_at) for fact in facts])


def emit_many(facts: Sequence[tuple[Fact, datetime | None]]) -> None:
    """Write many facts, each with its own time (None: now), in one statement."""
    if not facts:
        return
    cause = _cause.get()
    depth = cause.depth + 1 if cause else 0
    if depth > MAX_DEPTH:
        raise Conflict(f"{facts[0][0].name}: a chain of events is deeper than {MAX_DEPTH}.")
    now = clock.now()
    rows = [_row(fact, occurred_at or now) for fact, occurred_at in facts]
    behind = (current_store_id(), cause.event_id if cause else None, depth)
    waiting = _gathering.get()
    if waiting is None:
        _write(behind, rows)
    elif waiting and waiting[-1][0] == behind:
        waiting[-1][1].extend(rows)
    else:
        waiting.append((behind, rows))


@contextmanager
def gathered() -> Iterator[None]:
    """Write the facts emitted in the block at its end, in one statement, in their order.

    For a block within one transaction that rolls back no savepoint and reads no facts.
    """
    if _gathering.get() is not None:
        yield
        return
    waiting: list[tuple[_Behind, list[_Row]]] = []
    token = _gathering.set(waiting)
    try:
        yield
    finally:
        _gathering.reset(token)
    for behind, rows in waiting:
        _write(behind, rows)


def _row(fact: Fact, occurred_at: datetime) -> _Row:
    data = dump(fact)
    return {
        "name": fact.name,
        "subject_id": data.get(fact.subject),
        "data": data,
        "occurred_at": occurred_at,
        "handlers": [listener.key for listener in listeners_of(fact.name)],
    }


def _write(behind: _Behind, rows: list[_Row]) -> None:
    store_id, cause_id, depth = behind
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json_rows(rows), store_id, cause_id, depth, store_id])
    if any(row["handlers"] for row in rows):
        wake("events")


# Facts and their deliveries in one statement; the ids are drawn first so that both know them.
_WRITE = f"""
    WITH fact AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('{Event._meta.db_table}', 'id')) AS id, r.*
        FROM json_to_recordset(%s) AS r(name text, subject_id uuid, data jsonb,
            occurred_at timestamptz, handlers text[])),
    written AS (
        INSERT INTO {Event._meta.db_table}
            (id, store_id, name, subject_id, data, cause_id, depth, occurred_at)
        SELECT id, %s, name, subject_id, data, %s::bigint, %s, occurred_at FROM fact)
    INSERT INTO {Delivery._meta.db_table} (store_id, event_id, handler)
    SELECT %s, fact.id, handler FROM fact, unnest(fact.handlers) AS handler ORDER BY fact.id"""


class _Wake:
    """An on-commit hook that wakes pumps, each once per transaction."""

    def __init__(self, pumps: set[str]) -> None:
        self.pumps = pumps

    def __call__(self) -> None:
        with connection.cursor() as cursor:
            for pump in sorted(self.pumps):
                cursor.execute("SELECT pg_notify(%s, %s)", [WAKE_CHANNEL, pump])


def wake(*pumps: str) -> None:
    """Wake pumps after this transaction commits (at once outside one). NOTIFY carries the name."""
    fresh = set(pumps)
    for entry in connection.run_on_commit:
        if isinstance(entry[1], _Wake):
            fresh -= entry[1].pumps
    if fresh:
        transaction.on_commit(_Wake(fresh))
