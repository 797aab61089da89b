"""The pump that moves people on: batches of runs that are due, each step decided in Python.

    claim (lease, fence) → lock, look once more at what ends them, walk, write all, one commit

Runs of which all that counts is the same are decided and written as one group. Messages, what
happened and the new place commit together, so a worker that dies in between leaves
nothing half done, and a message's business key exists once whoever tries again. A newcomer's
mistake: sending by hand what a step should have sent. The run would send it again.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id
from shopbell.customers.models import Customer
from shopbell.customers.zones import best_zone
from shopbell.events.pump import Pump, claim, register
from shopbell.journeys.acting import act
from shopbell.journeys.asking import answers_to
from shopbell.journeys.carts import cart_context
from shopbell.journeys.definition import read_definition
from shopbell.journeys.happenings import RECHECKS
from shopbell.journeys.models import Enrolment, EnrolmentState, Version
from shopbell.journeys.steps import Definition, If, Send, WaitRhythm
from shopbell.journeys.walking import Answered, Passed, Place, Walk, walk
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
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


@dataclass(frozen=True, slots=True)
class Run:
    """As much of a run as its next steps depend on."""

    pk: uuid.UUID
    version_id: uuid.UUID
    customer_id: uuid.UUID
    order_id: uuid.UUID | None
    entered_at: datetime
    place: Place


@dataclass(slots=True)
class Group:
    """Runs that go the same way now: most of a batch does, so it is written as one."""

    walk: Walk
    state: str
    reason: str
    runs: list[uuid.UUID] = field(default_factory=list)
    people: list[uuid.UUID] = field(default_factory=list)


def move_on(store: Store, fences: Mapping[uuid.UUID, int]) -> None:
    """Move the claimed runs of one store as far as they get now."""
    with store_scope(store.pk):
        runs = _locked(fences)
        if not runs:
            return
        definitions = definitions_of({run.version_id for run in runs})
        groups = _groups(store, runs, definitions)
        _queue([group for group in groups if any(passed.send for passed in group.walk.passed)])
        for group in groups:
            for passed in group.walk.passed:
                if passed.act is not None:
                    act(passed.act, runs=group.runs, people=group.people)
            _write(group)
        announce(store.pk, "journeys")


def _locked(fences: Mapping[uuid.UUID, int]) -> list[Run]:
    rows = Enrolment.objects.select_for_update(of=("self",)).filter(
        pk__in=list(fences), state=EnrolmentState.ACTIVE, held=False
    )
    about = ("version_id", "customer_id", "order_id", "entered_at")
    place = ("step", "waits", "awaits", "answered")
    found = rows.order_by("pk").values_list("pk", "attempts", *about, *place)
    return [
        Run(pk, version, customer, order, entered, Place(*standing))
        for pk, fence, version, customer, order, entered, *standing in found
        if fence == fences[pk]
    ]


def _groups(
    store: Store, runs: Sequence[Run], definitions: Mapping[uuid.UUID, Definition]
) -> list[Group]:
    """Decide for each run; those of which everything that counts is the same are decided once."""
    over = reached(runs, definitions)
    zones = zones_of(
        store, {run.customer_id for run in runs if definitions[run.version_id].needs_zone}
    )
    now, known = clock.now(), dict[uuid.UUID, dict[str, Answered]]()
    groups: dict[tuple[Any, ...], Group] = {}
    waiting = list(runs)
    while waiting:  # once more for each condition that somebody comes to
        asking: dict[tuple[uuid.UUID, str], list[Run]] = defaultdict(list)
        for run in waiting:
            definition, zone = definitions[run.version_id], zones.get(run.customer_id, "UTC")
            told = known.get(run.pk, {})
            way = tuple((step, answer.yes) for step, answer in told.items())
            key: tuple[Any, ...] = (run.version_id, run.place, zone, over.get(run.pk), way)
            if definition.by_chance:
                key = (*key, run.customer_id)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _decided(run, definition, zone, now, over.get(run.pk), told)
            if group.walk.asks:
                asking[run.version_id, group.walk.asks].append(run)
            else:
                group.runs.append(run.pk)
                group.people.append(run.customer_id)
        waiting = [run for runs_there in asking.values() for run in runs_there]
        for (version, asks), runs_there in asking.items():
            _ask(definitions[version], asks, runs_there, known, over)
    return [group for group in groups.values() if group.runs]


def _ask(
    definition: Definition,
    asks: str,
    runs: Sequence[Run],
    known: dict[uuid.UUID, dict[str, Answered]],
    over: dict[uuid.UUID, tuple[str, str]],
) -> None:
    """Ask what a condition is true of; where that cannot be told, nobody goes on."""
    step = definition.steps[asks]
    assert isinstance(step, If | WaitRhythm)
    try:
        found = answers_to(step, {run.customer_id for run in runs})
    except Invalid as error:
        over.update({run.pk: (EnrolmentState.STUCK, str(error)) for run in runs})
        return
    for run in runs:
        known.setdefault(run.pk, {})[asks] = found[run.customer_id]


def _decided(
    run: Run,
    definition: Definition,
    zone: str,
    now: datetime,
    over: tuple[str, str] | None,
    told: Mapping[str, Answered],
) -> Group:
    if over is not None:
        return Group(Walk(run.place, passed=[Passed(run.place.step, over[1])], ended=True), *over)
    found = walk(definition, run.place, who=run.customer_id, zone=zone, now=now, answers=told)
    state = EnrolmentState.DONE if found.ended else EnrolmentState.ACTIVE
    return Group(found, state, found.because)


def zones_of(store: Store, people: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the time zones in which people live, as far as known, else the store's."""
    if not people:
        return {}
    rows = Customer.objects.filter(pk__in=people)
    return {
        pk: best_zone(profile=profile, phone=phone, country=country, store=store.timezone)
        for pk, profile, phone, country in rows.values_list("pk", "timezone", "phone", "country")
    }


def _queue(groups: Sequence[Group]) -> None:
    """Queue the messages of runs that have come to a step that sends."""
    if not groups:
        return
    found = (
        Enrolment.objects.select_related("customer", "cart", "order")
        .defer("order__payload")
        .in_bulk([key for group in groups for key in group.runs])
    )
    queue_messages(
        drafts=[
            draft_of(found[key], passed.send)
            for group in groups
            for key in group.runs
            for passed in group.walk.passed
            if passed.send is not None
        ]
    )


# What happened at one moment keeps its order by a microsecond each.
_MOVED = """
    WITH moved AS (
        UPDATE journeys_enrolment SET state = %(state)s, step = %(step)s, waits = %(waits)s,
            awaits = %(awaits)s, answered = false, due_at = coalesce(%(due)s, due_at),
            failures = 0, lease_until = NULL, reason = %(reason)s,
            ended_at = CASE WHEN %(state)s <> 'active' THEN %(now)s::timestamptz END
        WHERE id = ANY(%(runs)s) RETURNING id, store_id, journey_id)
    INSERT INTO journeys_passage
        (id, store_id, journey_id, enrolment_id, step, text, message_key, at)
    SELECT gen_random_uuid(), m.store_id, m.journey_id, m.id, p.step, p.text,
        CASE WHEN p.sends THEN 'journey:' || m.id || ':' || p.step ELSE '' END,
        %(now)s::timestamptz + p.place * interval '1 microsecond'
    FROM moved m CROSS JOIN
        json_to_recordset(%(passed)s) AS p(step text, text text, sends bool, place int)"""


def _write(group: Group) -> None:
    """Write where a group of runs stands now, and what happened to each, in one statement."""
    place = group.walk.place
    passed = [
        {"step": x.step, "text": x.text[:300], "sends": x.send is not None, "place": number}
        for number, x in enumerate(group.walk.passed)
    ]
    with database.cursor() as cursor:
        cursor.execute(
            _MOVED,
            {
                "state": str(group.state),
                "step": place.step,
                "waits": place.waits,
                "awaits": place.awaits,
                "due": place.due_at,
                "reason": group.reason[:300],
                "now": clock.now(),
                "runs": group.runs,
                "passed": json_rows(passed),
            },
        )


_READ: dict[uuid.UUID, Definition] = {}  # a version never changes once it is saved


def definitions_of(versions: set[uuid.UUID]) -> dict[uuid.UUID, Definition]:
    """Return the journeys of versions, read once for each process."""
    unknown = versions - _READ.keys()
    if unknown:
        rows = Version.objects.filter(pk__in=unknown).values_list("pk", "definition")
        _READ.update({key: read_definition(data) for key, data in rows})
    return {key: _READ[key] for key in versions}


def reached(
    rows: Sequence[Run | Enrolment], definitions: Mapping[uuid.UUID, Definition]
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
            # The order that began a run does not end it, though it comes in after it was placed.
            ends = [
                one
                for one in said.get(row.customer_id, ())
                if one.at > row.entered_at and one.order_id != row.order_id
            ]
            if ends:
                found[row.pk] = (end_state(definitions[row.version_id], event), ends[-1].says)
    return found


def end_state(definition: Definition, event: str) -> str:
    """Return what a run has come to that an event ended."""
    is_goal = definition.goal is not None and definition.goal.event == event
    return EnrolmentState.GOAL if is_goal else EnrolmentState.LEFT


def message_key(row: Enrolment, step: str) -> str:
    """Return the business key of a step's message: nobody gets it twice."""
    return f"journey:{row.pk}:{step}"


def draft_of(row: Enrolment, send: Send) -> Draft:
    """Return the message of a step."""
    customer, order = row.customer, row.order
    data: dict[str, Any] = {"journey": str(row.journey_id), "enrolment": str(row.pk)}
    if send.topic:
        data["topic"] = send.topic
    if row.about.get("product"):
        names = {"product": "id", "variant": "variant", "was": "was"}
        data["product"] = {names[name]: row.about[name] for name in names if name in row.about}
    if row.about.get("waiting"):
        data["waiting"] = row.about["waiting"]
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


register(Pump(name="journeys", run=run_journeys, interval=2.0))
