"""What happens moves people: in, out, on from where they wait, and back to the beginning of a wait.

Everything is done for a batch of events at once. Who is under way and where that is written stands
in a `Book`: the database's (`books`), or one in memory for a look back (`replaying`), so that both
go by the same rules. A newcomer's mistake: leaving people out whose journey is paused. Nobody comes
in while it is paused by the store, but what ends a run ends it.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shopbell.journeys.engine import end_state
from shopbell.journeys.happenings import KINDS, Happening
from shopbell.journeys.models import Enrolment, EnrolmentState, Journey
from shopbell.journeys.steps import Definition, Wait, WaitFor
from shopbell.kit import clock
from shopbell.orders.events import OrderPlaced

# What happened longer ago than this starts nothing: imports of old data, and long outages.
FRESH = timedelta(days=2)
_SAME = {"product", "variant", "waiting"}  # of what a run is about: other ones do not concern it


@dataclass(frozen=True, slots=True)
class Running:
    """A journey with what it is now."""

    journey: Journey
    version_id: uuid.UUID
    definition: Definition


# By what a run exists once for: a customer, or a customer and a product.
type Before = Mapping[str, int | None]


class Book(Protocol):
    """Where runs are kept."""

    def running(self) -> Sequence[Running]:
        """Return the journeys that people come into."""

    def under_way(self, people: Collection[uuid.UUID]) -> Sequence[Enrolment]:
        """Return the runs of these people that are under way, held until all is written."""

    def definitions(self, versions: set[uuid.UUID]) -> Mapping[uuid.UUID, Definition]:
        """Return what versions are."""

    def before(self, running: Running, people: set[uuid.UUID]) -> Before:
        """Return how often each was in a journey; None: too short a time ago, or still."""

    def change(self, rows: Sequence[Enrolment], said: Sequence[tuple[Enrolment, str]]) -> None:
        """Write where changed runs stand, and what is to be said of it."""

    def begin(self, rows: Sequence[Enrolment]) -> int:
        """Write new runs down, except those that exist already; returns how many are new."""


def take_in(*, happened: Sequence[Happening], book: Book) -> int:
    """Let a batch of happenings end runs, wake them, and start new ones; returns the new ones."""
    if not happened:
        return 0
    _change_runs(happened, book)
    return _start_runs(happened, book)


def _change_runs(happened: Sequence[Happening], book: Book) -> None:
    rows = book.under_way({item.customer_id for item in happened})
    if not rows:
        return
    definitions = book.definitions({row.version_id for row in rows})
    by_person: dict[uuid.UUID, list[Happening]] = defaultdict(list)
    for item in happened:
        by_person[item.customer_id].append(item)
    changed, said = dict[uuid.UUID, Enrolment](), list[tuple[Enrolment, str]]()
    for row in rows:
        definition = definitions[row.version_id]
        for item in by_person[row.customer_id]:
            text = _change(row, definition, item)
            if text:
                changed[row.pk] = row
                said.append((row, text))
            if row.state != EnrolmentState.ACTIVE:
                break
    if changed:
        book.change(list(changed.values()), said)


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
    both = _SAME & row.about.keys() & item.about.keys()
    if any(item.about[name] != row.about[name] for name in both):
        return False
    return not (row.order_id and item.order_id and row.order_id != item.order_id)


def _start_runs(happened: Sequence[Happening], book: Book) -> int:
    begins: list[Enrolment] = []
    oldest = clock.now() - FRESH
    for running in book.running():
        trigger = running.definition.trigger
        fitting = [
            item for item in happened if item.at >= oldest and trigger.fits(item.event, item.values)
        ]
        if fitting:
            before = book.before(running, {item.customer_id for item in fitting})
            begins += _enrolments(running, fitting, before)
    return book.begin(begins) if begins else 0


def _enrolments(running: Running, fitting: Sequence[Happening], before: Before) -> list[Enrolment]:
    definition, found = running.definition, dict[str, Enrolment]()
    for item in fitting:
        once = _once_for(definition, item)
        number = before.get(once, 0)
        key = _key(definition, item, once, number) if number is not None else None
        if key is None or key in found:
            continue
        found[key] = Enrolment.fresh(
            journey_id=running.journey.pk,
            version_id=running.version_id,
            customer_id=item.customer_id,
            cart_id=item.cart_id,
            order_id=item.order_id,
            about=item.about,
            key=key,
            step=definition.first,
            due_at=clock.now(),
            entered_at=min(item.at, clock.now()),  # a shop's clock may be wrong
        )
    return list(found.values())


def count_before(
    definition: Definition, rows: Iterable[tuple[uuid.UUID, str, datetime, str]]
) -> dict[str, int | None]:
    """Return how often people were in a journey; None: too short a time ago, or still.

    `rows`: customer, key, when they came in, state.
    """
    apart = timedelta(days=definition.again_after_days or 0)
    since, found = clock.now() - apart, dict[str, int | None]()
    for customer, key, entered, state in rows:
        once = key.rpartition(":")[0] if definition.per == "product" else str(customer)
        number = found.get(once, 0)
        is_too_soon = entered > since or state == EnrolmentState.ACTIVE
        found[once] = None if number is None or is_too_soon else number + 1
    return found


def _once_for(definition: Definition, item: Happening) -> str:
    """Return what a run exists once for, in so many days."""
    product = item.about.get("product")
    return f"{item.customer_id}/{product}" if definition.per == "product" else str(item.customer_id)


def _key(definition: Definition, item: Happening, once: str, number: int) -> str | None:
    """Return what makes a run exist once; None: the event tells no cart, order or product."""
    match definition.per:
        case "event":
            return item.key or f"event:{item.number}"
        case "product" if not item.about.get("product"):
            return None
        case "cart":
            return str(item.cart_id) if item.cart_id else None
        case "order":
            return str(item.order_id) if item.order_id else None
    if definition.again_after_days is None:
        return once if definition.per == "customer" else f"{once}:0"
    return f"{once}:{number}"
