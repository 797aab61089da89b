"""Rules as sentences: "When a customer writes, and the subject contains “refund”, then …"."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopbell.automations.asked import say_condition
from shopbell.conversations.rulebook import ACTIONS, TRIGGERS

UNITS = {"minutes": 1, "hours": 60, "days": 1440}


def span_of(minutes: int) -> tuple[int, str]:
    """Return a span in its largest whole unit: (3, "days")."""
    for unit in ("days", "hours"):
        if minutes and minutes % UNITS[unit] == 0:
            return minutes // UNITS[unit], unit
    return minutes, "minutes"


def say_span(minutes: int) -> str:
    """Write a span of minutes: "3 days"."""
    number, unit = span_of(minutes)
    return f"{number} {unit[:-1] if number == 1 else unit}"


def say_trigger(key: str, after_minutes: int = 0) -> str:
    """Write what a rule begins with: "a customer writes"."""
    trigger = TRIGGERS.get(key)
    if trigger is None:
        return "something happens that this installation does not know"
    return trigger.words.format(span=say_span(after_minutes))


def say_groups(groups: Sequence[Mapping[str, Any]]) -> str:
    """Write the conditions, beginning with a comma, or nothing."""
    said = []
    for group in groups:
        parts = [say_condition(each) for each in group.get("of", ())]
        if not parts:
            continue
        if group.get("mode") == "any" and len(parts) > 1:
            said.append(f"either {' or '.join(parts)}")
        else:
            said.append(" and ".join(parts))
    return "".join(f", and {part}" for part in said)


def say_action(stored: Mapping[str, Any]) -> str:
    """Write an action as half a sentence."""
    action = ACTIONS.get(str(stored.get("key")))
    if action is None:
        return "something this installation does not know"
    try:
        return action.say(stored.get("values", {}))
    except (KeyError, ValueError):
        return action.label


def say_actions(actions: Sequence[Mapping[str, Any]]) -> str:
    """Write what is done, as a list in words."""
    said = [say_action(each) for each in actions]
    if len(said) < 2:
        return "".join(said) or "nothing is done yet"
    return f"{', '.join(said[:-1])} and {said[-1]}"
