"""People in journeys: moved on a second, events matched a second, and the floor in SQL.

The floor is one statement that claims, advances and writes a row for each, with no decision made.
Workers are processes that run the product's own pump until nothing is due.
"""

import subprocess
import sys
import time
from typing import Any

from benchmarks.ground import ROOT, Ground, ground

PEOPLE, EVENTS = 100_000, 40_000
BATCH = 1000
_JOURNEY = {
    "trigger": {"event": "order.placed"},
    "per": "order",
    "goal": {"event": "order.placed"},
    "steps": [
        {"id": "first", "do": "wait", "days": 1},
        {"id": "second", "do": "wait", "days": 1},
        {"id": "send", "do": "send", "text": "welcome_order", "media": ["email"]},
        {"id": "third", "do": "wait", "days": 1},
    ],
}


def run() -> dict[str, Any]:
    """Measure; returns a table with its goals."""
    with ground() as place:
        fill()
        floor = _floor()
        waits_one, waits_two = _moved(place, "first", 1), _moved(place, "first", 2)
        sends = _moved(place, "second", 2)
        matched = _matched(place)
    return {
        "title": "Journeys",
        "columns": ["what", "a second", "part of the floor"],
        "rows": [
            ["floor: claim, advance, write a row, one statement", f"{floor:,.0f}", "1.00"],
            *(
                [name, f"{rate:,.0f}", f"{rate / floor:.2f}"]
                for name, rate in (
                    ("people moved on by one worker", waits_one),
                    ("people moved on by two workers", waits_two),
                    ("the same, a message queued for each", sends),
                )
            ),
            ["events matched, a run begun for each, two workers", f"{matched:,.0f}", ""],
        ],
        "goals": [
            ["people moved on", "≥ 20,000/s", f"{waits_two:,.0f}/s", waits_two >= 20_000],
            ["events matched", "≥ 10,000/s", f"{matched:,.0f}/s", matched >= 10_000],
        ],
        "note": f"{PEOPLE:,} people, {EVENTS:,} events. Moving on looks each person's orders up "
        "once more and writes one line of what happened. PostgreSQL shares the two cores.",
    }


def fill() -> None:
    """Make a store with people in a journey, all of them at its first step."""
    from shopbell.accounts.actions import create_store
    from shopbell.accounts.models import Organisation
    from shopbell.customers.models import Customer
    from shopbell.journeys import actions
    from shopbell.journeys.models import Enrolment, Journey, JourneyState
    from shopbell.kit.db.scope import store_scope

    store = create_store(
        organisation=Organisation.objects.create(name="Bench"), slug="bench", name="Bench"
    )
    with store_scope(store.pk):
        row = Journey.objects.create(key="bench", name="Bench", state=JourneyState.LIVE)
        version = actions.save_version(journey=row, definition=_JOURNEY, by=None)
        for start in range(0, PEOPLE, 10_000):
            people = [
                Customer.fresh(email=f"c{number}@mail.example")
                for number in range(start, start + 10_000)
            ]
            Customer.objects.bulk_create(people)
            Enrolment.objects.bulk_create(
                [
                    Enrolment.fresh(
                        journey_id=row.pk, version_id=version.pk, customer_id=one.pk,
                        key=str(one.pk), step="first", waits=True,
                    )
                    for one in people
                ]
            )  # fmt: skip
    _sql("ANALYZE")


def _sql(statement: str, *params: Any) -> None:
    from django.db import connection

    from shopbell.kit.db.scope import unscoped

    with unscoped("a measurement"), connection.cursor() as cursor:
        cursor.execute(statement, list(params))


def _reset(step: str) -> None:
    _sql("DELETE FROM journeys_passage")
    _sql(
        "UPDATE journeys_enrolment SET step = %s, waits = true, state = 'active',"
        " lease_until = NULL, due_at = clock_timestamp() - interval '1 minute'",
        step,
    )
    _sql("ANALYZE journeys_enrolment")


_FLOOR = """
    WITH due AS (SELECT id FROM journeys_enrolment WHERE state = 'active' AND NOT held
            AND due_at <= clock_timestamp() ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED),
    moved AS (UPDATE journeys_enrolment t SET step = 'second', waits = true,
            due_at = clock_timestamp() + interval '1 day'
        FROM due WHERE t.id = due.id RETURNING t.id, t.store_id, t.journey_id)
    INSERT INTO journeys_passage (id, store_id, enrolment_id, journey_id, step, text, message_key)
    SELECT gen_random_uuid(), store_id, id, journey_id, 'second', 'Waits', '' FROM moved"""


def _floor() -> float:
    _reset("first")
    begun = time.perf_counter()
    for _ in range(PEOPLE // BATCH):
        _sql(_FLOOR, BATCH)
    return PEOPLE / (time.perf_counter() - begun)


def _moved(place: Ground, step: str, workers: int) -> float:
    _reset(step)
    return PEOPLE / _time(place, "journeys", workers)


def _time(place: Ground, pump: str, workers: int) -> float:
    """Return the seconds that workers need until nothing is due."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.journeys_worker", pump],
            env=place.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(workers)
    ]  # fmt: skip
    for one in started:
        assert one.stdout is not None
        one.stdout.readline()  # it is ready
    begun = time.perf_counter()
    for one in started:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    for one in started:
        one.wait()
        if one.returncode:
            raise RuntimeError("a worker failed")
    return time.perf_counter() - begun


def _matched(place: Ground) -> float:
    from shopbell.accounts.queries import store_by_slug
    from shopbell.customers.models import Customer
    from shopbell.events.actions import emit_many
    from shopbell.kit.db.scope import store_scope
    from shopbell.orders.events import OrderPlaced
    from shopbell.orders.models import Order

    _sql("DELETE FROM journeys_passage")
    _sql("DELETE FROM journeys_enrolment")
    with store_scope(store_by_slug("bench").pk):
        people = list(Customer.objects.values_list("pk", flat=True)[:EVENTS])
        orders = [
            Order.fresh(source="bench", source_id=str(number), customer_id=person)
            for number, person in enumerate(people)
        ]
        Order.objects.bulk_create(orders)
        for start in range(0, EVENTS, 5_000):
            some = orders[start : start + 5_000]
            emit_many([(OrderPlaced(order_id=order.pk), None) for order in some])
    _sql("DELETE FROM events_delivery WHERE handler <> 'journeys.move_people:order.placed'")
    _sql("ANALYZE")
    return EVENTS / _time(place, "events", 2)
