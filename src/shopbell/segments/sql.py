"""A tree of conditions as one SQL statement about profiles, its values beside it.

The text of a statement is made of pieces written in this package and of nothing that came from
outside. Row-level security stays on: the statement runs in the store's scope like any other, and
names the store itself so that indexes serve.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shopbell.kit.errors import Invalid
from shopbell.segments.conditions.behaviour import SEGMENT
from shopbell.segments.tree import Condition, Group, Node, conditions_in
from shopbell.segments.vocabulary import CONDITIONS, Asked, Clause

type Lookup = Callable[[str], Group]

MOST_CONDITIONS = 100  # with those of the segments it refers to
_EVERYBODY = Clause("TRUE", exists=True)


def unknown(key: str) -> Group:
    """Look nothing up: for trees that refer to no segment."""
    raise Invalid("A segment this one refers to is not there.", fields={"": key})


@dataclass(frozen=True, slots=True)
class Needs:
    """After which kinds of news a tree's answer may be another, and whether time changes it."""

    facts: frozenset[str]
    relative: bool


def flat(node: Node, lookup: Lookup, path: tuple[str, ...] = ()) -> Node:
    """Return a tree with the conditions of other segments in the place of references to them.

    Raises:
        Invalid: segments refer to each other in a circle, or there are too many conditions.
    """
    if isinstance(node, Group):
        found = Group(node.mode, tuple(flat(each, lookup, path) for each in node.of))
        if not path and sum(1 for _ in conditions_in(found)) > MOST_CONDITIONS:
            raise Invalid(f"With the segments it refers to, these are over {MOST_CONDITIONS}.")
        return found
    if node.key != SEGMENT:
        return node
    key = str(node.values["segment"])
    if key in path or len(path) > 8:
        raise Invalid("Segments cannot refer to each other in a circle.", fields={"": _CIRCLE})
    inner = flat(lookup(key), lookup, (*path, key))
    return Group("none", (inner,)) if node.negated else inner


_CIRCLE = "This segment, or one it refers to, refers back to this one."


def needs_of(node: Node) -> Needs:
    """Return what a flat tree depends on."""
    found = [(CONDITIONS[each.key], each.values) for each in conditions_in(node)]
    facts = frozenset().union(*(kind.facts for kind, _ in found))
    return Needs(facts, any(kind.relative(values) for kind, values in found))


def where(node: Node, asked: Asked) -> Clause:
    """Return a flat tree as a piece of a WHERE about the profile `p`."""
    if isinstance(node, Condition):
        clause = CONDITIONS[node.key].sql(node.values, asked)
        return _not(clause) if node.negated else clause
    parts = [where(each, asked) for each in node.of]
    if not parts:
        return _EVERYBODY
    if node.mode == "none":  # each of them not, so that every one may become an anti-join
        return _joined([_not(part) for part in parts], " AND ")
    return _joined(parts, " AND " if node.mode == "all" else " OR ")


def _not(clause: Clause) -> Clause:
    if clause.exists:
        return Clause(f"NOT ({clause.sql})", clause.told, exists=True)
    return Clause(f"({clause.sql}) IS NOT TRUE", clause.told, exists=True)


def _joined(parts: list[Clause], word: str) -> Clause:
    sql = word.join(f"({part.sql})" for part in parts)
    told = tuple(value for part in parts for value in part.told)
    return Clause(sql, told, exists=all(part.exists for part in parts))


def selected(node: Node, asked: Asked, *, profiles: str = "segments_profile") -> Clause:
    """Return what follows SELECT: the profiles `p` for which a flat tree holds.

    `profiles` is the table they are kept in, or what they are called in the statement around.
    """
    found = where(node, asked)
    narrowed = asked.narrowed("p.customer_id")
    sql = f"FROM {profiles} p WHERE p.store_id = %s{narrowed.sql} AND ({found.sql})"
    return Clause(sql, (asked.store_id, *narrowed.told, *found.told))
