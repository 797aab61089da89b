"""What will happen to one customer in all journeys, what waits at the gate, and what happened.

The future is told by the engine's own `walk` with another clock, and by the gate as things stand
today. A newcomer's mistake: taking it for a promise. Everything is looked at again when its time
comes, and the page says so.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.journeys.asking import answers_to
from shopbell.journeys.engine import definitions_of, draft_of, zones_of
from shopbell.journeys.models import Enrolment, EnrolmentState, Passage
from shopbell.journeys.naming import names_now
from shopbell.journeys.steps import Definition, If, Send, WaitFor, WaitRhythm
from shopbell.journeys.walking import Answered, Place, walk
from shopbell.journeys.words import ended_by
from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.actions import unsent
from shopbell.messaging.gate import Answer, judge, load_facts
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from shopbell.messaging.titles import medium_name, title_of

WAITING = (State.QUEUED, State.CLAIMED, State.HELD)
MOST_PAST = 200


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that lies ahead of one run. `gate` is what the gate would say of it today."""

    at: datetime
    text: str
    send: Send | None = None
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One run with what lies ahead of it, and what would end it early."""

    row: Enrolment
    ahead: list[Ahead]
    unless: list[str]


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits at the gate, and why."""

    message: Message
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened, in which run, with the message it was about."""

    at: datetime
    row: Enrolment
    text: str
    message: Message | None = None


def foresee(
    definition: Definition,
    place: Place,
    *,
    who: uuid.UUID,
    zone: str,
    now: datetime,
    ask: Callable[[If | WaitRhythm], Answered],
) -> Iterator[Ahead]:
    """Yield what lies ahead of a run if nothing happens that it waits for."""
    at, answers = now, dict[str, Answered]()
    if place.waits and place.due_at is not None:
        at = max(now, place.due_at)
        yield from _awaited(definition, place)
    while True:
        found = walk(definition, place, who=who, zone=zone, now=at, answers=answers)
        if found.asks:
            step = definition.steps[found.asks]
            assert isinstance(step, If | WaitRhythm)
            answers[step.id] = ask(step)
            continue
        for passed in found.passed:
            if passed.send is not None:
                yield Ahead(at, f"“{title_of(passed.send.text)}”", passed.send)
            elif passed.act is not None:
                yield Ahead(at, passed.text)
            elif isinstance(definition.steps.get(passed.step), If):
                yield Ahead(at, f"{passed.text}, as things stand today")
        if found.ended or found.place.due_at is None:
            return
        place, at = found.place, found.place.due_at
        yield from _awaited(definition, place)


def _awaited(definition: Definition, place: Place) -> Iterator[Ahead]:
    step = definition.steps.get(place.step)
    if isinstance(step, WaitFor) and place.due_at is not None:
        yield Ahead(place.due_at, "Waits until then for an answer; if it comes, it goes on at once")


def courses_of(store: Store, customer: Customer) -> list[Course]:
    """Return the runs somebody is in, with what lies ahead, the next one first."""
    rows = list(
        Enrolment.objects.select_related("journey", "customer", "cart", "order")
        .defer("order__payload")
        .filter(customer=customer, state=EnrolmentState.ACTIVE)
        .order_by("due_at", "id")
    )
    definitions, names = definitions_of({row.version_id for row in rows}), names_now()
    zone = zones_of(store, [customer.pk])[customer.pk] if rows else ""

    def ask(step: If | WaitRhythm) -> Answered:
        try:
            return answers_to(step, [customer.pk])[customer.pk]
        except Invalid as error:
            return Answered(False, str(error))

    found = []
    for row in rows:
        definition = definitions[row.version_id]
        place = Place(row.step, row.waits, row.awaits, row.answered, row.due_at)
        ahead = foresee(definition, place, who=row.customer_id, zone=zone, now=clock.now(), ask=ask)
        found.append(Course(row, list(ahead), ended_by(definition, names)))
    _judge(store, found)
    return found


def _judge(store: Store, courses: Sequence[Course]) -> None:
    """Let the gate say of each message what it would say today, at the hour it is due."""
    sends = [
        (item.at, place, course, _probe(course.row, item.send, item.at))
        for course in courses
        for place, item in enumerate(course.ahead)
        if item.send is not None
    ]
    facts = load_facts(store, [probe for *_, probe in sends])
    for at, place, course, probe in sorted(sends, key=lambda each: each[0]):
        facts.now = at
        verdict = judge(probe, facts)
        facts.told.settle(course.row.customer_id, at)
        item = course.ahead[place]
        by = " or ".join(medium_name(medium) for medium in probe.media)
        if verdict.route is not None and verdict.answer in (Answer.SEND, Answer.WAIT):
            by = medium_name(verdict.route.medium)
        gate = ""
        if verdict.answer != Answer.SEND:
            lead = "It would wait" if verdict.answer == Answer.WAIT else "Today it would not leave"
            gate = f"{lead}: {verdict.text}"
        course.ahead[place] = replace(item, text=f"{item.text} by {by}", gate=gate)


def _probe(row: Enrolment, send: Send, at: datetime) -> Message:
    with clock.at(at):
        return unsent(draft_of(row, send))


def queued_for(customer: Customer) -> list[Queued]:
    """Return what has been queued for somebody and has not left, the next one first."""
    rows = Message.objects.filter(customer=customer, state__in=WAITING).defer("html", "text")
    return [
        Queued(row, title_of(row.kind), row.reason_text or "It leaves in a moment.")
        for row in rows.order_by("due_at", "id")[:MOST_PAST]
    ]


def past_of(customer: Customer) -> list[Past]:
    """Return what happened to somebody in all journeys, the newest first."""
    rows = Enrolment.objects.filter(customer=customer).select_related("journey", "cart", "order")
    runs = {row.pk: row for row in rows.defer("order__payload").order_by("-entered_at")[:MOST_PAST]}
    passages = Passage.objects.filter(enrolment_id__in=runs).order_by("-at", "-id")[:MOST_PAST]
    keys = [passage.message_key for passage in passages if passage.message_key]
    found = Message.objects.filter(business_key__in=keys).defer("html", "text")
    messages = {message.business_key: message for message in found}
    past = [
        Past(each.at, runs[each.enrolment_id], each.text, messages.get(each.message_key))
        for each in passages
    ]
    for row in runs.values():
        past.append(Past(row.entered_at, row, f"Came in{_with(row)}"))
        said = {each.text for each in past if each.row.pk == row.pk}
        if row.ended_at is not None and row.state != EnrolmentState.ACTIVE:
            ended = row.get_state_display()
            why = f": {row.reason}" if row.reason and row.reason not in said else ""
            past.append(Past(row.ended_at, row, f"{ended}{why}"))
    return sorted(past, key=lambda each: each.at, reverse=True)[:MOST_PAST]


def _with(row: Enrolment) -> str:
    if row.order is not None:
        return f" with order {row.order}"
    return " with a cart" if row.cart_id else ""
