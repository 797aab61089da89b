"""A journey as data: what starts it, what ends it, and its steps in order.

JSON comes in (from a preset, a file, the editor) and frozen objects go out; everything that cannot
be used is told with the place where it stands. A newcomer's mistake: changing the definition of a
version that people are in. A change is a new version.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shopbell.journeys.checks import is_count, minutes_in, only, refusal
from shopbell.journeys.reading import READERS
from shopbell.journeys.steps import Definition, If, Split, Step, Wait, WaitFor, WaitRhythm, When
from shopbell.journeys.whens import read_when, read_whens
from shopbell.kit.errors import Invalid
from shopbell.segments.tree import MODES
from shopbell.segments.tree import read as read_tree

MOST_STEPS = 60
KNOWN = {"trigger", "per", "again_after_days", "restarts", "exits", "goal", "steps"}
PER = ("customer", "cart", "order", "product", "event")
STEP_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a journey. `wrong`: what cannot be used, by its place.

    `parts` is the whole journey where nothing is wrong, else only as much as makes sense.
    """

    parts: Definition
    wrong: Mapping[str, str]


def read_definition(data: Any) -> Definition:
    """Return the journey that `data` describes.

    Raises:
        Invalid: something in it cannot be used; `fields` names the places.
    """
    found = read_parts(data)
    if found.wrong:
        place, says = next(iter(found.wrong.items()))
        raise Invalid(f"{place}: {says}", fields=dict(found.wrong))
    return found.parts


def read_parts(data: Any) -> Reading:
    """Return what can be read of a journey that may not be finished."""
    if not isinstance(data, dict):
        data, wrong = {}, {"definition": "A journey is an object with a trigger and steps."}
        return Reading(_whole(data, _Steps(), wrong), wrong)
    reader = _Steps()
    with reader.noting():
        only(data, "", KNOWN)
    return Reading(_whole(data, reader, reader.wrong), reader.wrong)


def _whole(data: Mapping[str, Any], reader: "_Steps", wrong: dict[str, str]) -> Definition:
    per, again = data.get("per", "customer"), data.get("again_after_days")
    with reader.noting():
        if per not in PER:
            raise refusal("per", f"One of {', '.join(PER)}.")
    with reader.noting():
        if again is not None and not is_count(again, 1, 3660):
            raise refusal("again_after_days", "A number of days from 1 to 3660.")
    first, listed = "", data.get("steps")
    with reader.noting():
        if not isinstance(listed, list) or not listed:
            raise refusal("steps", "At least one step.")
        first = reader.read_list(listed, "", "steps")
    trigger, goal, exits = When(""), None, list[When]()
    with reader.noting():
        trigger = read_when(data.get("trigger"), "trigger")
    with reader.noting():
        goal = read_when(data["goal"], "goal") if data.get("goal") else None
    with reader.noting():
        exits += read_whens(data.get("exits", []), "exits")
    found = reader.steps.values()
    return Definition(
        trigger=trigger,
        per=str(per),
        again_after_days=again,
        restarts=bool(data.get("restarts", False)),
        exits=tuple(exits),
        goal=goal,
        first=first,
        steps=reader.steps,
        needs_zone=any(
            (isinstance(s, Wait) and (s.at or s.weekdays)) or (isinstance(s, WaitRhythm) and s.at)
            for s in found
        ),
        by_chance=any(isinstance(s, Split) for s in found),
        places=reader.places,
    )


class _Steps:
    """Reads nested lists of steps into one, each knowing the next. Mistakes are gathered."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.places: dict[str, str] = {}
        self.wrong: dict[str, str] = {}
        self._taken: set[str] = set()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note a mistake and go on behind it."""
        try:
            yield
        except Invalid as error:
            self.wrong.update(error.fields)

    def read_list(self, listed: Any, after: str, place: str) -> str:
        """Return the id of the first step of a list; what follows its end is `after`."""
        if not isinstance(listed, list):
            raise refusal(place, "A list of steps.")
        known: list[tuple[int, str]] = []
        for number, data in enumerate(listed, 1):
            with self.noting():
                known.append((number, self._id_of(data, f"{place}.{number}")))
        for at, (number, key) in enumerate(known, 1):
            behind = known[at][1] if at < len(known) else after
            with self.noting():
                here = f"{place}.{number}"
                self.steps[key] = self._read(listed[number - 1], key, behind, here)
        return known[0][1] if known else after

    def _id_of(self, data: Any, place: str) -> str:
        if not isinstance(data, dict):
            raise refusal(place, "A step is an object with `do`.")
        key = data.get("id") or id_at(place)
        if not isinstance(key, str) or not STEP_ID.fullmatch(key):
            raise refusal(f"{place}.id", "Small letters, digits, - and _, at most 40.")
        if key in self._taken:
            raise refusal(f"{place}.id", f"There are two steps {key!r}.")
        if len(self._taken) >= MOST_STEPS:
            raise refusal("steps", f"At most {MOST_STEPS} steps.")
        self._taken.add(key)
        self.places[key] = place
        return key

    def _read(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Step:
        branching = {"wait_for": self._wait_for, "if": self._if, "split": self._split}
        readers = {**READERS, **branching}
        do = data.get("do")
        if do not in readers:
            raise refusal(f"{place}.do", f"One of {', '.join(readers)}.")
        return readers[do](data, key, following, place)

    def _wait_for(self, data: Mapping[str, Any], key: str, following: str, place: str) -> WaitFor:
        then, otherwise = self._read_ways(data, following, place)
        only(data, place, {"event", "where", "minutes", "hours", "days", "then", "else"})
        when = read_when({k: data[k] for k in ("event", "where") if k in data}, place)
        return WaitFor(key, following, when, minutes_in(data, place, least=1), then, otherwise)

    def _read_ways(self, data: Mapping[str, Any], following: str, place: str) -> tuple[str, str]:
        """Read both ways of a step, before anything about the step itself can be wrong."""
        then = self.read_list(data.get("then", []), following, f"{place}.then")
        return then, self.read_list(data.get("else", []), following, f"{place}.else")

    def _if(self, data: Mapping[str, Any], key: str, following: str, place: str) -> If:
        then, otherwise = self._read_ways(data, following, place)
        only(data, place, {"segment", *MODES, "then", "else"})
        named, modes = data.get("segment", ""), [mode for mode in MODES if mode in data]
        if not isinstance(named, str) or not re.fullmatch(r"[A-Za-z0-9_-]{0,40}", named):
            raise refusal(f"{place}.segment", "The key or the id of a segment.")
        if bool(named) + len(modes) != 1:
            raise refusal(place, f"What is asked: a `segment`, or one of {', '.join(MODES)}.")
        tree = None
        if modes:
            try:
                tree = read_tree({modes[0]: data[modes[0]]})
            except Invalid as error:
                found = error.fields or {"": str(error)}
                raise Invalid(
                    f"{place}: {error}",
                    fields={
                        f"{place}.{inside}".rstrip("."): says for inside, says in found.items()
                    },
                ) from None
        return If(key, following, named, tree, then, otherwise)

    def _split(self, data: Mapping[str, Any], key: str, following: str, place: str) -> Split:
        ways = data.get("ways")
        if not isinstance(ways, list) or not 2 <= len(ways) <= 6:
            raise refusal(f"{place}.ways", "Two to six ways.")
        found = []
        for number, way in enumerate(ways, 1):
            here = f"{place}.ways.{number}"
            with self.noting():
                told = way if isinstance(way, dict) else {}
                first = self.read_list(told.get("steps", []), following, here)
                if not is_count(told.get("share"), 1, 100):
                    raise refusal(here, "A way has a name, a share from 1 to 100, and steps.")
                found.append((str(told.get("name") or number)[:40], int(told["share"]), first))
        only(data, place, {"ways"})
        if len(found) == len(ways) and sum(share for _, share, _ in found) != 100:
            raise refusal(f"{place}.ways", "The shares must add up to 100.")
        return Split(key, following, tuple(found))


def id_at(place: str) -> str:
    """Return what a step is called that has no id of its own."""
    return place.replace("steps.", "").replace(".", "-")
