"""Reads about journeys: how each one does, and one person's way."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db.models import Count, Q, QuerySet

from shopbell.journeys.definition import read_definition
from shopbell.journeys.engine import definitions_of
from shopbell.journeys.models import Enrolment, EnrolmentState, Journey, JourneyState, Passage
from shopbell.journeys.presets import Preset, presets
from shopbell.journeys.steps import Definition, Send, Webhook
from shopbell.journeys.telling import Told, told_at
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.models import Message
from shopbell.messaging.states import NOT_TOLD, TOLD, State

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many people, in the last 30 days except `under_way`."""

    under_way: int = 0
    entered: int = 0
    reached: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """One journey on the list: the preset, and the store's row once it was switched on."""

    preset: Preset
    definition: Definition
    row: Journey | None
    numbers: Numbers

    @property
    def plain(self) -> dict[str, Any]:
        """What it is now, in its plain form."""
        current = self.row.current if self.row else None
        return current.definition if current else self.preset.definition

    @property
    def state(self) -> str:
        """Off, live or paused."""
        return self.row.state if self.row else JourneyState.OFF


def overviews() -> list[Overview]:
    """Return all journeys with their numbers."""
    kept = Journey.objects.select_related("current")
    rows = {row.key: row for row in kept if row.current_id or not is_own(row)}
    numbers = numbers_of([row.pk for row in rows.values()])
    return [
        Overview(
            preset,
            definition_of(rows.get(preset.key), preset),
            rows.get(preset.key),
            numbers.get(rows[preset.key].pk, Numbers()) if preset.key in rows else Numbers(),
        )
        for preset in (*presets(), *(_own(row) for row in rows.values() if is_own(row)))
    ]


def journey_named(key: str) -> Preset:
    """Return a journey that came with Shopbell or was made here, or raise `NotFound`."""
    found = next((preset for preset in presets() if preset.key == key), None)
    if found is None:
        row = Journey.objects.select_related("current").filter(key=key).first()
        if row is None or row.current_id is None:
            raise NotFound("There is no such journey.", remedy="Go back to the list.")
        return _own(row)
    return found


def own_journeys() -> list[Journey]:
    """Return the journeys that were made here, by name."""
    rows = Journey.objects.exclude(current=None).order_by("name", "key")
    return [row for row in rows if is_own(row)]


def is_own(row: Journey) -> bool:
    """Return whether a journey was made here, and did not come with Shopbell."""
    return all(preset.key != row.key for preset in presets())


def _own(row: Journey) -> Preset:
    definition = row.current.definition if row.current else {}
    return Preset(row.key, row.name, "Made by you.", definition)


def overview_of(key: str) -> Overview:
    """Return one journey or raise `NotFound`."""
    preset = journey_named(key)
    row = Journey.objects.select_related("current").filter(key=key).first()
    numbers = numbers_of([row.pk])[row.pk] if row else Numbers()
    return Overview(preset, definition_of(row, preset), row, numbers)


def version_numbers(row: Journey) -> list[int]:
    """Return the numbers of the versions of a journey, newest first."""
    return list(row.versions.order_by("-number").values_list("number", flat=True)[:20])


def definition_of(row: Journey | None, preset: Preset) -> Definition:
    """Return what a journey is now."""
    if row is None or row.current is None:
        return read_definition(preset.definition)
    return definitions_of({row.current.pk})[row.current.pk]


def numbers_of(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Numbers]:
    """Return the numbers of journeys, in one query."""
    if not keys:
        return {}
    recent = Q(entered_at__gte=clock.now() - RECENT)
    rows = (
        Enrolment.objects.filter(journey_id__in=keys)
        .order_by()
        .values("journey_id")
        .annotate(
            under_way=Count("id", filter=Q(state=EnrolmentState.ACTIVE)),
            entered=Count("id", filter=recent),
            reached=Count("id", filter=recent & Q(state=EnrolmentState.GOAL)),
            stuck=Count("id", filter=recent & Q(state=EnrolmentState.STUCK)),
        )
    )
    found = {
        row["journey_id"]: Numbers(row["under_way"], row["entered"], row["reached"], row["stuck"])
        for row in rows
    }
    return {key: found.get(key, Numbers()) for key in keys}


@dataclass(slots=True)
class StepNumbers:
    """What became of people at one step, over all time.

    `reached`: how many who came here have reached the goal since.
    """

    entered: int = 0
    reached: int = 0
    waiting: int = 0
    queued: int = 0
    told: int = 0
    left_out: int = 0
    clicked: int = 0
    told_href: str = ""  # where the messages are listed, if they are
    left_out_href: str = ""
    program: Told | None = None

    @property
    def to_go(self) -> int:
        """How many messages are not decided yet: on their way, or held by the gate."""
        return self.queued - self.told - self.left_out


def step_numbers(journey: Journey) -> dict[str, StepNumbers]:
    """Return the numbers of each step of a journey."""
    found: dict[str, StepNumbers] = {}

    def at(step: str) -> StepNumbers:
        return found.setdefault(step, StepNumbers())

    waiting = Enrolment.objects.filter(journey=journey, state=EnrolmentState.ACTIVE).order_by()
    for step, count in waiting.values_list("step").annotate(n=Count("id")):
        at(step).waiting = count
    with database.cursor() as cursor:
        for step, entered, reached in _people_at(cursor, journey.pk):
            at(step).entered, at(step).reached = entered, reached
        cursor.execute(_MESSAGES, [list(TOLD), list(NOT_SENT), journey.pk])
        for step, queued, told, left_out, clicked in cursor.fetchall():
            numbers = at(step)
            numbers.queued, numbers.told = queued, told
            numbers.left_out, numbers.clicked = left_out, clicked
    for step, told_program in told_at(journey.pk, _webhooks(journey)).items():
        at(step).program = told_program
    return found


def _webhooks(journey: Journey) -> list[Webhook]:
    if journey.current is None:
        return []
    steps = read_definition(journey.current.definition).steps.values()
    return [step for step in steps if isinstance(step, Webhook)]


_counted: dict[uuid.UUID, tuple[float, list[tuple[str, int, int]]]] = {}
_QUICK = 0.1  # seconds


def _people_at(cursor: Any, journey: uuid.UUID) -> list[tuple[str, int, int]]:
    """Return how many came to each step, and reached the goal since.

    A page that is open asks every few seconds. Where counting takes long (300,000 passages: most of
    a second), what was counted holds for fifty times as long.
    """
    began = time.monotonic()
    until, rows = _counted.get(journey, (0.0, []))
    if began < until:
        return rows
    cursor.execute(_PEOPLE, [journey])
    rows = list(cursor.fetchall())
    took = time.monotonic() - began
    if took > _QUICK:
        if len(_counted) > 1000:
            _counted.clear()
        _counted[journey] = time.monotonic() + 50 * took, rows
    return rows


def ends_of(journey: Journey) -> dict[str, int]:
    """Return how many came in, and how many are in each state."""
    rows = Enrolment.objects.filter(journey=journey).order_by().values_list("state")
    found = dict(rows.annotate(n=Count("id")))
    return {"all": sum(found.values()), **{state: found.get(state, 0) for state in EnrolmentState}}


_PEOPLE = """
    SELECT p.step, count(*), count(*) FILTER (WHERE e.state = 'goal')
    FROM (SELECT DISTINCT step, enrolment_id FROM journeys_passage WHERE journey_id = %s) p
    JOIN journeys_enrolment e ON e.id = p.enrolment_id GROUP BY p.step"""
NOT_SENT = NOT_TOLD | {State.FAILED}
_MESSAGES = """
    SELECT p.step, count(*), count(*) FILTER (WHERE m.state = ANY(%s)),
        count(*) FILTER (WHERE m.state = ANY(%s)), count(*) FILTER (WHERE m.click_count > 0)
    FROM journeys_passage p
    JOIN messaging_message m ON m.store_id = p.store_id AND m.business_key = p.message_key
    WHERE p.journey_id = %s AND p.message_key <> '' GROUP BY p.step"""


def enrolments_of(journey: Journey) -> QuerySet[Enrolment]:
    """Return the runs of a journey with their people."""
    return Enrolment.objects.filter(journey=journey).select_related("customer", "order", "cart")


def enrolment_by_id(key: uuid.UUID) -> Enrolment:
    """Return a run or raise `NotFound`."""
    rows = Enrolment.objects.select_related("customer", "order", "cart", "journey", "version")
    row = rows.filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such run.", remedy="Go back to the journey.")
    return row


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on somebody's way, with the message it was about."""

    passage: Passage
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One person's way: what happened, and what would come."""

    row: Enrolment
    past: list[Event] = field(default_factory=list)


def way_of(row: Enrolment) -> Way:
    """Return what happened to one run, oldest first."""
    passages = list(Passage.objects.filter(enrolment=row).order_by("at", "id"))
    keys = [passage.message_key for passage in passages if passage.message_key]
    rows = Message.objects.filter(business_key__in=keys).defer("html", "text")
    messages = {message.business_key: message for message in rows}
    return Way(row, [Event(each, messages.get(each.message_key)) for each in passages])


def coming(row: Enrolment) -> list[Send]:
    """Return the messages that lie ahead on the shortest way, nearest first."""
    if row.state != EnrolmentState.ACTIVE:
        return []
    steps, key, found = definitions_of({row.version_id})[row.version_id].steps, row.step, []
    while key:
        step = steps.get(key)
        if step is None:
            break
        if isinstance(step, Send):
            found.append(step)
        key = step.following
    return found


def runs_of_customer(customer_id: uuid.UUID) -> list[Enrolment]:
    """Return the runs of somebody, newest first."""
    rows = Enrolment.objects.filter(customer_id=customer_id).select_related("journey")
    return list(rows.order_by("-entered_at", "-id")[:20])
