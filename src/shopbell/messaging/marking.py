"""Marks on messages of a chunk: handed before the first byte leaves, or given back.

What a claim holds is marked in place. What stands nowhere yet is written here, once, unless it is
there already or its customer was erased meanwhile. A newcomer's mistake: sending what was not
returned by `mark_handed`. It is somebody else's.
"""

import math
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.models import Customer
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.bulk import NotPlain, insert_where
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.messaging.policy import policy_of
from shopbell.messaging.ports import OutgoingMessage
from shopbell.messaging.states import State

log = structlog.get_logger()

BULK = tuple(purpose.key for purpose in PURPOSES.values() if not purpose.resend_in_doubt)

# A row to be written whose customer, if it has one, was not erased meanwhile. A subquery that gives
# a value is looked up row by row; as EXISTS it was made by reading all customers.
_ABOUT_SOMEBODY = (
    "CASE WHEN r.customer_id IS NULL THEN true ELSE coalesce((SELECT c.erased_at IS NULL"
    f" FROM {Customer._meta.db_table} c WHERE c.id = r.customer_id AND c.store_id = r.store_id),"
    " false) END"
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A rendered message on its way out, with the fence of its claim.

    `row`: it stands nowhere yet, and is written as it is handed over, or given back. `until`: when
    whoever asked for it takes it for lost (of `time.monotonic`).
    """

    id: uuid.UUID
    fence: int
    outgoing: OutgoingMessage
    urgent: bool = False  # somebody is waiting for it
    bulk: bool = False  # nobody is waiting for it
    row: Message | None = None
    until: float = math.inf


def is_urgent(message: Message) -> bool:
    """Return whether somebody waits for it: an answer of a person, a test."""
    return message.origin in ("agent", "test")


def is_bulk(message: Message) -> bool:
    """Return whether all else goes first: offers, surveys."""
    return message.purpose in BULK and not is_urgent(message)


def mark_handed(store: Store, chunk: Sequence[Ready]) -> list[Ready]:
    """Mark those whose claim still holds; the others belong to somebody else now."""
    lease = policy_of(store).handed_lease.total_seconds()
    held = _write_handed(chunk, lease)
    held |= _mark_claimed([ready for ready in chunk if ready.row is None], lease)
    return [ready for ready in chunk if ready.id in held]


def _write_handed(chunk: Sequence[Ready], lease: float) -> set[uuid.UUID]:
    """Write what stands nowhere yet: who has it already, or was erased meanwhile, gets nothing."""
    rows = _rows_of(chunk)
    for row in rows:
        row.state = State.HANDED
    leased = f"clock_timestamp() + make_interval(secs => {lease:f})"
    return _write(rows, {"handed_at": "clock_timestamp()", "lease_until": leased})


def _rows_of(several: Sequence[Ready]) -> list[Message]:
    """Return what stands nowhere yet and is not taken for lost."""
    now = time.monotonic()
    return [each.row for each in several if each.row is not None and now < each.until]


def _write(rows: Sequence[Message], instead: Mapping[str, str]) -> set[uuid.UUID]:
    """Write new rows; those that cannot be written go into the queue, which holds them one by one.

    Keys are checked here and not at the commit, which writes down what became of others too.
    """
    if not rows:
        return set()
    try:
        with transaction.atomic():
            written = insert_where(rows, _ABOUT_SOMEBODY, instead)
            database.check_constraints()
            return written
    except (DataError, IntegrityError, NotPlain):
        log.exception("marking.not_written", size=len(rows))
    for row in rows:
        _queue_anew(row)
    return set()


def _queue_anew(row: Message) -> None:
    """Let the queue make a message ready from the beginning."""
    row.state, row.lease_until, row.due_at = State.QUEUED, None, clock.now()
    row.connection = row.template_version = None  # they may be what is gone
    row.message_id = row.subject = row.text = row.html = ""
    try:
        with transaction.atomic():
            insert_where([row], _ABOUT_SOMEBODY, {})
            database.check_constraints()
    except (DataError, IntegrityError, NotPlain):
        log.exception("marking.not_queued", message=str(row.pk))


def _mark_claimed(chunk: Sequence[Ready], lease: float) -> set[uuid.UUID]:
    if not chunk:
        return set()
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
        return {row[0] for row in cursor.fetchall()}


def give_back(
    store: Store, left: Sequence[Ready], pauses: Sequence[float], reason: str, text: str
) -> None:
    """Let messages be looked at again, each after its pause; at once by whoever has time."""
    with store_scope(store.pk):
        pause_of = {ready.id: pause for ready, pause in zip(left, pauses, strict=True)}
        fresh = _rows_of(left)
        for row in fresh:
            row.state, row.lease_until = State.QUEUED, None
            row.reason, row.reason_text = reason, text[:500]
            row.due_at = clock.now() + timedelta(seconds=pause_of[row.pk])
        _write(fresh, {})
        _release([ready for ready in left if ready.row is None], pause_of, reason, text)
        if 0.0 in pauses:
            wake("outbox")


def _release(
    claimed: Sequence[Ready], pause_of: Mapping[uuid.UUID, float], reason: str, text: str
) -> None:
    if not claimed:
        return
    ids, fences = [ready.id for ready in claimed], [ready.fence for ready in claimed]
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message t SET state = 'queued', lease_until = NULL,"
            " reason = %s, reason_text = %s,"
            " due_at = CASE WHEN r.pause > 0"
            " THEN clock_timestamp() + make_interval(secs => r.pause)"
            " ELSE least(t.due_at, clock_timestamp()) END"
            " FROM unnest(%s::uuid[], %s::int[], %s::float8[]) AS r(id, fence, pause)"
            " WHERE t.id = r.id AND t.attempts = r.fence AND t.state = 'claimed'",
            [reason, text[:500], ids, fences, [pause_of[key] for key in ids]],
        )
