"""Writes about journeys: switch on and off, pause and resume, take somebody out."""

from typing import Any

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.consent.choosing import add_usual_topics
from shopbell.events.actions import wake
from shopbell.journeys.definition import read_definition
from shopbell.journeys.mistakes import check_definition
from shopbell.journeys.models import (
    Enrolment,
    EnrolmentState,
    Journey,
    JourneyState,
    Origin,
    Passage,
    Version,
)
from shopbell.journeys.presets import Preset, preset_of, presets
from shopbell.journeys.queries import journey_named
from shopbell.journeys.rules import PAUSED
from shopbell.journeys.sketch import same
from shopbell.journeys.steps import Definition, Send
from shopbell.kit import clock
from shopbell.kit.errors import Conflict
from shopbell.messaging.actions import release_held
from shopbell.web.live import announce


@transaction.atomic
def switch_on(*, key: str, by: User | None) -> Journey:
    """Let people come into a journey; who was held by a pause goes on. Repeats change nothing."""
    row = _journey(journey_named(key), by)
    if row.state == JourneyState.LIVE:
        return row
    _set(row, JourneyState.LIVE, by)
    assert row.current is not None
    offer_topics(read_definition(row.current.definition))
    _hold(row, held=False)
    release_held(reason=PAUSED)
    wake("journeys")
    return row


@transaction.atomic
def pause(*, journey: Journey, by: User | None) -> None:
    """Let everybody wait where they are: nobody comes in, nobody goes on, nothing is lost.

    Raises:
        Conflict: it is off.
    """
    row = Journey.objects.select_for_update().get(pk=journey.pk)
    if row.state == JourneyState.OFF:
        raise Conflict("This journey is off.", kept="Nothing was changed.")
    _set(row, JourneyState.PAUSED, by)
    _hold(row, held=True)


@transaction.atomic
def switch_off(*, journey: Journey, by: User | None, finish: bool) -> int:
    """Let nobody in any more; `finish`: who is under way goes on, else all are taken out.

    Returns how many were taken out.
    """
    row = Journey.objects.select_for_update().get(pk=journey.pk)
    _set(row, JourneyState.OFF, by)
    if finish:
        _hold(row, held=False)
        release_held(reason=PAUSED)
        wake("journeys")
        return 0
    under_way = Enrolment.objects.filter(journey=row, state=EnrolmentState.ACTIVE)
    count = under_way.update(
        state=EnrolmentState.LEFT,
        reason="The journey was switched off.",
        ended_at=clock.now(),
        held=False,
    )
    release_held(reason=PAUSED)  # the gate leaves them out now
    return count


@transaction.atomic
def take_out(*, enrolment: Enrolment, by: str) -> None:
    """End one person's run; what has not left is left out by the gate.

    Raises:
        Conflict: it has ended already.
    """
    row = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if row.state != EnrolmentState.ACTIVE:
        raise Conflict("This run has ended already.", kept="Nothing was changed.")
    row.state, row.ended_at = EnrolmentState.LEFT, clock.now()
    row.reason = f"Taken out by {by}."[:300]
    row.save(update_fields=["state", "ended_at", "reason"])
    Passage.objects.create(
        journey_id=row.journey_id, enrolment=row, step=row.step, text=row.reason, at=clock.now()
    )
    announce(row.store_id, "journeys")


@transaction.atomic
def skip_wait(*, enrolment: Enrolment, by: str) -> None:
    """Let somebody go on at once instead of waiting; the next step is taken in a moment.

    Raises:
        Conflict: it does not wait.
    """
    row = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if row.state != EnrolmentState.ACTIVE or not row.waits or row.held:
        raise Conflict("This run does not wait.", kept="Nothing was changed.")
    row.due_at = clock.now()
    row.save(update_fields=["due_at"])
    Passage.objects.create(
        journey_id=row.journey_id,
        enrolment=row,
        step=row.step,
        text=f"{by} let it go on at once"[:300],
        at=clock.now(),
    )
    wake("journeys")
    announce(row.store_id, "journeys")


@transaction.atomic
def save_version(
    *, journey: Journey, definition: dict[str, Any], by: User | None, origin: str = Origin.SHIPPED
) -> Version:
    """Keep a new version; who is under way goes on in theirs.

    Raises:
        Invalid: the definition cannot be used.
    """
    check_definition(read_definition(definition))
    row = Journey.objects.select_for_update().get(pk=journey.pk)
    newest = row.versions.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    version = Version.objects.create(
        journey=row, number=number, definition=definition, origin=origin, created_by=by
    )
    row.current = version
    _set(row, row.state, by)
    return version


@transaction.atomic
def keep_journey(
    *, key: str, name: str | None, definition: dict[str, Any] | None, by: User | None
) -> Journey:
    """Make or change a journey by its definition; who is under way keeps theirs.

    Raises:
        Invalid: the definition cannot be used.
        NotFound: there is none of that key, none came with Shopbell, and no definition is given.
    """
    row = Journey.objects.filter(key=key).first()
    if row is None and definition is None:
        return _journey(preset_of(key), by)
    if row is None:
        known = next((each.name for each in presets() if each.key == key), key.replace("_", " "))
        row = Journey.objects.create(key=key, name=name or known.capitalize())
    elif name and name != row.name:
        row.name = name
        row.save(update_fields=["name"])
    current = row.current
    if definition is not None and (current is None or not same(current.definition, definition)):
        save_version(journey=row, definition=definition, by=by, origin=Origin.FILE)
        row.refresh_from_db()
    return row


def _journey(preset: Preset, by: User | None) -> Journey:
    row, _ = Journey.objects.get_or_create(key=preset.key, defaults={"name": preset.name})
    row = Journey.objects.select_for_update().get(pk=row.pk)
    if row.current_id is None:
        save_version(journey=row, definition=preset.definition, by=by)
        row.refresh_from_db()
    return row


def offer_topics(definition: Definition) -> None:
    """Let customers choose what this journey writes about."""
    sends = (step for step in definition.steps.values() if isinstance(step, Send))
    add_usual_topics(keys={step.topic for step in sends if step.topic})


def _set(row: Journey, state: str, by: User | None) -> None:
    row.state, row.changed_by, row.changed_at = state, by, clock.now()
    row.save(update_fields=["state", "changed_by", "changed_at", "current"])
    announce(row.store_id, "journeys")


def _hold(row: Journey, *, held: bool) -> None:
    Enrolment.objects.filter(journey=row, state=EnrolmentState.ACTIVE).update(held=held)
