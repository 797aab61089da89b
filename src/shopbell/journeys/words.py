"""A journey in words a shop owner reads: each step as one line, with how deep it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shopbell.journeys.definition import (
    Definition,
    End,
    Send,
    Split,
    Step,
    Wait,
    WaitFor,
    When,
)
from shopbell.journeys.happenings import KINDS
from shopbell.messaging.titles import medium_name, title_of

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Line:
    """One step on the page. `kind` chooses its icon, `depth` how far it is set in."""

    step: str
    kind: str
    text: str
    depth: int
    text_kind: str = ""  # of a message: which text
    by: str = ""


def started_by(definition: Definition) -> str:
    """Return what starts it, as a sentence without a full stop."""
    return _said(definition.trigger, KINDS[definition.trigger.event].starts)


def ended_by(definition: Definition) -> list[str]:
    """Return what ends it early."""
    return [_said(end, KINDS[end.event].ends) for end in definition.all_exits()]


def _said(when: When, text: str) -> str:
    known = _SAID.get((when.event, tuple(sorted(when.where.items()))))
    if known:
        return known
    where = ", ".join(f"{name} is {value}" for name, value in when.where.items() if value != "")
    return f"{text} ({where})" if where else text


_SAID = {
    (
        "consent.changed",
        (
            ("action", "granted"),
            ("channel", "email"),
            ("dated", True),
            ("purpose", "marketing"),
            ("topic", ""),
        ),
    ): "Somebody agrees to get offers and news by e-mail",
    ("cart.changed", (("completed", False),)): "A cart is left",
    ("cart.changed", (("completed", True),)): "The cart was completed",
    (
        "shipment.status_changed",
        (("complete", True), ("status", "delivered")),
    ): "All parcels of an order have arrived",
}


def lines_of(definition: Definition) -> list[Line]:
    """Return all steps in the order of the page."""
    return list(_lines(definition.steps, definition.first, "", 0))


def _lines(steps: Mapping[str, Step], first: str, until: str, depth: int) -> Iterator[Line]:
    key = first
    while key and key != until:
        step = steps[key]
        yield _line(step, depth)
        match step:
            case WaitFor():
                for label, way in (("If it happens", step.then), ("If not", step.otherwise)):
                    if way != step.following:
                        yield Line(step.id, "way", label, depth + 1)
                        yield from _lines(steps, way, step.following, depth + 1)
            case Split():
                for name, share, way in step.ways:
                    yield Line(step.id, "way", f"{name}: {share} %", depth + 1)
                    yield from _lines(steps, way, step.following, depth + 1)
        key = step.following


def _line(step: Step, depth: int) -> Line:
    match step:
        case Wait():
            return Line(step.id, "wait", waiting(step), depth)
        case Send():
            by = ", else ".join(medium_name(medium) for medium in step.media)
            return Line(step.id, "send", title_of(step.text), depth, step.text, by)
        case WaitFor():
            event = KINDS[step.when.event].starts if step.when.event in KINDS else step.when.event
            text = f"Wait up to {span(step.minutes)} for: {event.lower()}"
            return Line(step.id, "wait_for", text, depth)
        case Split():
            return Line(step.id, "split", "People go different ways, by chance", depth)
        case End():
            return Line(step.id, "end", step.because or "The end", depth)
    return Line(step.id, "step", step.id, depth)


def waiting(step: Wait) -> str:
    """Return a wait as people say it: `Wait 3 days, then until 10:00`."""
    parts = [f"Wait {span(step.minutes)}"] if step.minutes else []
    if step.weekdays:
        parts.append(f"until {' or '.join(_DAYS[day] for day in step.weekdays)}")
    if step.at:
        parts.append(f"until {step.at} where the customer lives")
    said = ", then ".join(parts)
    return said[:1].upper() + said[1:]


def span(minutes: int) -> str:
    """Return a length of time: `30 minutes`, `1 day`, `1 day 3 hours`."""
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    units = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    said = [f"{count} {unit if count == 1 else unit + 's'}" for count, unit in units if count]
    return " ".join(said) or "0 minutes"
