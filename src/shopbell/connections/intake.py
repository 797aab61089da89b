"""The pump that turns stored requests into facts.

Each family registers a processor. It gets a batch of one connection and returns what became of each
item. Attempts are counted before the work; `Invalid` parks an item at once with its sentence,
anything else after three tries. A parked item never stops its neighbours.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection as database
from django.db import transaction

from shopbell.connections.models import Connection, Intake, IntakeState
from shopbell.events.actions import wake
from shopbell.events.pump import (
    BACKOFF_SECONDS,
    DEADLY,
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    Pump,
    claim,
    one_by_one,
    register,
)
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Invalid, Permanent
from shopbell.kit.text import storable
from shopbell.web.live import announce

log = structlog.get_logger()

BATCH = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One stored request."""

    id: int
    source: str
    topic: str
    provider_id: str
    body: bytes
    attempts: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an item; `note` is for people."""

    state: IntakeState
    note: str = ""


type Processor = Callable[[Connection | None, Sequence[Item]], dict[int, Result]]

PROCESSORS: dict[str, Processor] = {}
# Topics with a pump of their own (see `lanes`): slow work must not hold up webhooks.
APART: set[str] = set()


def processes(family: str) -> Callable[[Processor], Processor]:
    """Register the processor of a family ("shop", "carrier", "channel", "api")."""

    def decorate(processor: Processor) -> Processor:
        PROCESSORS[family] = processor
        return processor

    return decorate


def run_intake() -> int:
    """Process one batch of pending requests, and those tried before one by one."""
    groups = claim_items(
        "state = 'pending' AND attempts = 0 AND topic <> ALL(%s::text[])", BATCH, _apart()
    )
    for (store_id, connection_id), items in groups.items():
        _process(store_id, connection_id, items)
    return sum(map(len, groups.values())) + one_by_one(_run_one)


def _run_one() -> bool:
    """Process one request that was tried before, alone: it may be what ended the worker."""
    groups = claim_items(
        "state = 'pending' AND attempts > 0 AND topic <> ALL(%s::text[])", 1, _apart()
    )
    for (store_id, connection_id), [item] in groups.items():
        if item.attempts > MAX_ATTEMPTS:
            postpone(store_id, item, Permanent(DEADLY))
        else:
            _process(store_id, connection_id, [item])
    return bool(groups)


def _apart() -> list[list[str]]:
    return [sorted(APART)]


def claim_items(
    where: str, limit: int, params: Sequence[Any] = ()
) -> dict[tuple[int, uuid.UUID | None], list[Item]]:
    """Lease pending requests; returns them by store and connection, the oldest first."""
    rows = claim(
        table="connections_intake",
        columns="t.id, t.store_id, t.connection_id, t.source, t.topic, t.provider_id, t.body,"
        " t.attempts, t.received_at",
        where=where,
        limit=limit,
        params=params,
    )
    groups: dict[tuple[int, uuid.UUID | None], list[Item]] = defaultdict(list)
    for (
        number,
        store_id,
        connection_id,
        source,
        topic,
        provider_id,
        body,
        attempts,
        received,
    ) in rows:
        item = Item(number, source, topic, provider_id, bytes(body), attempts, received)
        groups[store_id, connection_id].append(item)
    return groups


def hold_items(ids: Sequence[int], lease_seconds: int = LEASE_SECONDS) -> None:
    """Keep the lease of requests that wait for their turn behind a slow one."""
    with unscoped("hold leased requests"), database.cursor() as cursor:
        cursor.execute(
            "UPDATE connections_intake SET"
            " lease_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = ANY(%s) AND state = 'pending'",
            [lease_seconds, list(ids)],
        )


def _process(store_id: int, connection_id: uuid.UUID | None, items: list[Item]) -> None:
    """Process a batch; if it fails, item by item."""
    try:
        _run(store_id, connection_id, items)
        return
    except Exception as error:  # one bad item must not stop the others
        if len(items) == 1:
            postpone(store_id, items[0], error)
            return
        log.warning("intake.batch_failed", size=len(items), error=repr(error)[:500])
    for item in items:
        try:
            _run(store_id, connection_id, [item])
        except Exception as error:
            postpone(store_id, item, error)


def _run(store_id: int, connection_id: uuid.UUID | None, items: list[Item]) -> None:
    def by_family(account: Connection | None, mine: Sequence[Item]) -> dict[int, Result]:
        return PROCESSORS[account.family if account else "api"](account, mine)

    run_items(store_id, connection_id, items, by_family)


def run_items(
    store_id: int, connection_id: uuid.UUID | None, items: list[Item], processor: Processor
) -> None:
    """Process what is still pending of the items, in one transaction with its results."""
    with store_scope(store_id):
        still = set(
            Intake.objects.select_for_update(skip_locked=True)
            .filter(pk__in=[item.id for item in items], state=IntakeState.PENDING)
            .values_list("pk", flat=True)
        )
        mine = [item for item in items if item.id in still]
        if not mine:
            return
        account = Connection.objects.filter(pk=connection_id).first() if connection_id else None
        _settle(mine, processor(account, mine))
        if account is not None:
            Connection.objects.filter(pk=account.pk).update(last_heard_at=clock.now())


def _settle(items: list[Item], results: dict[int, Result]) -> None:
    ids = [item.id for item in items]
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE connections_intake t SET state = r.state, note = r.note, lease_until = NULL,"
            " processed_at = clock_timestamp()"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS r(id, state, note)"
            # Said twice so that the rows are found by their key, whatever the statistics say.
            " WHERE t.id = ANY(%s) AND t.id = r.id",
            [
                ids,
                [str(results[item.id].state) for item in items],
                [storable(results[item.id].note)[:2000] for item in items],
                ids,
            ],
        )


def gives_up(item: Item, error: Exception) -> bool:
    """Return whether an item that failed like this waits for a person now."""
    return isinstance(error, Invalid) or item.attempts >= MAX_ATTEMPTS


def postpone(store_id: int, item: Item, error: Exception) -> None:
    """Try again later, or park it for a person."""
    give_up = gives_up(item, error)
    wait = BACKOFF_SECONDS[min(item.attempts, len(BACKOFF_SECONDS)) - 1]
    log.warning("intake.item_failed", item=item.id, attempts=item.attempts, error=repr(error)[:500])
    plain = isinstance(error, (Invalid, Permanent))
    said = str(error) if plain else f"{type(error).__name__}: {error}"
    with store_scope(store_id), database.cursor() as cursor:
        cursor.execute(
            "UPDATE connections_intake SET lease_until = NULL, state = %s, note = %s,"
            " due_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s AND state = 'pending'",
            [
                IntakeState.QUARANTINED if give_up else IntakeState.PENDING,
                storable(said)[:2000],
                wait,
                item.id,
            ],
        )
        if give_up:
            announce(store_id, "problems")


@transaction.atomic
def retry_item(*, item: Intake) -> None:
    """Process a parked item again."""
    item.state, item.attempts, item.lease_until, item.due_at = (
        IntakeState.PENDING,
        0,
        None,
        clock.now(),
    )
    item.save(update_fields=["state", "attempts", "lease_until", "due_at"])
    wake(item.topic if item.topic in APART else "intake")


@transaction.atomic
def drop_item(*, item: Intake) -> None:
    """Put a parked item aside for good; the raw request stays readable."""
    item.state, item.processed_at = IntakeState.DROPPED, clock.now()
    item.save(update_fields=["state", "processed_at"])


register(Pump(name="intake", run=run_intake))
