"""What happens moves people: in, out, on from where they wait, and back to the beginning of a wait.

Everything is done for a batch of events at once. A newcomer's mistake: leaving people out whose
journey is paused. Nobody comes in while it is paused by the store, but what ends a run ends it.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection as database
from django.db import transaction

from shopbell.events.actions import wake
from shopbell.journeys.engine import definitions_of, end_state
from shopbell.journeys.happenings import KINDS, Happening
from shopbell.journeys.models import (
    Enrolment,
    EnrolmentState,
    Journey,
    JourneyState,
    Passage,
)
from shopbell.journeys.steps import Definition, Wait, WaitFor
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.orders.events import OrderPlaced
from shopbell.web.live import announce

# What happened longer ago than this starts nothing: imports of old data, and long outages.
FRESH = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Running:
    """A journey with what it is now."""

    journey: Journey
    definition: Definition


@transaction.atomic
def take_in(*, happened: Sequence[Happening]) -> int:
    """Let a batch of happenings end runs, wake them, and start new ones; returns the new ones."""
    if not happened:
        return 0
    _change_runs(happened)
    return _start_runs(happened)


def running_journeys() -> list[Running]:
    """Return the journeys that people come into."""
    rows = list(Journey.objects.filter(state=JourneyState.LIVE).exclude(current=None))
    definitions = definitions_of({row.current_id for row in rows if row.current_id})
    return [Running(row, definitions[row.current_id]) for row in rows if row.current_id]


def _change_runs(happened: Sequence[Happening]) -> None:
    people = {item.customer_id for item in happened}
    rows = list(
        Enrolment.objects.select_for_update(of=("self",))
        .filter(customer_id__in=people, state=EnrolmentState.ACTIVE)
        .order_by("id")
    )
    if not rows:
        return
    definitions = definitions_of({row.version_id for row in rows})
    by_person: dict[uuid.UUID, list[Happening]] = defaultdict(list)
    for item in happened:
        by_person[item.customer_id].append(item)
    changed, said = [], []
    for row in rows:
        definition = definitions[row.version_id]
        for item in by_person[row.customer_id]:
            text = _change(row, definition, item)
            if text:
                changed.append(row)
                said.append((row, text))
            if row.state != EnrolmentState.ACTIVE:
                break
    _write_places(list({row.pk: row for row in changed}.values()))
    Passage.objects.bulk_create(_passages(said))
    if changed:
        wake("journeys")


def _change(row: Enrolment, definition: Definition, item: Happening) -> str:
    """Change one run for one happening; returns what to write down, "" if nothing changed."""
    if item.at < row.entered_at or not _concerns(row, item):
        return ""
    if any(end.fits(item.event, item.values) for end in definition.all_exits()):
        row.state, row.ended_at = end_state(definition, item.event), clock.now()
        row.reason = f"{KINDS[item.event].ends}."
        return row.reason
    step = definition.steps.get(row.step)
    if isinstance(step, WaitFor) and row.waits and step.when.fits(item.event, item.values):
        row.answered, row.due_at = True, clock.now()
        return f"{KINDS[item.event].ends}."
    begins = definition.restarts and row.step == definition.first and isinstance(step, Wait)
    if begins and row.waits and definition.trigger.fits(item.event, item.values):
        row.waits, row.due_at = False, clock.now()
        row.entered_at = min(item.at, clock.now())
        return "It happened again, so the wait begins anew."
    return ""


def _concerns(row: Enrolment, item: Happening) -> bool:
    """Whether a happening is about the same cart or order as the run, if both name one.

    A new order concerns every run of the one who ordered.
    """
    if item.event == OrderPlaced.name:
        return item.order_id != row.order_id
    if row.cart_id and item.cart_id and row.cart_id != item.cart_id:
        return False
    return not (row.order_id and item.order_id and row.order_id != item.order_id)


def _passages(said: Iterable[tuple[Enrolment, str]]) -> list[Passage]:
    now = clock.now()
    return [
        Passage.fresh(
            journey_id=row.journey_id, enrolment_id=row.pk, step=row.step, text=text[:300], at=now
        )
        for row, text in said
    ]


def _start_runs(happened: Sequence[Happening]) -> int:
    begins: list[Enrolment] = []
    oldest = clock.now() - FRESH
    for running in running_journeys():
        trigger = running.definition.trigger
        fitting = [
            item for item in happened if item.at >= oldest and trigger.fits(item.event, item.values)
        ]
        begins += _enrolments(running, fitting)
    if not begins:
        return 0
    # In one order everywhere, so that two workers with the same people never wait for one another.
    begins.sort(key=lambda row: (str(row.journey_id), row.key))
    known = set(
        Enrolment.objects.filter(key__in=[row.key for row in begins]).values_list(
            "journey_id", "key"
        )
    )
    fresh = [row for row in begins if (row.journey_id, row.key) not in known]
    Enrolment.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh:
        wake("journeys")
        announce(fresh[0].store_id, "journeys")
    return len(fresh)


def _enrolments(running: Running, fitting: Sequence[Happening]) -> list[Enrolment]:
    definition, found = running.definition, dict[str, Enrolment]()
    before = _before(running, {item.customer_id for item in fitting})
    for item in fitting:
        number = before.get(item.customer_id, 0)
        key = _key(definition, item, number) if number is not None else None
        if key is None or key in found:
            continue
        found[key] = Enrolment.fresh(
            journey_id=running.journey.pk,
            version_id=running.journey.current_id,
            customer_id=item.customer_id,
            cart_id=item.cart_id,
            order_id=item.order_id,
            key=key,
            step=definition.first,
            due_at=clock.now(),
            entered_at=min(item.at, clock.now()),  # a shop's clock may be wrong
        )
    return list(found.values())


def _key(definition: Definition, item: Happening, number: int) -> str | None:
    """Return what makes a run exist once; None: the event tells no cart or order."""
    match definition.per:
        case "cart":
            return str(item.cart_id) if item.cart_id else None
        case "order":
            return str(item.order_id) if item.order_id else None
    if definition.again_after_days is None:
        return str(item.customer_id)
    return f"{item.customer_id}:{number}"


def _before(running: Running, people: set[uuid.UUID]) -> dict[uuid.UUID, int | None]:
    """Return how often each was in the journey; None: too short a time ago, or still."""
    days = running.definition.again_after_days
    if days is None or not people:
        return {}
    rows = Enrolment.objects.filter(journey=running.journey, customer_id__in=people)
    since = clock.now() - timedelta(days=days)
    found: dict[uuid.UUID, int | None] = {}
    for customer, entered, state in rows.values_list("customer_id", "entered_at", "state"):
        number = found.get(customer, 0)
        is_too_soon = entered > since or state == EnrolmentState.ACTIVE
        found[customer] = None if number is None or is_too_soon else number + 1
    return found


_PLACES = """
    UPDATE journeys_enrolment t SET state = r.state, step = r.step, waits = r.waits,
        awaits = r.awaits, answered = r.answered, due_at = r.due_at, failures = r.failures,
        ended_at = r.ended_at, reason = r.reason, lease_until = NULL
    FROM json_to_recordset(%s) AS r(id uuid, state text, step text, waits bool, awaits text,
        answered bool, due_at timestamptz, failures int, ended_at timestamptz, reason text)
    WHERE t.id = ANY(%s) AND t.id = r.id"""


def _write_places(rows: Sequence[Enrolment]) -> None:
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
