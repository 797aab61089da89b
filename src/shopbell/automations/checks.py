"""Mistakes in a rule or macro, found before it is saved: place ("g0.1", "a2") to sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopbell.automations.asked import OPERATORS
from shopbell.conversations.rulebook import ACTIONS, TRIGGERS, Condition, Input, condition_named

MOST_CONDITIONS = 30
MOST_ACTIONS = 15
LONGEST_TEXT = 20_000
LONGEST_VALUE = 500
MOST_MINUTES = 60 * 24 * 90
LEAST_MINUTES = 5

type Stored = Mapping[str, Any]


def mistakes_in(
    trigger: str, after_minutes: int, groups: Sequence[Stored], actions: Sequence[Stored]
) -> dict[str, str]:
    """Return what is wrong with a rule; empty when it can run."""
    found: dict[str, str] = {}
    known = TRIGGERS.get(trigger)
    if known is None:
        found["trigger"] = "Choose what it begins with."
    elif known.since is not None and not LEAST_MINUTES <= after_minutes <= MOST_MINUTES:
        found["after"] = "Choose a time between 5 minutes and 90 days."
    if sum(len(group["of"]) for group in groups) > MOST_CONDITIONS:
        found["groups"] = f"A rule takes {MOST_CONDITIONS} conditions."
    for place, group in enumerate(groups):
        for number, stored in enumerate(group["of"]):
            if wrong := _wrong_condition(stored):
                found[f"g{place}.{number}"] = wrong
    return found | mistakes_in_actions(actions)


def mistakes_in_actions(actions: Sequence[Stored], *, macro: bool = False) -> dict[str, str]:
    """Return what is wrong with a list of actions."""
    if not actions:
        return {"actions": "Choose at least one thing to do."}
    if len(actions) > MOST_ACTIONS:
        return {"actions": f"There may be {MOST_ACTIONS} actions."}
    found = {}
    for place, stored in enumerate(actions):
        if wrong := _wrong_action(stored, macro):
            found[f"a{place}"] = wrong
    return found


def _wrong_condition(stored: Stored) -> str:
    condition = condition_named(str(stored.get("key")))
    if condition is None:
        return "Choose what is asked."
    if stored.get("op") not in OPERATORS[condition.kind]:
        return "Choose how it is compared."
    return _wrong_value(condition, str(stored.get("value", "")))


def _wrong_value(condition: Condition, value: str) -> str:
    if len(value) > LONGEST_VALUE:
        return f"This is longer than {LONGEST_VALUE} characters."
    if condition.kind == "choice":
        keys = [key for key, _ in condition.choices()] if condition.choices else []
        return "" if value in keys else "Choose one; what was chosen is no longer there."
    if condition.kind == "number":
        try:
            float(value)
        except ValueError:
            return "Write a number."
        return ""
    return "" if value.strip(" ,") else "Write at least one word."


def _wrong_action(stored: Stored, macro: bool) -> str:
    action = ACTIONS.get(str(stored.get("key")))
    if action is None or (macro and not action.in_macros):
        return "Choose what is done."
    values = {name: str(value) for name, value in (stored.get("values") or {}).items()}
    for each in action.inputs:
        if wrong := _wrong_input(each, values.get(each.name, "")):
            return wrong
    if not macro and values.get("owner") == "me":
        return "A rule runs by itself: choose a person."
    return next(iter(action.check(values).values()), "")


def _wrong_input(each: Input, value: str) -> str:
    if not value.strip():
        return "" if each.optional else f"{each.label} is missing."
    if len(value) > (LONGEST_TEXT if each.kind == "long" else LONGEST_VALUE):
        return f"{each.label} is too long."
    if each.kind == "choice":
        keys = [key for key, _ in each.choices()] if each.choices else []
        return "" if value in keys else "Choose one; what was chosen is no longer there."
    return ""
