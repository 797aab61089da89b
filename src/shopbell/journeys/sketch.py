"""A journey that is being put together, as plain data: steps are found, put in, moved, taken out.

Mistakes in single steps are welcome here, so this knows nothing of `steps`. Steps go by their ids,
and gaps between them by a name: `top`, `after <id>`, `in <id> then`, `in <id> 2`. A newcomer's
mistake: going by places. Two people who edit at once would hit each other's steps.
"""

import copy
from collections.abc import Collection, Iterator
from typing import Any

from shopbell.journeys.definition import MOST_STEPS, STEP_ID, id_at
from shopbell.kit.errors import Invalid

type Json = dict[str, Any]

DEEPEST = 6
SIDES = ("then", "else")


def tidy(data: Any) -> Json:
    """Return a copy of a journey in which each step has an id that stays when others come and go.

    Raises:
        Invalid: it has not the shape of a journey; `fields` names the place.
    """
    if not isinstance(data, dict):
        raise Invalid("This is no journey.", fields={"definition": "A journey is a table."})
    made = copy.deepcopy(data)
    made.setdefault("steps", [])
    places: list[tuple[Json, str]] = []
    _look(made["steps"], "steps", 1, places)
    known: set[str] = set()
    for step, place in places:
        key = step.setdefault("id", "")
        if key and key in known:
            _refuse(f"{place}.id", f"There are two steps {key!r}.")
        known.add(key or "-")
    for step, place in places:
        if not step["id"]:
            wish = id_at(place)
            step["id"] = fresh_id(step["do"], known) if wish in known else wish
            known.add(step["id"])
    return made


def same(one: Any, other: Any) -> bool:
    """Return whether two journeys are the same, however much of the usual is written out."""
    try:
        return tidy(one) == tidy(other)
    except Invalid:
        return bool(one == other)


def _look(steps: Any, place: str, depth: int, places: list[tuple[Json, str]]) -> None:
    """Gather all steps with their places, refusing what has not the shape of steps."""
    if not isinstance(steps, list):
        _refuse(place, "A list of steps.")
    if depth > DEEPEST:
        _refuse(place, f"Ways within ways go {DEEPEST} deep at most.")
    for number, step in enumerate(steps, 1):
        here = f"{place}.{number}"
        if not isinstance(step, dict) or not isinstance(step.get("do"), str):
            _refuse(here, "A step is a table with `do`.")
        key = step.get("id") or "1"
        if not isinstance(key, str) or not STEP_ID.fullmatch(key):
            _refuse(f"{here}.id", "Small letters, digits, - and _, at most 40.")
        places.append((step, here))
        if len(places) > MOST_STEPS:
            _refuse("steps", f"At most {MOST_STEPS} steps.")
        for name, listed in _own_lists(step, here):
            _look(listed, name, depth + 1, places)


def _own_lists(step: Json, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the lists of steps within a step, making those that are missing."""
    if step["do"] in ("if", "wait_for"):
        for side in SIDES:
            yield f"{place}.{side}", step.setdefault(side, [])
    elif step["do"] == "split":
        ways = step.setdefault("ways", [])
        if not isinstance(ways, list) or not all(isinstance(way, dict) for way in ways):
            _refuse(f"{place}.ways", "A list of ways, each with a name, a share and steps.")
        for number, way in enumerate(ways, 1):
            yield f"{place}.ways.{number}", way.setdefault("steps", [])


def _refuse(place: str, says: str) -> None:
    raise Invalid(f"{place}: {says}", fields={place: says})


def ways_in(step: Json) -> list[tuple[str, list[Json]]]:
    """Return the ways that go off at a step: what each is called in a gap, and its steps."""
    if step["do"] in ("if", "wait_for"):
        return [(side, step[side]) for side in SIDES]
    if step["do"] == "split":
        return [(str(number), way["steps"]) for number, way in enumerate(step["ways"], 1)]
    return []


def steps_in(steps: list[Json]) -> Iterator[Json]:
    """Yield steps and all that stand within them, in the order of the page."""
    for step in steps:
        yield step
        for _, inner in ways_in(step):
            yield from steps_in(inner)


def lists_in(steps: list[Json]) -> Iterator[list[Json]]:
    """Yield a list of steps and all lists within."""
    yield steps
    for step in steps:
        for _, inner in ways_in(step):
            yield from lists_in(inner)


def step_of(sketch: Json, key: str) -> Json | None:
    """Return a step by its id."""
    return next((step for step in steps_in(sketch["steps"]) if step["id"] == key), None)


def gap_of(sketch: Json, gap: str) -> tuple[list[Json], int] | None:
    """Return the list and the place in it that a gap stands for; None: there is none any more."""
    verb, _, rest = gap.partition(" ")
    if verb == "top":
        return sketch["steps"], 0
    key, _, way = rest.partition(" ")
    if verb == "after":
        return next(
            (
                (listed, at)
                for listed in lists_in(sketch["steps"])
                for at, step in enumerate(listed, 1)
                if step["id"] == key
            ),
            None,
        )
    step = step_of(sketch, key) if verb == "in" else None
    return next(((inner, 0) for name, inner in ways_in(step or {"do": ""}) if name == way), None)


def gap_before(sketch: Json, key: str) -> str:
    """Return the name of the gap before a step."""

    def within(steps: list[Json], gap: str) -> str:
        for step in steps:
            if step["id"] == key:
                return gap
            for name, inner in ways_in(step):
                if found := within(inner, f"in {step['id']} {name}"):
                    return found
            gap = f"after {step['id']}"
        return ""

    return within(sketch["steps"], "top")


def put_in(sketch: Json, gap: str, step: Json, taken: Collection[str]) -> str:
    """Put a new step into a gap; returns its id, "" where there is no such gap or no room."""
    found = gap_of(sketch, gap)
    if found is None or depth_of(sketch, found[0]) + _height(step) > DEEPEST:
        return ""
    known = {each["id"] for each in steps_in(sketch["steps"])} | set(taken)
    new = list(steps_in([step]))
    if len(known - set(taken)) + len(new) > MOST_STEPS:
        return ""
    for each in new:
        each["id"] = fresh_id(each["do"], known)
        known.add(each["id"])
    listed, at = found
    listed.insert(at, step)
    return str(step["id"])


def fresh_id(do: str, known: Collection[str]) -> str:
    """Return an id for a new step that no step has or had; what people are at goes by ids."""
    name, number = do.replace("_", "-")[:30], 1
    while f"{name}-{number}" in known:
        number += 1
    return f"{name}-{number}"


def depth_of(sketch: Json, listed: list[Json]) -> int:
    """Return how deep a list of steps lies, 1 for the outermost."""

    def within(steps: list[Json], depth: int) -> int:
        if steps is listed:
            return depth
        found = (
            within(inner, depth + 1) for step in steps for _, inner in ways_in(step)
        )  # fmt: skip
        return max(found, default=0)

    return within(sketch["steps"], 1)


def _height(step: Json) -> int:
    return max((1 + max(map(_height, inner), default=0) for _, inner in ways_in(step)), default=0)


def take_out(sketch: Json, key: str) -> tuple[Json, str] | None:
    """Take a step out; returns it, and the id of the step at which to go on ("" for none)."""
    for listed in lists_in(sketch["steps"]):
        for at, step in enumerate(listed):
            if step["id"] == key:
                del listed[at]
                near = listed[min(at, len(listed) - 1)]["id"] if listed else ""
                return step, str(near)
    return None


def move(sketch: Json, key: str, by: int) -> bool:
    """Move a step one up (-1) or down (1); at the end of a way it goes out of it."""
    steps = sketch["steps"]
    for listed in lists_in(steps):
        at = next((n for n, step in enumerate(listed) if step["id"] == key), -1)
        if at < 0:
            continue
        if 0 <= at + by < len(listed):
            listed.insert(at + by, listed.pop(at))
            return True
        outer = _outside(steps, listed)
        if outer is None:
            return False
        around, place = outer
        around.insert(place + (by > 0), listed.pop(at))
        return True
    return False


def _outside(steps: list[Json], listed: list[Json]) -> tuple[list[Json], int] | None:
    """Return the list, and the place in it, of the step that a list lies within."""
    for around in lists_in(steps):
        for place, step in enumerate(around):
            if any(inner is listed for _, inner in ways_in(step)):
                return around, place
    return None


def move_to(sketch: Json, key: str, gap: str) -> bool:
    """Move a step into a gap that is not within itself."""
    step = step_of(sketch, key)
    found = gap_of(sketch, gap)
    if step is None or found is None or gap == f"after {key}":
        return False
    listed, at = found
    if any(listed is inner for _, side in ways_in(step) for inner in lists_in(side)):
        return False
    if depth_of(sketch, listed) + _height(step) > DEEPEST:
        return False
    mark: Json = {"do": "", "id": ""}
    listed.insert(at, mark)
    take_out(sketch, key)
    listed[next(n for n, each in enumerate(listed) if each is mark)] = step
    return True


def is_at_the_edge(sketch: Json, key: str, by: int) -> bool:
    """Return whether a step cannot be moved any further."""
    steps = sketch["steps"]
    return bool(steps) and steps[0 if by < 0 else -1]["id"] == key
