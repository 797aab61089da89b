"""The conditions of a segment as a tree, and its plain form: `{"all": [{"is": "email"}, ...]}`.

A group holds when all, any or none of what is in it holds. A condition is a word of the vocabulary
with values: `{"is": "bought", "what": "candle", "by": "title", "days": 90}`; `"not"` in place of
`"is"` turns it round. A newcomer's mistake: keeping a tree without reading it back; `read` is the
only way in, and its errors name the place (`all.1.days`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shopbell.kit.errors import Invalid
from shopbell.segments.vocabulary import CONDITIONS, Values, usable_values

MOST_NODES = 60
DEEPEST = 5
MODES = ("all", "any", "none")

type Mode = Literal["all", "any", "none"]
type Node = Group | Condition


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `negated` asks for the opposite."""

    key: str
    values: Values = field(default_factory=dict)
    negated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return its plain form."""
        return {"not" if self.negated else "is": self.key, **self.values}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups. An empty one holds for everybody."""

    mode: Mode = "all"
    of: tuple[Node, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return its plain form."""
        return {self.mode: [node.to_json() for node in self.of]}


def read(stored: Any) -> Group:
    """Return the tree of a plain form.

    Raises:
        Invalid: it is none; `fields` says what is wrong in which place.
    """
    reader = _Reader()
    node = reader.node(stored, "", 1)
    if isinstance(node, Condition):
        node = Group("all", (node,))
    if reader.count > MOST_NODES:
        reader.wrong[""] = f"At most {MOST_NODES} conditions."
    if reader.wrong or node is None:
        first = next(iter(reader.wrong.values()), "")
        raise Invalid(f"These conditions cannot be used. {first}", fields=reader.wrong)
    return node


def conditions_in(node: Node) -> Iterator[Condition]:
    """Yield every condition of a tree."""
    if isinstance(node, Condition):
        yield node
        return
    for each in node.of:
        yield from conditions_in(each)


@dataclass(slots=True)
class _Reader:
    """Reads a plain form and notes what is wrong where."""

    wrong: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def node(self, stored: Any, place: str, depth: int) -> Node | None:
        self.count += 1
        if self.count > MOST_NODES:
            return None
        if not isinstance(stored, Mapping):
            return self._mistake(place, "This is no condition and no group of them.")
        if depth > DEEPEST:
            return self._mistake(place, f"Groups within groups go {DEEPEST} deep at most.")
        modes = [mode for mode in MODES if mode in stored]
        if not modes:
            return self._condition(stored, place)
        if len(stored) > 1:
            return self._mistake(place, "A group has one of all, any, none, and nothing beside it.")
        return self._group(modes[0], stored[modes[0]], place, depth)

    def _group(self, mode: str, stored: Any, place: str, depth: int) -> Node | None:
        here = f"{place}.{mode}".lstrip(".")
        if not isinstance(stored, list):
            self.wrong[here] = "This has to be a list of conditions."
            return None
        found = [self.node(each, f"{here}.{n}", depth + 1) for n, each in enumerate(stored)]
        return Group(mode, tuple(node for node in found if node is not None))  # type: ignore[arg-type]

    def _condition(self, stored: Mapping[str, Any], place: str) -> Node | None:
        named = [word for word in ("is", "not") if word in stored]
        if len(named) != 1:
            return self._mistake(place, "A condition says what it asks with “is” or “not”.")
        key = stored[named[0]]
        if not isinstance(key, str) or key not in CONDITIONS:
            return self._mistake(place, f"There is no condition called “{str(key)[:60]}”.")
        given = {name: value for name, value in stored.items() if name != named[0]}
        values, wrong = usable_values(CONDITIONS[key], given)
        for name, said in wrong.items():
            self.wrong[f"{place}.{name}".lstrip(".")] = said
        return Condition(key, values, named[0] == "not")

    def _mistake(self, place: str, said: str) -> Node | None:
        self.wrong[place] = said
        return None
