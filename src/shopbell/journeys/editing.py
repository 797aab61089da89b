"""What a press of a button does to a draft, where to go on, and what is said of it.

Commands are words: `add send after wait-1`, `up send-1`, `open send-1`. What does not fit any more,
because somebody else took a step out meanwhile, changes nothing and says so.
"""

import copy
from collections.abc import Collection
from dataclasses import dataclass

from django.http import QueryDict

from shopbell.journeys import conditions
from shopbell.journeys.fields import ENDS, SPECS, START, take_typed
from shopbell.journeys.flow import KINDS, MENU
from shopbell.journeys.models import Draft
from shopbell.journeys.sketch import (
    Json,
    gap_before,
    gap_of,
    move,
    move_to,
    put_in,
    step_of,
    steps_in,
    take_out,
)
from shopbell.kit.text import one_line, storable

MOST_WAYS = 6
GONE = "That step is not there any more. Look again."
WHOLE = {"start": START, "ends": ENDS}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which form is open now, what gets the focus (`up send-1`), and what is said."""

    open: str = ""
    focus: str = ""
    said: str = ""


def press(draft: Draft, posted: QueryDict, known: Collection[str]) -> Outcome:
    """Take what was typed into the draft, then do what the pressed button says.

    `known`: ids of steps that earlier versions had.
    """
    opened = posted.get("open", "")
    take_in(draft, opened, posted)
    command, _, rest = posted.get("do", "done").partition(" ")
    sketch: Json = draft.definition
    match command:
        case "open":
            is_there = rest in (*WHOLE, "name") or step_of(sketch, rest) is not None
            return Outcome(rest, f"form {rest}") if is_there else Outcome(said=GONE)
        case "add":
            kind, _, gap = rest.partition(" ")
            return _add(sketch, kind, gap, known)
        case "up" | "down":
            return _move(sketch, rest, command, opened)
        case "to":
            to = posted.get("f.to", "")
            done = move_to(sketch, rest, to)
            return Outcome("", f"edit {rest}", "Moved." if done else "It cannot stand there.")
        case "copy":
            return _copy(sketch, rest, known)
        case "drop":
            return _drop(sketch, rest)
        case "way" | "unway":
            return _change_ways(sketch, command, rest)
        case _ if command in conditions.COMMANDS:
            return _change_conditions(sketch, opened, command, rest)
    return Outcome("", f"edit {opened}" if opened else "", "Kept." if opened else "")


def take_in(draft: Draft, opened: str, posted: QueryDict) -> None:
    """Write the open form into the draft."""
    sketch: Json = draft.definition
    if opened == "name":
        draft.name = one_line(storable(posted.get("f.name", "")), 120) or draft.name
    elif opened in WHOLE:
        take_typed(WHOLE[opened], sketch, posted)
    else:
        step = step_of(sketch, opened) if opened else None
        if step is not None:
            take_typed(SPECS.get(step["do"], ()), step, posted)


def _add(sketch: Json, kind: str, gap: str, known: Collection[str]) -> Outcome:
    chosen = next((entry for entry in MENU if entry[0] == kind), None)
    if chosen is None or gap_of(sketch, gap) is None:
        return Outcome(said=GONE)
    key = put_in(sketch, gap, copy.deepcopy(chosen[2]), known)
    if not key:
        return Outcome(said="There is no room: a journey has 60 steps at most, six ways deep.")
    return Outcome(key, f"form {key}", f"Put in: {chosen[1]}.")


def _move(sketch: Json, key: str, way: str, opened: str) -> Outcome:
    if step_of(sketch, key) is None:
        return Outcome(said=GONE)
    moved = move(sketch, key, -1 if way == "up" else 1)
    said = f"Moved {way}." if moved else f"It cannot go further {way}."
    return Outcome(opened if opened == key else "", f"{way} {key}", said)


def _copy(sketch: Json, key: str, known: Collection[str]) -> Outcome:
    step = step_of(sketch, key)
    if step is None:
        return Outcome(said=GONE)
    new = put_in(sketch, f"after {key}", copy.deepcopy(step), known)
    return Outcome(new, f"form {new}", "Copied." if new else "There is no room for a copy.")


def _drop(sketch: Json, key: str) -> Outcome:
    gap = gap_before(sketch, key)
    found = take_out(sketch, key)
    if found is None:
        return Outcome(said=GONE)
    step, near = found
    more = len(list(steps_in([step]))) - 1
    within = f" and {more} step{'s' if more > 1 else ''} within" if more else ""
    said = f"Taken out: {KINDS.get(step['do'], step['do'])}{within}."
    return Outcome("", f"edit {near}" if near else f"gap {gap}", said)


def _change_conditions(sketch: Json, opened: str, command: str, place: str) -> Outcome:
    step = step_of(sketch, opened)
    if step is None or step["do"] != "if":
        return Outcome(said=GONE)
    fresh = conditions.change(step, command, place)
    return Outcome(opened, f"ask {fresh}" if fresh else f"form {opened}")


def _change_ways(sketch: Json, command: str, rest: str) -> Outcome:
    key, _, number = rest.partition(" ")
    step = step_of(sketch, key)
    if step is None or step["do"] != "split":
        return Outcome(said=GONE)
    ways = step["ways"]
    if command == "way":
        if len(ways) >= MOST_WAYS:
            return Outcome(key, f"form {key}", f"There are {MOST_WAYS} ways at most.")
        ways.append({"name": "ABCDEF"[len(ways)], "share": 10, "steps": []})
        return Outcome(key, f"way {key}", "Another way. See that the shares add up to 100.")
    if number.isdigit() and 1 <= int(number[:2]) <= len(ways) and len(ways) > 2:
        steps = ways.pop(int(number[:2]) - 1)["steps"]
        more = f", with {len(list(steps_in(steps)))} steps" if steps else ""
        return Outcome(key, f"form {key}", f"The way was taken out{more}.")
    return Outcome(key, f"form {key}", "Two ways stay at least.")
