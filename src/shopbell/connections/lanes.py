"""Topics of stored requests with a pump of their own, for work that takes its time (reading mail).

A newcomer's mistake: doing the slow part in `process`, which runs in a transaction. What can be
found out from the bytes alone belongs into `prepare`.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

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
from shopbell.connections.models import Connection
from shopbell.events.pump import DEADLY, MAX_ATTEMPTS, Pump, one_by_one, register, stopping
from shopbell.kit.errors import Permanent

log = structlog.get_logger()

BATCH = 20
HOLD_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Lane:
    """How the requests of one topic are worked off, each in its own transaction.

    `prepare` gets the items of a batch and yields something for each, outside any transaction.
    `process` writes. `surrender` is called when an item is parked for a person, with the reason.
    """

    topic: str
    prepare: Callable[[Sequence[Item]], Iterable[Any]]
    process: Callable[[Connection, Item, Any], Result]
    surrender: Callable[[Connection, Item, str], None]
    at_end: Callable[[], None] | None = None


def open_lane(lane: Lane) -> None:
    """Give a topic its own pump, called like the topic."""
    APART.add(lane.topic)
    register(Pump(name=lane.topic, run=lambda: run_lane(lane), at_end=lane.at_end))


def run_lane(lane: Lane) -> int:
    """Work off one batch, and what was tried before one by one."""
    where = "state = 'pending' AND attempts = 0 AND topic = %s"
    groups = claim_items(where, BATCH, [lane.topic])
    for (store_id, connection_id), items in groups.items():
        held_at = time.monotonic()
        for at, (item, prepared) in enumerate(zip(items, lane.prepare(items), strict=True)):
            if time.monotonic() - held_at > HOLD_SECONDS:
                hold_items([waiting.id for waiting in items[at:]])
                held_at = time.monotonic()
            _run(lane, store_id, connection_id, item, prepared)
    return sum(map(len, groups.values())) + one_by_one(lambda: _run_one(lane))


def _run_one(lane: Lane) -> bool:
    where = "state = 'pending' AND attempts > 0 AND topic = %s"
    groups = claim_items(where, 1, [lane.topic])
    for (store_id, connection_id), [item] in groups.items():
        if item.attempts > MAX_ATTEMPTS:
            _park(lane, store_id, connection_id, item, Permanent(DEADLY))
        elif not stopping.is_set():
            prepared = next(iter(lane.prepare([item])))
            _run(lane, store_id, connection_id, item, prepared)
    return bool(groups)


def _run(lane: Lane, store_id: int, connection_id: Any, item: Item, prepared: Any) -> None:
    def process(account: Connection | None, _items: Sequence[Item]) -> dict[int, Result]:
        assert account is not None
        return {item.id: lane.process(account, item, prepared)}

    try:
        run_items(store_id, connection_id, [item], process)
    except Exception as error:  # one bad item must not stop the others
        if gives_up(item, error):
            _park(lane, store_id, connection_id, item, error)
        else:
            postpone(store_id, item, error)


def _park(lane: Lane, store_id: int, connection_id: Any, item: Item, error: Exception) -> None:
    """Leave the item to a person, and let the lane say so where people look."""
    from shopbell.connections.models import IntakeState

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
