"""What keeps a journey from being used: what `definition` finds, and what the store does not have.

A newcomer's mistake: stopping at the first one. Whoever puts a journey together wants all of them,
each at its step.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shopbell.connections.postings import receiver_called
from shopbell.journeys.definition import Reading, read_parts
from shopbell.journeys.happenings import KINDS
from shopbell.journeys.steps import Definition, If, Send, Webhook
from shopbell.kit.errors import Invalid
from shopbell.messaging.catalogue import all_kinds
from shopbell.segments.queries import segment_named, tree_named
from shopbell.segments.sql import flat
from shopbell.segments.tree import conditions_in


def reading_of(data: Any) -> Reading:
    """Return what can be read of a journey, with everything that is wrong in this store."""
    found = read_parts(data)
    missing = {place: said for place, said in _missing(found.parts) if place not in found.wrong}
    return Reading(found.parts, {**found.wrong, **missing})


def check_definition(definition: Definition) -> None:
    """Refuse a journey that speaks of events, texts or segments which are not there.

    Raises:
        Invalid: `fields` names the places.
    """
    wrong = dict(_missing(definition))
    if wrong:
        place, said = next(iter(wrong.items()))
        raise Invalid(f"{place}: {said}", fields=wrong)


def _missing(definition: Definition) -> Iterator[tuple[str, str]]:
    for place, when in definition.whens():
        if when.event and when.event not in KINDS:
            yield place, f"No journey can go by the event {when.event!r}."
    for place, name in definition.segments():
        if segment_named(name) is None:
            yield place, f"There is no segment {name!r}."
    texts = {kind.key for kind in all_kinds()}
    for step in definition.steps.values():
        place = definition.places[step.id]
        if isinstance(step, Send) and step.text not in texts:
            yield f"{place}.text", f"There is no text {step.text!r}."
        if isinstance(step, Webhook) and receiver_called(step.to) is None:
            yield f"{place}.to", f"There is no receiver {step.to!r}."
        if isinstance(step, If) and step.tree is not None:
            if not any(conditions_in(step.tree)):
                yield place, "Say what is asked: there is no condition."
            try:
                flat(step.tree, tree_named)
            except Invalid as error:
                yield place, str(error)


_PLAINLY: Mapping[str, str] = {
    "The name of a text.": "Choose which text it sends.",
    "At least one step.": "Put in a step: a journey without steps does nothing.",
    "How long: minutes, hours, days; at most a year.": "Say how long: days, hours, minutes.",
    "An event, with `where` if only some are meant.": "Choose what it waits for.",
    "1 to 40 letters, digits, spaces and .:-": "Say which tag, in up to 40 letters and digits.",
    "A text up to 200, a whole number, true or false.": "Say which value, in up to 200 letters.",
    "What is to be done, in up to 4,000 letters.": "Say what is to be done.",
    "The key or the id of a segment.": "Choose a segment.",
    "The short name of a receiver.": "Choose which program is told.",
    "Minutes for each channel.": "Minutes from 1 to 10,080, which is a week, or nothing.",
    "A whole number.": "A whole number, 0 or more.",
    "A number of days from 1 to 3660.": "A number of days from 1 to 3660, or nothing.",
    "A way has a name, a share from 1 to 100, and steps.": "Give each way a share from 1 to 100.",
}


def plainly(place: str, said: str) -> str:
    """Return a mistake as somebody reads it who does not know the text form: what to do."""
    if said.startswith("What is asked: a `segment`"):
        return "Choose a segment, or ask conditions of its own."
    if said.startswith("There is no segment"):
        return "This segment is gone. Choose another one."
    if said.startswith("There is no receiver"):
        return "This program is not connected any more. Choose another one, or connect it."
    if said.startswith("There is no text"):
        return "This text is gone. Choose another one."
    if said.startswith("An event, with"):
        return {"trigger": "Choose what starts it."}.get(place, _PLAINLY[said])
    return _PLAINLY.get(said, said)
