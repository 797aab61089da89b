"""Conditions: what they compare, and whether they hold. Pure apart from reading the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopbell.conversations.rulebook import Case, Condition, condition_named
from shopbell.kit.text import one_line

type Stored = Mapping[str, Any]

OPERATORS: dict[str, dict[str, str]] = {
    "text": {
        "contains": "contains",
        "lacks": "does not contain",
        "is": "is",
        "begins": "begins with",
    },
    "choice": {"is": "is", "is_not": "is not"},
    "number": {"least": "is at least", "most": "is at most"},
    "tags": {"has": "has the tag", "lacks": "does not have the tag"},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition, looked at: what it says, whether it holds, what is the case."""

    says: str
    holds: bool
    found: str


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """A group of conditions, looked at."""

    mode: str
    holds: bool
    findings: tuple[Finding, ...]

    @property
    def is_choice(self) -> bool:
        """Whether one of several is enough."""
        return self.mode == "any" and len(self.findings) > 1


def look(groups: Sequence[Stored], case: Case) -> list[GroupFinding]:
    """Return for each group and condition whether it holds; a group without any holds."""
    found = []
    for group in groups:
        findings = tuple(_finding(each, case) for each in group.get("of", ()))
        every = group.get("mode") != "any"
        held = [each.holds for each in findings]
        holds = all(held) if every or not held else any(held)
        found.append(GroupFinding("all" if every else "any", holds, findings))
    return found


def fits(groups: Sequence[Stored], case: Case) -> bool:
    """Return whether all groups hold."""
    return all(group.holds for group in look(groups, case))


def say_condition(stored: Stored) -> str:
    """Write a condition as half a sentence: `the subject contains “refund” or “money”`."""
    condition = condition_named(str(stored.get("key")))
    if condition is None:
        return "something this installation does not know"
    words = OPERATORS[condition.kind].get(str(stored.get("op")), "is")
    return f"{condition.label} {words} {_said_value(condition, str(stored.get('value', '')))}"


def _said_value(condition: Condition, value: str) -> str:
    if condition.kind == "choice":
        return label_of(condition, value)
    if condition.kind == "number":
        return f"{value} {condition.unit}".strip()
    return " or ".join(f"“{word}”" for word in _wanted(value)) or "nothing"


def label_of(condition: Condition, value: str) -> str:
    """Return the label of a choice."""
    choices = dict(condition.choices()) if condition.choices else {}
    last = value.rpartition("/")[2] if condition.same else value
    return choices.get(last) or ("no longer offered" if value else "unknown")


def _wanted(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def _finding(stored: Stored, case: Case) -> Finding:
    condition = condition_named(str(stored.get("key")))
    says = say_condition(stored)
    if condition is None:
        return Finding(says, False, "It never holds.")
    value = condition.read(case)
    holds = _holds(condition, str(stored.get("op")), str(stored.get("value", "")), value)
    return Finding(says, holds, _found(condition, value))


def _holds(condition: Condition, op: str, wanted: str, value: Any) -> bool:
    if condition.kind == "number":
        if value is None:
            return False
        try:
            limit = float(wanted)
        except ValueError:
            return False
        return bool(value >= limit if op == "least" else value <= limit)
    if condition.kind == "choice":
        same = condition.same or (lambda found, key: str(found) == key)
        return same("" if value is None else value, wanted) is (op == "is")
    words = [word.casefold() for word in _wanted(wanted)]
    if condition.kind == "tags":
        has = bool({str(each).casefold() for each in value or ()} & set(words))
        return has is (op == "has")
    return _text_holds(op, words, str(value or "").casefold())


def _text_holds(op: str, words: Sequence[str], text: str) -> bool:
    if op == "is":
        return text.strip() in words
    if op == "begins":
        return text.lstrip().startswith(tuple(words))
    return any(word in text for word in words) is (op == "contains")


def _found(condition: Condition, value: Any) -> str:
    if condition.kind == "tags":
        return f"tags: {', '.join(value)}" if value else "no tags"
    if value is None or value == "":
        return label_of(condition, "") if condition.kind == "choice" else "not known"
    if condition.kind == "choice":
        return label_of(condition, str(value))
    if condition.kind == "number":
        return f"{value:g} {condition.unit}".strip() if value < 10 else f"{value:.0f}"
    return f"“{one_line(str(value), 120)}”"
