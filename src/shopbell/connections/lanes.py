"""Topics of stored requests with a pump of their own, for work that takes its time (reading mail).

A newcomer's mistake: doing the slow part in `process`, which runs in a transaction. What can be
found out from the bytes alone belongs into `prepare`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

import structlog
from django.db import connection

from shopbell.connections.intake import (
    APART,
    Item,
    Result,
    claim_items,
    gives_up,
    hold_items,
    postpone,
    run_items,
)
from shopbell.connections.models import Connection, IntakeState
from shopbell.events.pump import DEADLY, MAX_ATTEMPTS, Pump, one_by_one, register, stopping
from shopbell.kit.db.scope import unscoped
from shopbell.kit.errors import Permanent

log = structlog.get_logger()

BATCH = 40
TOGETHER = 20
HOLD_SECONDS = 10.0
MEMORY = 64 * 1024 * 1024  # bytes of raw requests in one batch, unless one alone is larger

type _Ready = tuple[Item, Any]


@dataclass(frozen=True, slots=True)
class Lane:
    """How the requests of one topic are worked off.

    `prepare` gets store, connection and the items of a batch and yields something for each,
    outside any transaction. `process` writes a few of them, each with what was found, in one
    transaction. `surrender` is called when an item is parked for a person, with the reason.
    """

    topic: str
    prepare: Callable[[int, Any, Sequence[Item]], Iterable[Any]]
    process: Callable[[Connection, Sequence[_Ready]], dict[int, Result]]
    surrender: Callable[[Connection, Item, str], None]
    at_end: Callable[[], None] | None = None


def open_lane(lane: Lane) -> None:
    """Give a topic its own pump, called like the topic."""
    APART.add(lane.topic)
    register(Pump(name=lane.topic, run=lambda: run_lane(lane), at_end=lane.at_end))


def run_lane(lane: Lane) -> int:
    """Work off one batch, and what was tried before one by one."""
    where = "state = 'pending' AND attempts = 0 AND topic = %s"
    groups = claim_items(where, _fitting(lane), [lane.topic])
    for (store_id, connection_id), items in groups.items():
        _work_off(lane, store_id, connection_id, items)
    return sum(map(len, groups.values())) + one_by_one(lambda: _run_one(lane))


def _fitting(lane: Lane) -> int:
    """Return how many of the next requests are small enough to be held in memory together."""
    with unscoped("the sizes of the next requests"), connection.cursor() as cursor:
        cursor.execute(_FITTING, [lane.topic, BATCH, MEMORY])
        return max(1, int(cursor.fetchone()[0]))


_FITTING = """
    SELECT count(*) FROM (
        SELECT sum(size) OVER (ORDER BY due_at, id) AS bytes FROM (
            SELECT due_at, id, octet_length(body) AS size FROM connections_intake
            WHERE state = 'pending' AND attempts = 0 AND topic = %s
                AND due_at <= clock_timestamp()
                AND (lease_until IS NULL OR lease_until < clock_timestamp())
            ORDER BY due_at, id LIMIT %s) AS request) AS following
    WHERE bytes <= %s"""


def _work_off(lane: Lane, store_id: int, connection_id: Any, items: Sequence[Item]) -> None:
    """Process items in order, a few in one transaction; a failure makes those go one by one."""
    for ready in batched(_held(items, lane.prepare(store_id, connection_id, items)), TOGETHER):
        try:
            _process(lane, store_id, connection_id, ready)
        except Exception as error:  # one bad item must not stop the others
            if len(ready) > 1:
                log.warning("lane.batch_failed", topic=lane.topic, error=repr(error)[:300])
            for item, prepared in ready:
                _run(lane, store_id, connection_id, item, prepared)


def _held(items: Sequence[Item], prepared: Iterable[Any]) -> Iterator[_Ready]:
    """Yield items with what was found, and keep the lease of all that are not done yet."""
    held_at = time.monotonic()
    for number, ready in enumerate(zip(items, prepared, strict=True)):
        if time.monotonic() - held_at > HOLD_SECONDS:
            done = number - number % TOGETHER
            hold_items([item.id for item in items[done:]])
            held_at = time.monotonic()
        yield ready


def _run_one(lane: Lane) -> bool:
    where = "state = 'pending' AND attempts > 0 AND topic = %s"
    groups = claim_items(where, 1, [lane.topic])
    for (store_id, connection_id), [item] in groups.items():
        if item.attempts > MAX_ATTEMPTS:
            _park(lane, store_id, connection_id, item, Permanent(DEADLY))
        elif not stopping.is_set():
            prepared = next(iter(lane.prepare(store_id, connection_id, [item])))
            _run(lane, store_id, connection_id, item, prepared)
    return bool(groups)


def _process(lane: Lane, store_id: int, connection_id: Any, ready: Sequence[_Ready]) -> None:
    def process(account: Connection | None, mine: Sequence[Item]) -> dict[int, Result]:
        assert account is not None
        known = {item.id: prepared for item, prepared in ready}
        return lane.process(account, [(item, known[item.id]) for item in mine])

    run_items(store_id, connection_id, [item for item, _ in ready], process)


def _run(lane: Lane, store_id: int, connection_id: Any, item: Item, prepared: Any) -> None:
    try:
        _process(lane, store_id, connection_id, [(item, prepared)])
    except Exception as error:
        if gives_up(item, error):
            _park(lane, store_id, connection_id, item, error)
        else:
            postpone(store_id, item, error)


def _park(lane: Lane, store_id: int, connection_id: Any, item: Item, error: Exception) -> None:
    """Leave the item to a person, and let the lane say so where people look."""
    note = str(error)

    def surrender(account: Connection | None, _items: Sequence[Item]) -> dict[int, Result]:
        assert account is not None
        lane.surrender(account, item, note)
        return {item.id: Result(IntakeState.QUARANTINED, note)}

    try:
        run_items(store_id, connection_id, [item], surrender)
    except Exception:
        log.exception("lane.surrender_failed", item=item.id)
        postpone(store_id, item, error)
