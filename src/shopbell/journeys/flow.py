"""A journey as it is drawn: what starts it, its steps one below another, ways side by side.

Drawn from the plain form, so that a journey which is not finished can be drawn, too; the same for
the page of a journey and for its editor. A newcomer's mistake: drawing from `Definition`. Steps
that cannot be read are not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shopbell.journeys.definition import Reading
from shopbell.journeys.fields import SPECS, Offer, Shown, shown_fields
from shopbell.journeys.mistakes import plainly
from shopbell.journeys.naming import Names
from shopbell.journeys.queries import StepNumbers
from shopbell.journeys.sketch import Json, is_at_the_edge, ways_in
from shopbell.journeys.words import line_of

KINDS = {
    "wait": "Wait",
    "wait_rhythm": "Wait for their own rhythm",
    "wait_for": "Wait for something to happen",
    "send": "Send a message",
    "if": "Look what is true",
    "split": "Split by chance",
    "tag": "Tag",
    "set_attribute": "Note a value",
    "conversation": "Open a conversation",
    "stop_offers": "Stop offers and news",
    "webhook": "Tell a program of yours",
    "end": "End here",
}
# What a new step can be: its name in a command, what it is called, and how it begins.
MENU: tuple[tuple[str, str, Json], ...] = (
    ("send", "Send a message", {"do": "send", "media": ["email"]}),
    ("wait", "Wait some time", {"do": "wait", "days": 1}),
    ("until", "Wait until a time of day", {"do": "wait", "at": "10:00"}),
    ("wait_for", "Wait for something to happen",
     {"do": "wait_for", "event": "order.placed", "days": 3, "then": [], "else": []}),
    ("wait_rhythm", "Wait for their own rhythm of ordering", {"do": "wait_rhythm", "at": "10:00"}),
    ("if", "Go by what is true: if … else …", {"do": "if", "then": [], "else": []}),
    ("split", "Split by chance", {"do": "split", "ways": [
        {"name": "A", "share": 50, "steps": []}, {"name": "B", "share": 50, "steps": []}]}),
    ("holdout", "Hold some back, to compare", {"do": "split", "ways": [
        {"name": "goes on", "share": 90, "steps": []},
        {"name": "held back", "share": 10, "steps": []}]}),
    ("tag", "Add a tag or take it off", {"do": "tag"}),
    ("set_attribute", "Note a value", {"do": "set_attribute", "value": ""}),
    ("conversation", "Open a conversation for the team", {"do": "conversation"}),
    ("stop_offers", "Stop offers and news by e-mail", {"do": "stop_offers"}),
    ("webhook", "Tell a program of yours", {"do": "webhook"}),
    ("end", "End here", {"do": "end"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One way that goes off at a step. `gap` names the place before its first step."""

    label: str
    gap: str
    nodes: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """One step on the page."""

    id: str
    kind: str
    title: str
    by: str = ""
    text_kind: str = ""
    wrong: Sequence[str] = ()
    ways: Sequence[Way] = ()
    numbers: StepNumbers = field(default_factory=StepNumbers)
    fields: Sequence[Shown] | None = None  # where its form is open
    loose: Sequence[str] = ()  # of an open form: mistakes that belong to no field
    is_first: bool = False
    is_last: bool = False

    @property
    def is_end(self) -> bool:
        """Whether nothing comes after it."""
        return self.kind == "end"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of a journey that may not be finished."""

    sketch: Json
    reading: Reading
    names: Names
    numbers: Mapping[str, StepNumbers] = field(default_factory=dict)
    open: str = ""
    offer: Offer = field(default_factory=Offer)
    fresh: str = ""  # of an open form: the condition that was just added

    def nodes(self) -> list[Node]:
        """Return the steps as they are drawn."""
        return self._nodes(self.sketch["steps"], "steps")

    def _nodes(self, steps: Sequence[Json], place: str) -> list[Node]:
        return [self._node(step, f"{place}.{number}") for number, step in enumerate(steps, 1)]

    def _node(self, step: Json, place: str) -> Node:
        key, kind = step["id"], step["do"]
        wrong = self._wrong_at(step, place)
        read = self.reading.parts.steps.get(key)
        line = line_of(read, self.names) if read is not None else None
        shown = None
        if self.open == key:
            shown = shown_fields(SPECS.get(kind, ()), step, self.offer, wrong, self.fresh)
        told = {said for each in shown or () for said in each.wrong}
        return Node(
            id=key,
            kind=kind,
            title=line.text if line else KINDS.get(kind, f"A step “{kind}”"),
            by=line.by if line else "",
            text_kind=line.text_kind if line else "",
            wrong=list(wrong.values()),
            ways=self._ways(step, place),
            numbers=self.numbers.get(key, StepNumbers()),
            fields=shown,
            loose=[said for said in wrong.values() if said not in told],
            is_first=is_at_the_edge(self.sketch, key, -1),
            is_last=is_at_the_edge(self.sketch, key, 1),
        )

    def _ways(self, step: Json, place: str) -> list[Way]:
        found = []
        for number, (name, inner) in enumerate(ways_in(step)):
            here = f"{place}.ways.{name}" if step["do"] == "split" else f"{place}.{name}"
            label = way_label(step, number)
            found.append(Way(label, f"in {step['id']} {name}", self._nodes(inner, here)))
        return found

    def _wrong_at(self, step: Json, place: str) -> dict[str, str]:
        """Return what is wrong with a step itself, by the value it is about."""
        inner = [
            f"{place}.ways.{name}." if step["do"] == "split" else f"{place}.{name}."
            for name, _ in ways_in(step)
        ]
        found = {}
        for where, said in self.reading.wrong.items():
            is_here = where == place or where.startswith(f"{place}.")
            if is_here and not any(where.startswith(each) for each in inner):
                found[where.removeprefix(place).lstrip(".")] = plainly(where, said)
        return found


def way_label(step: Json, number: int) -> str:
    """Return what is said above a way."""
    if step["do"] == "split":
        way = step["ways"][number]
        return f"{way.get('name') or number + 1}: {way.get('share', '?')} %"
    yes = "If it happens" if step["do"] == "wait_for" else "If so"
    return (yes, "If not")[number]


def wrong_of(reading: Reading, *names: str) -> dict[str, str]:
    """Return what is wrong with the journey itself, in parts of these names."""
    return {
        place: plainly(place, said)
        for place, said in reading.wrong.items()
        if place.partition(".")[0] in names
    }


def gaps_for(sketch: Json, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the places a step can be moved to, with words."""

    def within(steps: Sequence[Json], first: str, said: str) -> list[tuple[str, str]]:
        found = [(first, said)]
        for step in steps:
            for number, (name, inner) in enumerate(ways_in(step)):
                label = f"first under “{way_label(step, number)}” of “{titles[step['id']]}”"
                found += within(inner, f"in {step['id']} {name}", label)
            found.append((f"after {step['id']}", f"after “{titles[step['id']]}”"))
        return found

    return within(sketch["steps"], "top", "to the top")


def titles_of(nodes: Sequence[Node]) -> dict[str, str]:
    """Return what each step is called, by its id."""
    found: dict[str, str] = {}
    for node in nodes:
        found[node.id] = f"{node.title[:60]}…" if len(node.title) > 61 else node.title
        for way in node.ways:
            found.update(titles_of(way.nodes))
    return found
