"""One person's way through the steps: pure decisions, no reads and no writes.

`walk` takes steps until one has to wait. What it decides depends only on what it is given, so the
same engine can run over the past with another clock. A newcomer's mistake: asking the database
here.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shopbell.journeys.steps import (
    Converse,
    Definition,
    End,
    If,
    Send,
    SetAttribute,
    Split,
    Step,
    StopOffers,
    Tag,
    Wait,
    WaitFor,
    WaitRhythm,
    Webhook,
)
from shopbell.journeys.words import done, span, waiting
from shopbell.messaging.titles import medium_name, title_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands: see `models.Enrolment`."""

    step: str
    waits: bool = False
    awaits: str = ""
    answered: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was taken, in words; `send` if it queues a message, `act` if it does more."""

    step: str
    text: str
    send: Send | None = None
    act: Step | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What is true of somebody: `says` goes on after "the customer".

    `minutes`: how long their rhythm is, where that was asked.
    """

    yes: bool
    says: str
    minutes: int = 0


@dataclass(slots=True)
class Walk:
    """The steps taken now and where they led. `ended`: there is no further step.

    `asks` is the step of a condition to which no answer was given: ask, and walk again.
    """

    place: Place
    asks: str = ""
    passed: list[Passed] = field(default_factory=list)
    ended: bool = False
    because: str = ""


def walk(
    definition: Definition,
    place: Place,
    *,
    who: uuid.UUID,
    zone: str,
    now: datetime,
    answers: Mapping[str, Answered] | None = None,
) -> Walk:
    """Go on from where a run stands, as far as it gets without waiting.

    `answers` by the step that asks. Steps never lead back, so there are at most as many turns as
    steps.
    """
    found = Walk(place)
    while found.place.step:
        step = definition.steps.get(found.place.step)
        if step is None:
            found.ended, found.because = True, "The step it stood at is gone."
            return found
        asks = isinstance(step, If) or (isinstance(step, WaitRhythm) and not found.place.waits)
        answered = (answers or {}).get(step.id) if asks else None
        if asks and answered is None:
            found.asks = step.id
            return found
        if isinstance(step, WaitRhythm) and answered is not None and not answered.yes:
            found.ended, found.because = True, f"{answered.says}."
            return found
        if isinstance(step, WaitRhythm) and answered is not None:
            wait = Wait(step.id, step.following, answered.minutes, step.at)
            return _waits(wait, found, zone, now, said=f"Waits {answered.says}")
        if isinstance(step, If) and answered is not None:
            said = f"{answered.says}: {'yes' if answered.yes else 'no'}"
            found.passed.append(Passed(step.id, said[:1].upper() + said[1:]))
            found.place = Place(step.then if answered.yes else step.otherwise)
            continue
        if not _take(step, found, who, zone, now):
            return found
    found.ended = True
    return found


def _take(step: Step, found: Walk, who: uuid.UUID, zone: str, now: datetime) -> bool:
    """Take one step; returns False where it has to wait."""
    match step:
        case Wait():
            return _wait(step, found, zone, now)
        case WaitFor():
            return _wait_for(step, found, now)
        case WaitRhythm():  # it is over
            found.place = Place(step.following)
            return True
        case Send():
            by = " or ".join(medium_name(medium) for medium in step.media)
            found.passed.append(Passed(step.id, f"“{title_of(step.text)}” by {by}", step))
        case Tag() | SetAttribute() | Converse() | StopOffers() | Webhook():
            found.passed.append(Passed(step.id, done(step), act=step))
        case Split():
            name, first = way_of(step, who)
            found.passed.append(Passed(step.id, went(name)))
            found.place = Place(first)
            return True
        case End():
            found.passed.append(Passed(step.id, step.because or "The end"))
            found.because = step.because
    found.place = Place(step.following)
    return True


def _wait(step: Wait, found: Walk, zone: str, now: datetime) -> bool:
    if found.place.waits:
        found.place = Place(step.following)
        return True
    said = waiting(step)
    said = said.removeprefix("Wait ") if step.minutes else said[:1].lower() + said[1:]
    _waits(step, found, zone, now, said=f"Waits {said}")
    return False


def _waits(step: Wait, found: Walk, zone: str, now: datetime, *, said: str) -> Walk:
    found.passed.append(Passed(step.id, said))
    found.place = Place(step.id, waits=True, due_at=due_after(step, zone, now))
    return found


def _wait_for(step: WaitFor, found: Walk, now: datetime) -> bool:
    if found.place.waits:
        text = "It happened" if found.place.answered else "It did not happen in time"
        found.passed.append(Passed(step.id, text))
        found.place = Place(step.then if found.place.answered else step.otherwise)
        return True
    until = now + timedelta(minutes=step.minutes)
    found.passed.append(Passed(step.id, f"Waits for an answer, up to {span(step.minutes)}"))
    found.place = Place(step.id, waits=True, awaits=step.when.event, due_at=until)
    return False


def due_after(step: Wait, zone: str, now: datetime) -> datetime:
    """Return when a wait that begins now is over, in UTC."""
    until = now + timedelta(minutes=step.minutes)
    if not step.at and not step.weekdays:
        return until
    here = ZoneInfo(zone or "UTC")
    local = until.astimezone(here)
    wall = time.fromisoformat(step.at) if step.at else None
    for days in range(9):
        day = local.date() + timedelta(days=days)
        if step.weekdays and day.weekday() not in step.weekdays:
            continue
        if wall is None:
            return until if days == 0 else datetime.combine(day, time(0), here).astimezone(UTC)
        moment = datetime.combine(day, wall, here).astimezone(UTC)
        if moment >= until:
            return moment
    return until


def went(name: str) -> str:
    """Return what is written down of somebody at a split; results are counted by it."""
    return f"Went the way “{name}”"


def way_of(step: Split, who: uuid.UUID) -> tuple[str, str]:
    """Return the name and first step of the way somebody goes; the same for the same person."""
    digest = hashlib.blake2b(f"{step.id}:{who}".encode(), digest_size=4).digest()
    place = int.from_bytes(digest) % 100
    for name, share, first in step.ways:
        if place < share:
            return name, first
        place -= share
    name, _, first = step.ways[-1]
    return name, first
