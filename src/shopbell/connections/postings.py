"""What programs of the merchant's own are told: written down first, posted after, until taken.

    a step of a journey → row (same transaction, once by its key) → post → taken, or tried again

A receiver that does not answer holds up nobody: what it missed is tried again for hours, and
after the first failure in a batch its others wait with it. A newcomer's mistake: posting in the
transaction of the step. A slow program would stop journeys.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection as database

from shopbell.accounts.queries import store_by_id
from shopbell.connections.exchanges import recorded
from shopbell.connections.models import Connection, ConnectionState, Posting, PostingState
from shopbell.connections.ports import CONNECTORS, Account, Receiver
from shopbell.connections.queries import account_of
from shopbell.events.actions import wake
from shopbell.events.pump import claim, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id, store_scope
from shopbell.kit.errors import ShopbellError, Temporary

log = structlog.get_logger()

BATCH = 100
LEASE_SECONDS = 90
LONGEST_RUN = 20.0  # seconds, after which the rest of a batch is left to the next
WAITS = (30, 300, 1800, 7200, 18_000, 36_000)  # seconds before each further try
_AGAIN = 5  # seconds


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell. The same `key` is told once to each receiver."""

    key: str
    body: str
    about: uuid.UUID | None = None


def receivers() -> list[Connection]:
    """Return the receivers of the store in scope, by name."""
    return list(Connection.objects.filter(family="receiver").order_by("slug", "connector"))


def receiver_called(slug: str) -> Connection | None:
    """Return the receiver of a short name."""
    return Connection.objects.filter(family="receiver", slug=slug).order_by("connector").first()


def queue_postings(*, to: Connection, notes: Sequence[Note]) -> None:
    """Let a receiver be told. Call it in the transaction of what it is told of."""
    now = clock.now()
    Posting.objects.bulk_create(
        [
            Posting(
                store_id=current_store_id(),
                connection=to,
                key=note.key,
                about=note.about,
                body=note.body,
                due_at=now,
                created_at=now,
            )
            for note in notes
        ],
        ignore_conflicts=True,
    )
    wake("postings")


def try_again(*, connection: Connection) -> int:
    """Tell a receiver once more what was given up; returns how many."""
    rows = Posting.objects.filter(connection=connection, state=PostingState.GIVEN_UP)
    count = rows.update(state=PostingState.WAITING, tries=0, due_at=clock.now())
    wake("postings")
    return count


def erase_postings(*, about: uuid.UUID) -> None:
    """Forget what was told, or is to be told, of somebody."""
    Posting.objects.filter(about=about).delete()


def run_postings() -> int:
    """Post one batch; returns how many were due."""
    rows = claim(
        table="connections_posting",
        columns="t.store_id, t.connection_id, t.id, t.attempts",
        where="state = 'waiting'",
        limit=BATCH,
        lease_seconds=LEASE_SECONDS,
    )
    groups: dict[tuple[int, uuid.UUID], dict[uuid.UUID, int]] = defaultdict(dict)
    for store_id, connection_id, key, fence in rows:
        groups[store_id, connection_id][key] = fence
    until = time.monotonic() + LONGEST_RUN
    for (store_id, connection_id), fences in groups.items():
        _post_all(store_id, connection_id, fences, until)
    return len(rows)


def _post_all(
    store_id: int, connection_id: uuid.UUID, fences: dict[uuid.UUID, int], until: float
) -> None:
    with store_scope(store_id):
        connection = Connection.objects.get(pk=connection_id)
        found = Posting.objects.filter(pk__in=list(fences)).order_by("created_at", "id")
        waiting = [row for row in found if row.attempts == fences[row.pk]]
    try:
        account, plug = _opened(connection)
    except ShopbellError as error:
        for row in waiting:
            _end(row, str(error))
        return
    while waiting and time.monotonic() < until and not stopping.is_set():
        row = waiting.pop(0)
        trouble = _post(account, plug, row)
        _end(row, trouble)
        if trouble:
            break
    _give_back(store_id, [row.pk for row in waiting])


def _opened(connection: Connection) -> tuple[Account, Receiver]:
    if connection.state == ConnectionState.OFF:
        raise Temporary("It is switched off.")
    plug = CONNECTORS.get(connection.connector)
    if not isinstance(plug, Receiver):
        raise Temporary("It cannot be told anything.")
    return account_of(connection, store_by_id(connection.store_id)), plug


def _post(account: Account, plug: Receiver, row: Posting) -> str:
    """Tell it, outside any transaction; returns why it was not taken, "" if it was."""
    try:
        with recorded(account):
            plug.post(account, key=row.pk, body=row.body.encode())
    except ShopbellError as error:
        return error.message
    except Exception as error:  # a connector from outside must not stop the others
        log.exception("postings.failed", connection=str(account.id))
        return f"The connector broke: {type(error).__name__}."
    return ""


def _end(row: Posting, trouble: str) -> None:
    """Write down how a try went, unless somebody else has it in hand by now."""
    state, due_at, body = PostingState.TAKEN, row.due_at, ""
    tries = row.tries + 1
    if trouble:
        body, state = row.body, PostingState.GIVEN_UP
        if tries <= len(WAITS):
            state = PostingState.WAITING
            due_at = clock.now() + timedelta(seconds=WAITS[tries - 1])
    with store_scope(row.store_id):
        Posting.objects.filter(pk=row.pk, attempts=row.attempts).update(
            state=state, due_at=due_at, body=body, tries=tries, note=trouble[:300], lease_until=None
        )


def _give_back(store_id: int, rows: Sequence[uuid.UUID]) -> None:
    """Let the rest be claimed again soon; it was not tried."""
    if not rows:
        return
    with store_scope(store_id), database.cursor() as cursor:
        cursor.execute(
            "UPDATE connections_posting SET lease_until = NULL, due_at = due_at + %s::interval"
            " WHERE id = ANY(%s) AND state = 'waiting'",
            [f"{_AGAIN} seconds", list(rows)],
        )
