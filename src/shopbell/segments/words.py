"""A tree of conditions in plain words: "bought twice and has no conversation open"."""

from collections.abc import Mapping
from typing import Any

from shopbell.kit.money import Money, digits
from shopbell.segments.tree import Condition, Group, Node
from shopbell.segments.vocabulary import CONDITIONS, Param

EVERYBODY = "everybody"


def say(node: Node, *, currency: str, names: Mapping[str, str] | None = None) -> str:
    """Return who a tree describes, as it goes on after "customers who"; `names` of segments."""
    said = _say(node, currency, names or {}, outer=True)
    return said or EVERYBODY


def sentence(node: Node, *, currency: str, names: Mapping[str, str] | None = None) -> str:
    """Return a whole sentence about whom a tree describes."""
    said = say(node, currency=currency, names=names)
    return "Every customer." if said == EVERYBODY else f"Everybody who {said}."


def _say(node: Node, currency: str, names: Mapping[str, str], *, outer: bool = False) -> str:
    if isinstance(node, Condition):
        kind = CONDITIONS[node.key]
        spoken = {param.name: _spoken(param, node.values, currency, names) for param in kind.params}
        return kind.says(spoken, node.negated)
    parts = [said for each in node.of if (said := _part(each, node, currency, names))]
    if not parts:
        return ""
    if node.mode == "none":
        lead = "is not" if outer else "not"
        return f"{lead} one who {' or '.join(parts)}"
    return _chain(parts, "and" if node.mode == "all" else "or")


def _part(each: Node, around: Group, currency: str, names: Mapping[str, str]) -> str:
    said = _say(each, currency, names)
    if isinstance(each, Group) and each.mode == "none" and said:
        return f"is {said}"
    mixed = isinstance(each, Group) and len(each.of) > 1 and len(around.of) > 1
    return f"({said})" if mixed and said else said


def _chain(parts: list[str], word: str) -> str:
    """Join parts; commas only where none of them has its own."""
    if len(parts) > 2 and not any("," in part for part in parts):
        return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
    return f" {word} ".join(parts)


def _spoken(
    param: Param, values: Mapping[str, Any], currency: str, names: Mapping[str, str]
) -> Any:
    value = values.get(param.name, param.default)
    if param.kind == "money":
        return Money(int(value) * 10 ** digits(currency), currency).format()
    if param.kind == "choice" and param.choices is not None:
        return dict(param.choices()).get(value, value)
    if param.kind == "segment":
        return names.get(str(value), "a segment that is gone")
    return value
