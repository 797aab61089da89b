"""Keeping members right: after news of a customer, and as time goes by.

News marks customers; the pump takes marks in batches, makes the profiles anew and asks each segment
that depends on that kind of news in one statement. A segment is asked about everybody when it is
new or changed, once a minute while time changes it, else every six hours to mend what no news told.
Asking takes at most a fiftieth of the time: a statement of two seconds is run every 100 seconds.

Who is in a segment at its making, or by an import of old orders, did not *come in*: members are
written, and no event is. A newcomer's mistake: doing this in an event handler. One slow segment
would then hold up the news of an order.
"""

import time
import uuid
from collections.abc import Collection
from datetime import timedelta

import structlog
from django.db import connection, transaction

from shopbell.events.actions import emit
from shopbell.kit import clock
from shopbell.kit.db.locks import lock_in_transaction
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import ShopbellError
from shopbell.segments.events import SegmentEntered, SegmentLeft
from shopbell.segments.models import Mark, Segment
from shopbell.segments.profiles import missing, refresh
from shopbell.segments.queries import asked_now, flat_tree
from shopbell.segments.sql import needs_of, selected
from shopbell.segments.vocabulary import Asked, Clause
from shopbell.web.live import announce

log = structlog.get_logger()

PUMP = "segments"
BATCH = 500
NEW = "new"  # a customer is new to us: every segment is asked
QUIET = "quiet"  # history became known: nobody comes in or leaves by it
MINUTE = timedelta(minutes=1)
MENDING = timedelta(hours=6)
SHARE = 50  # a segment's statement takes one part in so many of the time


def mark(*, customers: Collection[uuid.UUID], facts: Collection[str]) -> None:
    """Note that customers have to be looked at again."""
    told = sorted(facts)
    Mark.objects.bulk_create([Mark(customer_id=each, facts=told) for each in customers])


@transaction.atomic
def take_marks() -> int:
    """Work off one batch of marks of the store in scope; returns how many there were."""
    _alone()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [current_store_id(), BATCH])
        rows = cursor.fetchall()
    loud = {key for key, facts in rows if QUIET not in facts}
    quiet = {key for key, _ in rows} - loud
    for customers, is_quiet in ((loud, False), (quiet, True)):
        facts = {fact for key, told in rows if key in customers for fact in told}
        look_again(customers=customers, facts=facts, quiet=is_quiet)
    return len(rows)


_TAKE = """
    DELETE FROM segments_mark WHERE id = ANY(ARRAY(
        SELECT id FROM segments_mark WHERE store_id = %s ORDER BY id LIMIT %s))
    RETURNING customer_id, facts"""


@transaction.atomic
def look_again(
    *, customers: Collection[uuid.UUID], facts: Collection[str], quiet: bool = False
) -> None:
    """Make profiles anew and ask the segments that depend on such news about these customers."""
    if not customers:
        return
    _alone()
    refresh(customers=customers)
    asked = asked_now(only=tuple(customers))
    for segment in Segment.objects.filter(built__gt=0).order_by("pk"):
        if NEW in facts or set(segment.facts) & set(facts):
            _ask(segment, asked, quiet=quiet)


@transaction.atomic
def rebuild(*, segment_id: uuid.UUID) -> None:
    """Ask a segment about everybody, and say when to ask next."""
    _alone()
    segment = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        return
    begun = time.perf_counter()
    _ask(segment, asked_now(), quiet=segment.built != segment.version)
    took = timedelta(seconds=time.perf_counter() - begun)
    pause = max(MINUTE, took * SHARE) if segment.relative else max(MENDING, took * SHARE)
    segment.due_at = clock.now() + pause
    segment.built, segment.built_at = segment.version, clock.now()
    segment.save(update_fields=["due_at", "built", "built_at", "facts", "relative"])


def fill_profiles(limit: int = BATCH) -> int:
    """Give customers without a profile theirs; they are history, so nobody comes in by it."""
    found = missing(limit)
    look_again(customers=found, facts={NEW}, quiet=True)
    return len(found)


def _alone() -> None:
    """Let one transaction at a time change this store's members: profiles never go backwards."""
    lock_in_transaction("segments", current_store_id())


def _ask(segment: Segment, asked: Asked, *, quiet: bool) -> None:
    """Write who came in and who left; a segment that cannot be asked says so on its page."""
    try:
        tree = flat_tree(segment)
        needs = needs_of(tree)
        segment.facts, segment.relative = sorted(needs.facts), needs.relative
        found = selected(tree, asked)
    except (ShopbellError, LookupError) as error:
        _note(segment, getattr(error, "message", "") or f"A condition is not known: {error}")
        return
    if segment.trouble:
        _note(segment, "")
    entered, left = _write(segment, asked, found, quiet=quiet)
    if entered or left:
        Segment.objects.filter(pk=segment.pk).update(size=_size(segment))
        announce(segment.store_id, "segments", segment.pk)


def _note(segment: Segment, trouble: str) -> None:
    segment.trouble = trouble[:300]
    segment.save(update_fields=["trouble"])
    if trouble:
        log.warning("segments.trouble", segment=str(segment.pk), trouble=trouble)


def _size(segment: Segment) -> int:
    return segment.members.count()


def _write(segment: Segment, asked: Asked, found: Clause, *, quiet: bool) -> tuple[int, int]:
    narrowed = asked.narrowed("m.customer_id")
    told = [
        *found.told, asked.store_id, segment.pk, *narrowed.told,
        asked.store_id, segment.pk, asked.store_id, segment.pk, asked.now,
    ]  # fmt: skip
    statement = _DIFF.format(found=found.sql, narrowed=narrowed.sql)
    with connection.cursor() as cursor:
        if quiet:
            cursor.execute(f"{statement} {_COUNTS}", told)
            entered, left = cursor.fetchone()
            return int(entered), int(left)
        cursor.execute(f"{statement} {_WHO}", told)
        rows = cursor.fetchall()
    arrived = [key for came_in, key in rows if came_in]
    gone = [key for came_in, key in rows if not came_in]
    for some in _chunks(arrived):
        emit(*[SegmentEntered(segment_id=segment.pk, customer_id=key) for key in some])
    for some in _chunks(gone):
        emit(*[SegmentLeft(segment_id=segment.pk, customer_id=key) for key in some])
    return len(arrived), len(gone)


def _chunks(keys: list[uuid.UUID]) -> list[list[uuid.UUID]]:
    return [keys[at : at + 5000] for at in range(0, len(keys), 5000)]


# The parts of `found` are pieces of `sql.py`; braces are not in them. EXCEPT compares two sets by
# hashing whatever the planner believes: right after a shop's data came in it believes that nobody
# is there, and joins everybody with everybody.
_DIFF = """
    WITH now_in AS MATERIALIZED (SELECT p.customer_id {found}),
    was_in AS MATERIALIZED (
        SELECT m.customer_id FROM segments_member m
        WHERE m.store_id = %s AND m.segment_id = %s{narrowed}),
    gone AS (
        DELETE FROM segments_member m WHERE m.store_id = %s AND m.segment_id = %s
        AND m.customer_id = ANY(ARRAY(
            SELECT customer_id FROM was_in EXCEPT SELECT customer_id FROM now_in))
        RETURNING m.customer_id),
    arrived AS (
        INSERT INTO segments_member (store_id, segment_id, customer_id, since)
        SELECT %s, %s, n.customer_id, %s FROM (
            SELECT customer_id FROM now_in EXCEPT SELECT customer_id FROM was_in) n
        RETURNING customer_id)"""
_WHO = "SELECT true, customer_id FROM arrived UNION ALL SELECT false, customer_id FROM gone"
_COUNTS = "SELECT (SELECT count(*) FROM arrived), (SELECT count(*) FROM gone)"
