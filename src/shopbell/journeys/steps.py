"""What a journey is made of: events, steps, and the whole.

Frozen objects that `definition` reads from JSON. A newcomer's mistake: putting what to do at a step
here. `walking` decides, `engine` writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shopbell.segments.conditions.behaviour import SEGMENT
from shopbell.segments.events import SegmentEntered, SegmentLeft
from shopbell.segments.tree import Group, conditions_in

DATE_REACHED = "date.reached"  # a day that a customer has comes by itself (see `dates`)
SILENT = "customer.silent"  # nothing is heard of somebody (see `silence`)
SEGMENT_EVENTS = (SegmentEntered.name, SegmentLeft.name)


@dataclass(frozen=True, slots=True)
class When:
    """An event with what its values must be."""

    event: str
    where: Mapping[str, Any] = field(default_factory=dict)

    def fits(self, event: str, values: Mapping[str, Any]) -> bool:
        """Return whether something that happened is meant."""
        return event == self.event and all(
            _is(values.get(name), wanted) for name, wanted in self.where.items()
        )


def _is(found: Any, wanted: Any) -> bool:
    """Whether a value is the one that is meant; what has several names goes by any of them.

    A number may be meant by what it is at `least` or at `most`.
    """
    if isinstance(wanted, dict):
        least, most = wanted.get("least"), wanted.get("most")
        return isinstance(found, int) and (
            (least is None or found >= least) and (most is None or found <= most)
        )
    return bool(wanted in found if isinstance(found, tuple) else found == wanted)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `following` is the id of the next one, "" at the end."""

    id: str
    following: str


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """Let time pass; then, if `at` is set, until that time of day where the customer lives."""

    minutes: int
    at: str = ""
    weekdays: tuple[int, ...] = ()  # Monday is 0; none: any day


@dataclass(frozen=True, slots=True)
class WaitRhythm(Step):
    """Wait as long as it usually is between two orders of this customer, then like `Wait`.

    Whoever has no rhythm yet leaves here.
    """

    least_days: int
    most_days: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class Send(Step):
    """Queue one message by the first channel of `media` that may be used."""

    text: str
    media: tuple[str, ...]
    purpose: str = "marketing"
    fresh_hours: int = 24
    waits: Mapping[str, int] = field(default_factory=dict)
    topic: str = ""


@dataclass(frozen=True, slots=True)
class WaitFor(Step):
    """Wait for an event, at most so long; then one way, otherwise the other."""

    when: When
    minutes: int
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class If(Step):
    """Go one way or the other by what is true of the customer when they come here.

    What is asked is a segment, by its key or id, or else conditions of the step's own.
    """

    segment: str
    tree: Group | None
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Split(Step):
    """Send people different ways by chance, the same person always the same way."""

    ways: tuple[tuple[str, int, str], ...]  # name, share, first step


@dataclass(frozen=True, slots=True)
class Tag(Step):
    """Add a tag to the customer, or take it off."""

    tag: str
    remove: bool = False


@dataclass(frozen=True, slots=True)
class SetAttribute(Step):
    """Note a value about the customer under a name."""

    name: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Converse(Step):
    """Open a conversation for staff, with what is to be done."""

    text: str
    subject: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopOffers(Step):
    """Write no offers and news to the customer's mailbox any more, until they want them again."""

    because: str


@dataclass(frozen=True, slots=True)
class Webhook(Step):
    """Tell a program of the merchant's own who has come here.

    `to` is the short name of a connected receiver, `name` what the step is called there.
    """

    to: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class End(Step):
    """Leave the journey here."""

    because: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole journey."""

    trigger: When
    per: str
    again_after_days: int | None
    restarts: bool
    exits: tuple[When, ...]
    goal: When | None
    first: str
    steps: Mapping[str, Step]
    needs_zone: bool  # whether it matters where somebody lives
    by_chance: bool  # whether people go different ways
    places: Mapping[str, str] = field(default_factory=dict)  # where each step stands

    def all_exits(self) -> tuple[When, ...]:
        """Return what ends it, the goal first."""
        return ((self.goal,) if self.goal else ()) + self.exits

    def whens(self) -> Iterator[tuple[str, When]]:
        """Yield the events it speaks of, with where they stand."""
        yield "trigger", self.trigger
        if self.goal is not None:
            yield "goal", self.goal
        for number, end in enumerate(self.exits, 1):
            yield f"exits.{number}", end
        for step in self.steps.values():
            if isinstance(step, WaitFor):
                yield self.places[step.id], step.when

    def segments(self) -> Iterator[tuple[str, str]]:
        """Yield the segments it speaks of, by key or id, with where they stand."""
        for place, when in self.whens():
            if when.event in SEGMENT_EVENTS:
                yield f"{place}.where.segment", str(when.where["segment"])
        for step in self.steps.values():
            if isinstance(step, If) and step.tree is None:
                yield f"{self.places[step.id]}.segment", step.segment
            elif isinstance(step, If) and step.tree is not None:
                for condition in conditions_in(step.tree):
                    if condition.key == SEGMENT:
                        yield self.places[step.id], str(condition.values["segment"])
