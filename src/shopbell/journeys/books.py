"""The database's book of runs: who is under way, written in few statements for many.

A newcomer's mistake: reading without a lock what is written after. Two workers may have news of the
same people.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection as database
from django.db import transaction

from shopbell.events.actions import wake
from shopbell.interests.events import WaitingCalled
from shopbell.journeys.engine import definitions_of
from shopbell.journeys.entering import Before, Running, count_before, take_in
from shopbell.journeys.happenings import Happening
from shopbell.journeys.models import Enrolment, EnrolmentState, Journey, JourneyState, Passage
from shopbell.journeys.steps import Definition
from shopbell.kit import clock
from shopbell.kit.db.bulk import json_rows
from shopbell.web.live import announce


@transaction.atomic
def take_in_now(*, happened: Sequence[Happening]) -> int:
    """Let a batch of happenings move people; returns how many came in."""
    return take_in(happened=happened, book=Kept())


def tells_who_waits() -> bool:
    """Whether a journey is on that tells people that what they wait for is back."""
    return any(
        running.definition.trigger.event == WaitingCalled.name for running in Kept().running()
    )


class Kept:
    """The runs of the store in scope."""

    def running(self) -> list[Running]:
        """Return the journeys that are on."""
        rows = list(Journey.objects.filter(state=JourneyState.LIVE).exclude(current=None))
        definitions = definitions_of({row.current_id for row in rows if row.current_id})
        return [
            Running(row, row.current_id, definitions[row.current_id])
            for row in rows
            if row.current_id
        ]

    def under_way(self, people: Collection[uuid.UUID]) -> list[Enrolment]:
        """Return the runs of these people, locked."""
        rows = Enrolment.objects.select_for_update(of=("self",)).filter(
            customer_id__in=people, state=EnrolmentState.ACTIVE
        )
        return list(rows.order_by("id"))

    def definitions(self, versions: set[uuid.UUID]) -> Mapping[uuid.UUID, Definition]:
        """Return what versions are."""
        return definitions_of(versions)

    def before(self, running: Running, people: set[uuid.UUID]) -> Before:
        """Return how often each was in the journey."""
        days = running.definition.again_after_days
        if days is None or not people:
            return {}
        rows = Enrolment.objects.filter(journey=running.journey, customer_id__in=people)
        told = rows.values_list("customer_id", "key", "entered_at", "state")
        return count_before(running.definition, told)

    def change(self, rows: Sequence[Enrolment], said: Sequence[tuple[Enrolment, str]]) -> None:
        """Write where locked runs stand, and what happened to them."""
        _write_places(rows)
        Passage.objects.bulk_create(_passages(said))
        wake("journeys")

    def begin(self, rows: Sequence[Enrolment]) -> int:
        """Write new runs down."""
        # In one order everywhere, so that two workers with the same people never wait for each
        # other.
        begins = sorted(rows, key=lambda row: (str(row.journey_id), row.key))
        known = set(
            Enrolment.objects.filter(
                journey__in={row.journey_id for row in begins},
                key__in=[row.key for row in begins],
            ).values_list("journey_id", "key")
        )
        fresh = [row for row in begins if (row.journey_id, row.key) not in known]
        Enrolment.objects.bulk_create(fresh, ignore_conflicts=True)
        if fresh:
            wake("journeys")
            announce(fresh[0].store_id, "journeys")
        return len(fresh)


def _passages(said: Iterable[tuple[Enrolment, str]]) -> list[Passage]:
    now = clock.now()
    return [
        Passage.fresh(
            journey_id=row.journey_id, enrolment_id=row.pk, step=row.step, text=text[:300], at=now
        )
        for row, text in said
    ]


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
