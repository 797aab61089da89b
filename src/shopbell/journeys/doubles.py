"""Journeys that write to the same people about the same thing: told, and never forbidden.

Two are said to when the same happening starts both and they send the same text, or their first
messages come within a day of each other. A newcomer's mistake: going by what starts them alone.
Half of all journeys begin with an order, and most of them months apart.
"""

from collections.abc import Iterable
from typing import Any

from shopbell.journeys.models import Journey, JourneyState
from shopbell.journeys.queries import definition_of, journey_named
from shopbell.journeys.steps import (
    Definition,
    If,
    Send,
    Split,
    Step,
    Wait,
    WaitFor,
    WaitRhythm,
    When,
)
from shopbell.messaging.catalogue import all_kinds, catalogue_of
from shopbell.messaging.titles import title_of

_DAY = 24 * 60

type Named = tuple[str, str, Definition]  # key, name


def journeys_on() -> list[Named]:
    """Return the journeys that let people in, or would if they were not paused."""
    rows = Journey.objects.select_related("current").exclude(state=JourneyState.OFF)
    return [
        (row.key, row.name, definition_of(row, journey_named(row.key)))
        for row in rows.exclude(current=None).order_by("name", "key")
    ]


def doubles_of(key: str, definition: Definition, others: Iterable[Named]) -> list[str]:
    """Return who else writes to the same people when it is on, each as a sentence."""
    found = []
    for other_key, name, other in others:
        if other_key == key or not _meet(definition.trigger, other.trigger):
            continue
        texts = sorted(_texts(definition) & _texts(other), key=title_of)
        if texts:
            both = " and ".join(f"“{title_of(text)}”" for text in texts)
            found.append(
                f"“{name}” is on, too, starts when the same happens, and sends the same: {both}."
            )
        elif _near(definition, other):
            found.append(
                f"“{name}” is on, too, and starts when the same happens. Whoever it starts for "
                "gets messages of both within a day."
            )
    told = _texts(definition)
    for kind in all_kinds():
        if kind.told_alone and kind.key in told and not _against(kind.key):
            found.append(f"The notification “{kind.title}” is on, and sends the same text.")
    return found


def _against(kind: str) -> str:
    return catalogue_of(kind).plan(kind, None).against


def _texts(definition: Definition) -> set[str]:
    return {step.text for step in definition.steps.values() if isinstance(step, Send)}


def _meet(one: When, other: When) -> bool:
    """Whether one happening can start both."""
    if not one.event or one.event != other.event:
        return False
    return all(
        _can_be_both(one.where[name], other.where[name])
        for name in one.where.keys() & other.where.keys()
    )


def _can_be_both(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return not set(one).isdisjoint(other)
    return isinstance(one, dict) or isinstance(other, dict) or bool(one == other)


def _near(one: Definition, other: Definition) -> bool:
    first, second = first_message(one), first_message(other)
    return first is not None and second is not None and abs(first - second) <= _DAY


def first_message(definition: Definition) -> int | None:
    """Return after how many minutes the first message comes at the earliest; None: there is none.

    Steps never lead back, so each is looked at once.
    """
    known: dict[str, int | None] = {}

    def after(key: str) -> int | None:
        if key not in known:
            step = definition.steps.get(key)
            known[key] = _from(step) if step is not None else None
        return known[key]

    def _from(step: Step) -> int | None:
        if isinstance(step, Send):
            return 0
        ways = [
            minutes + found for way, minutes in _ways(step) if (found := after(way)) is not None
        ]
        return min(ways, default=None)

    return after(definition.first)


def _ways(step: Step) -> list[tuple[str, int]]:
    """Return the steps that may come next, each with how long it takes to get there."""
    match step:
        case Wait():
            return [(step.following, step.minutes)]
        case WaitRhythm():
            return [(step.following, step.least_days * _DAY)]
        case WaitFor():
            return [(step.then, 0), (step.otherwise, step.minutes)]
        case If():
            return [(step.then, 0), (step.otherwise, 0)]
        case Split():
            return [(first, 0) for _, _, first in step.ways]
    return [(step.following, 0)]
