"""A journey in words a shop owner reads: each step as one line, with how deep it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shopbell.customers.events import CustomerDid
from shopbell.journeys.happenings import KINDS
from shopbell.journeys.naming import Names
from shopbell.journeys.occasions import OCCASIONS
from shopbell.journeys.steps import (
    DATE_REACHED,
    SEGMENT_EVENTS,
    SILENT,
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
    When,
)
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


def started_by(definition: Definition, names: Names) -> str:
    """Return what starts it, as a sentence without a full stop."""
    event = definition.trigger.event
    return _said(definition.trigger, KINDS[event].starts if event in KINDS else event, names)


def how_often(definition: Definition) -> str:
    """Return how often it runs, as a sentence without a full stop."""
    if definition.per == "event":
        return "Each time it happens"
    each = {"customer": "person", "product": "person and product"}.get(definition.per)
    once = f"Once for each {each or definition.per}"
    if not definition.again_after_days:
        return once
    return f"{once}, again after {definition.again_after_days} days at the earliest"


def ended_by(definition: Definition, names: Names) -> list[str]:
    """Return what ends it early."""
    return [small(end_in_words(end, names)) for end in definition.all_exits()]


def end_in_words(end: When, names: Names) -> str:
    """Return what ends it, as a sentence without a full stop."""
    return _said(end, KINDS[end.event].ends if end.event in KINDS else end.event, names)


def small(text: str) -> str:
    """Return a sentence as it goes on in the middle of another one; names keep their letters."""
    return text[:1].lower() + text[1:]


def _said(when: When, text: str, names: Names) -> str:
    if when.event in SEGMENT_EVENTS:
        name = f"“{names.segment(str(when.where['segment']))}”"
        return text.replace("a segment", name).replace("the segment", name)
    if when.event == DATE_REACHED:
        return _day_said(when.where)
    if when.event == SILENT:
        told = f"{when.where['mails']} mails in {when.where['days']} days"
        return f"Somebody got at least {told} and reacted to nothing"
    known = _SAID.get(_key(when.event, when.where))
    if known:
        return known
    if when.event == CustomerDid.name and set(when.where) == {"did"}:
        return f"{text}: “{when.where['did']}”"
    where = ", ".join(
        f"{name} is {_limit_said(value)}" for name, value in when.where.items() if value != ""
    )
    return f"{text} ({where})" if where else text


def _limit_said(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return " and ".join(f"at {name} {value[name]}" for name in ("least", "most") if name in value)


def _day_said(where: Mapping[str, Any]) -> str:
    """Return a day as people say it: `7 and 1 days before the day in “points_expire_on”`."""
    before = [str(each) for each in reversed(where["days_before"]) if each]
    told = " and ".join(filter(None, [", ".join(before[:-1]), *before[-1:]]))
    lead = f"{told} {'day' if told == '1' else 'days'} before" if before else ""
    if 0 in where["days_before"]:
        lead = f"On, and {lead}," if lead else "On"
    every = " of every year" if where["yearly"] else ""
    return f"{lead} the day in “{where['attribute']}”{every}, at {where['at']} where they live"


def _key(event: str, where: Mapping[str, Any]) -> tuple[str, str]:
    return event, repr(sorted(where.items()))


_SAID = {_key(each.event, each.where): each.label for each in OCCASIONS if each.where} | {
    _key(CustomerDid.name, {"did": "stays"}): "They want to go on hearing from you",
}


def lines_of(definition: Definition, names: Names) -> list[Line]:
    """Return all steps in the order of the page."""
    return list(_lines(definition.steps, names, definition.first, "", 0))


def _lines(
    steps: Mapping[str, Step], names: Names, first: str, until: str, depth: int
) -> Iterator[Line]:
    key = first
    while key and key != until:
        step = steps[key]
        yield line_of(step, names, depth)
        for label, way in _ways(step):
            if way != step.following or isinstance(step, Split):
                yield Line(step.id, "way", label, depth + 1)
                yield from _lines(steps, names, way, step.following, depth + 1)
        key = step.following


def _ways(step: Step) -> list[tuple[str, str]]:
    """Return the ways that go off at a step: what is said of each, and its first step."""
    match step:
        case WaitFor():
            return [("If it happens", step.then), ("If not", step.otherwise)]
        case If():
            return [("If so", step.then), ("If not", step.otherwise)]
        case Split():
            return [(f"{name}: {share} %", way) for name, share, way in step.ways]
    return []


def line_of(step: Step, names: Names, depth: int = 0) -> Line:
    """Return one step as a line."""
    match step:
        case If():
            return Line(step.id, "if", f"Look whether the customer {names.question(step)}", depth)
        case Wait():
            return Line(step.id, "wait", waiting(step), depth)
        case WaitRhythm():
            until = f", then until {step.at} where the customer lives" if step.at else ""
            text = f"Wait as long as the customer usually takes between two orders{until}"
            return Line(step.id, "wait", text, depth)
        case Send():
            return Line(step.id, "send", title_of(step.text), depth, step.text, by_which(step))
        case WaitFor():
            event = KINDS[step.when.event].starts if step.when.event in KINDS else step.when.event
            event = _said(step.when, event, names)
            text = f"Wait up to {span(step.minutes)} for: {small(event)}"
            return Line(step.id, "wait_for", text, depth)
        case Split():
            return Line(step.id, "split", "People go different ways, by chance", depth)
        case Tag():
            return Line(step.id, "tag", done(step), depth)
        case SetAttribute():
            return Line(step.id, "set_attribute", done(step), depth)
        case Converse():
            return Line(step.id, "conversation", f"{done(step)}: {step.text}", depth)
        case StopOffers():
            return Line(step.id, "stop_offers", done(step), depth)
        case Webhook():
            name = f", as “{step.name}”" if step.name else ""
            return Line(step.id, "webhook", f"Tell {names.receiver(step.to)}{name}", depth)
        case End():
            return Line(step.id, "end", step.because or "The end", depth)
    return Line(step.id, "step", step.id, depth)


def by_which(step: Send) -> str:
    """Return the channels in their order: `WhatsApp, not delivered in 15 minutes: e-mail`."""
    said = medium_name(step.media[0])
    for before, medium in pairwise(step.media):
        minutes = step.waits.get(before)
        said += f", not delivered in {span(minutes)}: " if minutes else ", else "
        said += medium_name(medium)
    return said


def done(step: Tag | SetAttribute | Converse | StopOffers | Webhook) -> str:
    """Return what a step does, for what happened and what comes."""
    match step:
        case Tag():
            return f"Tag “{step.tag}” taken off" if step.remove else f"Tag “{step.tag}” added"
        case SetAttribute():
            value = ("yes" if step.value else "no") if isinstance(step.value, bool) else step.value
            return f"{step.name} set to “{value}”"
        case StopOffers():
            return f"Offers and news by e-mail stopped: {step.because}"
        case Webhook():
            return f"The program “{step.to}” told of it"
    return f"Conversation opened for the team{f' (“{step.subject}”)' if step.subject else ''}"


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
