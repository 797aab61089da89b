"""The pump that moves people on: batches of runs that are due, each step decided in Python.

    claim (lease, fence) → lock, look once more at what ends them, walk, write all, one commit

Messages, what happened and the new place commit together, so a worker that dies in between leaves
nothing half done, and a message's business key exists once whoever tries again. A newcomer's
mistake: sending by hand what a step should have sent. The run would send it again.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.customers.zones import best_zone
from shopbell.events.pump import Pump, claim, register
from shopbell.journeys.definition import Definition, Send, read_definition
from shopbell.journeys.happenings import RECHECKS
from shopbell.journeys.models import Enrolment, EnrolmentState, Passage, Version
from shopbell.journeys.walking import Place, Walk, walk
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.web.live import announce

log = structlog.get_logger()

BATCH = 1000
LEASE_SECONDS = 60
GIVE_UP_AFTER = 3
_RETRY = timedelta(minutes=5)


def run_journeys() -> int:
    """Move one batch of people on; returns how many were due."""
    rows = claim(
        table="journeys_enrolment",
        columns="t.id, t.store_id, t.attempts",
        where="state = 'active' AND NOT held",
        limit=BATCH,
        lease_seconds=LEASE_SECONDS,
    )
    by_store: dict[int, dict[uuid.UUID, int]] = defaultdict(dict)
    for key, store_id, fence in rows:
        by_store[store_id][key] = fence
    for store_id, fences in by_store.items():
        _move_or_park(store_by_id(store_id), fences)
    return len(rows)


def _move_or_park(store: Store, fences: Mapping[uuid.UUID, int]) -> None:
    """Move people on; if that fails, one by one, and park the one who cannot be moved."""
    try:
        move_on(store, fences)
        return
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one bad run must not stop the others
        log.exception("journeys.not_moved", store=store.slug, size=len(fences))
        if len(fences) == 1:
            _park(store, fences, f"{type(error).__name__}: {error}")
            return
    for key, fence in fences.items():
        _move_or_park(store, {key: fence})


def _park(store: Store, fences: Mapping[uuid.UUID, int], said: str) -> None:
    with store_scope(store.pk):
        for row in Enrolment.objects.select_for_update().filter(pk__in=list(fences)):
            row.failures += 1
            row.lease_until, row.due_at = None, clock.now() + _RETRY
            if row.failures >= GIVE_UP_AFTER:
                row.state, row.ended_at = EnrolmentState.STUCK, clock.now()
                row.reason = f"It could not go on: {said}"[:300]
            row.save()


def move_on(store: Store, fences: Mapping[uuid.UUID, int]) -> None:
    """Move the claimed runs of one store as far as they get now."""
    with store_scope(store.pk):
        rows = [
            row
            for row in Enrolment.objects.select_for_update(of=("self",))
            .select_related("customer", "cart", "order")
            .defer("order__payload")
            .filter(pk__in=list(fences), state=EnrolmentState.ACTIVE, held=False)
            if row.attempts == fences[row.pk]
        ]
        definitions = definitions_of({row.version_id for row in rows})
        over = reached(rows, definitions)
        moves: list[tuple[Enrolment, Walk]] = []
        for row in rows:
            definition = definitions[row.version_id]
            if row.pk in over:
                row.state, row.reason, row.ended_at = *over[row.pk], clock.now()
                found = Walk(Place(row.step), [])
            else:
                found = walk(
                    definition,
                    Place(row.step, row.waits, row.awaits, row.answered),
                    who=row.customer_id,
                    zone=zone_of(row, store),
                    now=clock.now(),
                )
                _note(row, found)
            moves.append((row, found))
        queue_messages(drafts=_drafts(moves))
        Passage.objects.bulk_create(_passages(moves))
        write_places([row for row, _ in moves])
        if moves:
            announce(store.pk, "journeys")


def _note(row: Enrolment, found: Walk) -> None:
    place = found.place
    row.step, row.waits, row.awaits, row.answered = place.step, place.waits, place.awaits, False
    row.due_at = place.due_at or row.due_at
    row.failures = 0
    if found.ended:
        row.state, row.ended_at = EnrolmentState.DONE, clock.now()
        row.reason = found.because[:300]


def zone_of(row: Enrolment, store: Store) -> str:
    """Return the time zone the person of a run lives in, as far as known."""
    customer = row.customer
    return best_zone(
        profile=customer.timezone,
        phone=customer.phone,
        country=customer.country,
        store=store.timezone,
    )


@lru_cache(2_000)
def _read(version: uuid.UUID, dumped: str) -> Definition:
    return read_definition(orjson.loads(dumped))


def definitions_of(versions: set[uuid.UUID]) -> dict[uuid.UUID, Definition]:
    """Return the journeys of versions, read once for each process."""
    rows = Version.objects.filter(pk__in=versions).values_list("pk", "definition")
    return {key: _read(key, orjson.dumps(data).decode()) for key, data in rows}


def reached(
    rows: Sequence[Enrolment], definitions: Mapping[uuid.UUID, Definition]
) -> dict[uuid.UUID, tuple[str, str]]:
    """Return the runs that are over because of what happened since, whose news may still come."""
    found: dict[uuid.UUID, tuple[str, str]] = {}
    for event, recheck in RECHECKS.items():
        asked = [
            row
            for row in rows
            if any(end.event == event for end in definitions[row.version_id].all_exits())
        ]
        people = {row.customer_id: row.entered_at for row in asked}
        for row in asked:
            people[row.customer_id] = min(people[row.customer_id], row.entered_at)
        said = recheck(people)
        for row in asked:
            at, sentence = said.get(row.customer_id, (row.entered_at, ""))
            if at > row.entered_at:
                found[row.pk] = (end_state(definitions[row.version_id], event), sentence)
    return found


def end_state(definition: Definition, event: str) -> str:
    """Return what a run has come to that an event ended."""
    is_goal = definition.goal is not None and definition.goal.event == event
    return EnrolmentState.GOAL if is_goal else EnrolmentState.LEFT


def _drafts(moves: Sequence[tuple[Enrolment, Walk]]) -> list[Draft]:
    return [
        draft_of(row, passed.send)
        for row, found in moves
        for passed in found.passed
        if passed.send is not None
    ]


def message_key(row: Enrolment, step: str) -> str:
    """Return the business key of a step's message: nobody gets it twice."""
    return f"journey:{row.pk}:{step}"


def draft_of(row: Enrolment, send: Send) -> Draft:
    """Return the message of a step."""
    customer, order = row.customer, row.order
    data: dict[str, Any] = {"journey": str(row.journey_id), "enrolment": str(row.pk)}
    if send.topic:
        data["topic"] = send.topic
    if row.cart is not None:
        data["context"] = {"cart": cart_context(row)}
    return Draft(
        business_key=message_key(row, send.id),
        kind=send.text,
        purpose=send.purpose,
        media=send.media,
        waits=dict(send.waits),
        customer=customer,
        order=order,
        locale=(order.locale if order else "") or customer.locale,
        to_name=customer.name,
        not_after=clock.now() + timedelta(hours=send.fresh_hours),
        ignore_quiet=False,
        data=data,
    )


def cart_context(row: Enrolment) -> dict[str, Any]:
    """Return what a text may print of the cart, as it is now."""
    cart = row.cart
    assert cart is not None
    return {
        "url": cart.recover_url,
        "total": cart.total,
        "currency": cart.currency,
        "lines": [
            {
                "title": line.get("title", ""),
                "variant": line.get("variant_title", ""),
                "quantity": line.get("quantity", 1),
                "total": line.get("total", 0),
                "image_url": line.get("image_url", ""),
            }
            for line in cart.lines
        ],
    }


def _passages(moves: Sequence[tuple[Enrolment, Walk]]) -> list[Passage]:
    now = clock.now()
    return [
        Passage.fresh(
            journey_id=row.journey_id,
            enrolment_id=row.pk,
            step=passed.step,
            text=passed.text[:300],
            message_key=message_key(row, passed.step) if passed.send else "",
            at=now,
        )
        for row, found in moves
        for passed in found.passed
    ]


_PLACES = """
    UPDATE journeys_enrolment t SET state = r.state, step = r.step, waits = r.waits,
        awaits = r.awaits, answered = r.answered, due_at = r.due_at, failures = r.failures,
        ended_at = r.ended_at, reason = r.reason, lease_until = NULL
    FROM json_to_recordset(%s) AS r(id uuid, state text, step text, waits bool, awaits text,
        answered bool, due_at timestamptz, failures int, ended_at timestamptz, reason text)
    WHERE t.id = ANY(%s) AND t.id = r.id"""


def write_places(rows: Sequence[Enrolment]) -> None:
    """Write where locked runs stand, in one statement."""
    if not rows:
        return
    plain = [
        {
            "id": row.pk,
            "state": str(row.state),
            "step": row.step,
            "waits": row.waits,
            "awaits": row.awaits,
            "answered": row.answered,
            "due_at": row.due_at,
            "failures": row.failures,
            "ended_at": row.ended_at,
            "reason": row.reason,
        }
        for row in rows
    ]
    with database.cursor() as cursor:
        cursor.execute(_PLACES, [json_rows(plain), [row.pk for row in rows]])


register(Pump(name="journeys", run=run_journeys, interval=2.0))
