"""The editor of rules and macros: what was posted becomes a draft, and a draft becomes fields.

Every press of a button or change of a choice posts the whole form; nothing is kept until it is
saved. Names are places: `g0.1.value` is the value of the second condition of the first group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from shopbell.automations.actions import Draft
from shopbell.automations.asked import OPERATORS
from shopbell.automations.sentences import UNITS, span_of
from shopbell.conversations.rulebook import (
    ACTIONS,
    TRIGGERS,
    Action,
    Choices,
    Condition,
    Input,
    all_conditions,
    condition_named,
)

MOST_ROWS = 60

type Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition as the editor draws it."""

    place: str
    key: str
    kind: str
    op: str
    value: str
    operators: Sequence[tuple[str, str]]
    choices: Choices
    unit: str
    wrong: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of conditions as the editor draws it."""

    place: str
    mode: str
    rows: list[ConditionRow]


@dataclass(frozen=True, slots=True)
class InputRow:
    """One thing an action wants to be told, as the editor draws it."""

    place: str
    told: Input
    value: str
    choices: Choices
    suggestions: Sequence[str]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action as the editor draws it."""

    place: str
    key: str
    inputs: list[InputRow]
    wrong: str
    fresh: bool
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Editor:
    """All the editor draws. `wrong` holds mistakes by place."""

    draft: Draft
    groups: list[GroupRow]
    actions: list[ActionRow]
    triggers: list[tuple[str, list[tuple[str, str]]]]
    conditions: list[tuple[str, list[tuple[str, str]]]]
    doings: list[tuple[str, str]]
    timed: bool
    span: int
    unit: str
    units: Sequence[str]
    wrong: Mapping[str, str] = field(default_factory=dict)


def new_draft() -> Draft:
    """Return what the editor of a new rule begins with."""
    return Draft(groups=[_group()], actions=[new_action()])


def new_action() -> Stored:
    """Return what a new action begins with."""
    return {"key": "add_tag", "values": {}}


def _condition() -> Stored:
    return {"key": "said", "op": "contains", "value": ""}


def _group() -> Stored:
    return {"mode": "all", "of": [_condition()]}


def draft_from(posted: QueryDict) -> Draft:
    """Return the draft in a posted form."""
    unit = UNITS.get(posted.get("unit", ""), 60)
    return Draft(
        name=posted.get("name", ""),
        trigger=posted.get("trigger", ""),
        after_minutes=_count(posted.get("span", ""), 100_000) * unit,
        groups=[_group_from(posted, f"g{i}") for i in range(_count(posted.get("groups", "")))],
        actions=actions_from(posted),
    )


def actions_from(posted: QueryDict) -> list[Stored]:
    """Return the actions in a posted form."""
    return [_action_from(posted, f"a{i}") for i in range(_count(posted.get("actions", "")))]


def _count(text: str, most: int = MOST_ROWS) -> int:
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _group_from(posted: QueryDict, place: str) -> Stored:
    rows = range(_count(posted.get(f"{place}.size", "")))
    mode = "any" if posted.get(f"{place}.mode") == "any" else "all"
    return {"mode": mode, "of": [_condition_from(posted, f"{place}.{i}") for i in rows]}


def _condition_from(posted: QueryDict, place: str) -> Stored:
    key = posted.get(f"{place}.key", "")
    op, value = posted.get(f"{place}.op", ""), posted.get(f"{place}.value", "")
    condition = condition_named(key)
    if condition is not None:
        if op not in OPERATORS[condition.kind]:
            op = next(iter(OPERATORS[condition.kind]))
        choices = _choices(condition)
        if condition.kind == "choice" and value not in [each for each, _ in choices]:
            value = choices[0][0] if choices else ""
    return {"key": key, "op": op, "value": value.strip()}


def _action_from(posted: QueryDict, place: str) -> Stored:
    key = posted.get(f"{place}.key", "")
    action = ACTIONS.get(key)
    values = {}
    for each in action.inputs if action else ():
        values[each.name] = _input_value(each, posted.get(f"{place}.{each.name}", ""))
    return {"key": key, "values": values}


def _input_value(each: Input, value: str) -> str:
    if each.kind != "choice" or each.choices is None:
        return value.strip()
    keys = [key for key, _ in each.choices()]
    return value if value in keys or not keys or each.optional else keys[0]


def edited(draft: Draft, press: str) -> tuple[Draft, str]:
    """Return the draft after a button was pressed, and the place of what is new in it."""
    verb, _, place = press.partition(" ")
    if verb in ("more", "less", "group", "ungroup"):
        return _edited_groups(draft, verb, place)
    if verb in ("act", "unact", "up", "down"):
        actions, fresh = edited_actions(draft.actions, verb, place)
        return replace(draft, actions=actions), fresh
    return draft, ""


def _edited_groups(draft: Draft, verb: str, place: str) -> tuple[Draft, str]:
    groups = [{**group, "of": list(group["of"])} for group in draft.groups]
    if verb == "group":
        groups.append(_group())
        return replace(draft, groups=groups), f"g{len(groups) - 1}.0"
    first, _, second = place.removeprefix("g").partition(".")
    number, row = _count(first), _count(second)
    if number >= len(groups):
        return draft, ""
    fresh = ""
    if verb == "more":
        groups[number]["of"].append(_condition())
        fresh = f"g{number}.{len(groups[number]['of']) - 1}"
    elif verb == "ungroup":
        del groups[number]
    elif row < len(groups[number]["of"]):
        del groups[number]["of"][row]
        if not groups[number]["of"]:
            del groups[number]
    return replace(draft, groups=groups), fresh


def edited_actions(actions: Sequence[Stored], verb: str, place: str) -> tuple[list[Stored], str]:
    """Return the actions after a button was pressed, and the place of what is new or moved."""
    found, number = list(actions), _count(place.removeprefix("a"))
    if verb == "act":
        return [*found, new_action()], f"a{len(found)}"
    if number >= len(found):
        return found, ""
    if verb == "unact":
        del found[number]
        return found, ""
    other = number - 1 if verb == "up" else number + 1
    if not 0 <= other < len(found):
        return found, ""
    found[number], found[other] = found[other], found[number]
    return found, f"a{other}"


def editor_of(draft: Draft, *, wrong: Mapping[str, str] | None = None, fresh: str = "") -> Editor:
    """Return what the editor of a rule draws."""
    mistakes = wrong or {}
    number, unit = span_of(draft.after_minutes)
    trigger = TRIGGERS.get(draft.trigger)
    return Editor(
        draft=draft,
        groups=[
            _group_row(group, f"g{i}", mistakes, fresh) for i, group in enumerate(draft.groups)
        ],
        actions=action_rows(draft.actions, mistakes, fresh),
        triggers=_trigger_menu(),
        conditions=_condition_menu(),
        doings=doings(),
        timed=trigger is not None and trigger.since is not None,
        span=number or 2,
        unit=unit,
        units=list(UNITS),
        wrong=mistakes,
    )


def doings(*, macro: bool = False) -> list[tuple[str, str]]:
    """Return what the menu of actions offers."""
    found = [
        (key, each.label[:1].lower() + each.label[1:])
        for key, each in ACTIONS.items()
        if each.in_macros or not macro
    ]
    return sorted(found, key=lambda pair: pair[0] == "stop")


@dataclass(frozen=True, slots=True)
class MacroEditor:
    """All the editor of a macro draws."""

    actions: list[ActionRow]
    doings: list[tuple[str, str]]
    wrong: Mapping[str, str]


def macro_editor_of(
    actions: Sequence[Stored], *, wrong: Mapping[str, str] | None = None, fresh: str = ""
) -> MacroEditor:
    """Return what the editor of a macro draws."""
    mistakes = wrong or {}
    return MacroEditor(action_rows(actions, mistakes, fresh), doings(macro=True), mistakes)


def _trigger_menu() -> list[tuple[str, list[tuple[str, str]]]]:
    happens: list[tuple[str, str]] = []
    waits: list[tuple[str, str]] = []
    for key, trigger in TRIGGERS.items():
        words = trigger.words.format(span="a time")
        (happens if trigger.since is None else waits).append((key, words))
    return [("Something happens", happens), ("Time has passed", waits)]


def _condition_menu() -> list[tuple[str, list[tuple[str, str]]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for condition in all_conditions():
        label = f"{condition.label} has a tag" if condition.kind == "tags" else condition.label
        found.setdefault(condition.group, []).append((condition.key, label))
    return list(found.items())


def _choices(condition: Condition) -> Choices:
    return condition.choices() if condition.choices else ()


def _group_row(group: Stored, place: str, wrong: Mapping[str, str], fresh: str) -> GroupRow:
    rows = []
    for number, stored in enumerate(group["of"]):
        here = f"{place}.{number}"
        condition = condition_named(stored["key"])
        kind = condition.kind if condition else "text"
        rows.append(
            ConditionRow(
                place=here,
                key=stored["key"],
                kind=kind,
                op=stored["op"],
                value=stored["value"],
                operators=list(OPERATORS[kind].items()),
                choices=_choices(condition) if condition else (),
                unit=condition.unit if condition else "",
                wrong=wrong.get(here, ""),
                fresh=here == fresh,
            )
        )
    return GroupRow(place, group["mode"], rows)


def action_rows(actions: Sequence[Stored], wrong: Mapping[str, str], fresh: str) -> list[ActionRow]:
    """Return actions as the editor draws them."""
    rows = []
    for number, stored in enumerate(actions):
        place = f"a{number}"
        action = ACTIONS.get(stored["key"])
        rows.append(
            ActionRow(
                place=place,
                key=stored["key"],
                inputs=_input_rows(action, stored, place) if action else [],
                wrong=wrong.get(place, ""),
                fresh=place == fresh,
                first=number == 0,
                last=number == len(actions) - 1,
            )
        )
    return rows


def _input_rows(action: Action, stored: Stored, place: str) -> list[InputRow]:
    return [
        InputRow(
            place=f"{place}.{each.name}",
            told=each,
            value=str((stored.get("values") or {}).get(each.name, "")),
            choices=each.choices() if each.choices else (),
            suggestions=each.suggestions() if each.suggestions else (),
        )
        for each in action.inputs
    ]
