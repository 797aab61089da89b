"""The vocabulary of conditions: what each asks, how it is said, and what it is in SQL.

A package above adds words with `register_condition` in its `rules` or `panels` room. A condition
writes fixed SQL with parameters beside it. A newcomer's mistake: putting a value, or the name of
a column that came from outside, into the SQL; values go into `Clause.told`, columns come from a
table in the code.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shopbell.consent.soft import SoftOptIn
from shopbell.kit.text import storable

type Values = Mapping[str, Any]
type Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a WHERE about the profile `p`. `exists`: it is an EXISTS, never NULL."""

    sql: str
    told: tuple[Any, ...] = ()
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What SQL is written for: a store, a moment, and perhaps only some customers.

    `only`: these; `since`, `until`: those whose ids lie there, `until` not among them. `minor`: how
    many minor units one unit of the store's money has. `soft`: whether, and how, the store writes
    to existing customers without a permission.
    """

    store_id: int
    now: datetime
    minor: int = 100
    only: tuple[uuid.UUID, ...] | None = None
    soft: SoftOptIn | None = None
    since: uuid.UUID | None = None
    until: uuid.UUID | None = None

    def narrowed(self, column: str) -> Clause:
        """Return what keeps a subquery to the customers that are asked about."""
        only = None if self.only is None else list(self.only)
        limits = (("= ANY(%s)", only), (">= %s", self.since), ("< %s", self.until))
        known = [(words, value) for words, value in limits if value is not None]
        return Clause(
            "".join(f" AND {column} {words}" for words, _ in known),
            tuple(value for _, value in known),
        )


@dataclass(frozen=True, slots=True)
class Param:
    """One value of a condition. `kind`: number, money, text, words (a list), choice, segment.

    `optional` values may be left out and are then `default`. Money is in whole units.
    """

    name: str
    label: str
    kind: str
    default: Any = ""
    choices: Callable[[], Choices] | None = None
    least: int = 0
    most: int = 1_000_000
    unit: str = ""
    optional: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A condition of the vocabulary.

    `facts`: the kinds of news after which its answer may be another. `relative`: the answer changes
    as time goes by, too. `says` gets the values as they are spoken (the label of a choice, an
    amount with its currency) and whether the opposite is meant.
    """

    key: str
    label: str
    group: str
    facts: frozenset[str]
    sql: Callable[[Values, Asked], Clause]
    says: Callable[[Values, bool], str]
    params: tuple[Param, ...] = ()
    relative: Callable[[Values], bool] = lambda values: False
    opposite: tuple[str, str] = ("yes", "no")


CONDITIONS: dict[str, Kind] = {}


def register_condition(kind: Kind) -> Kind:
    """Add a condition to the vocabulary."""
    known = CONDITIONS.get(kind.key)
    if known is not None and known.label != kind.label:
        raise ValueError(f"condition {kind.key!r} exists already")
    CONDITIONS[kind.key] = kind
    return kind


def usable_values(kind: Kind, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values a condition can use, and what is wrong with the others by name."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for param in kind.params:
        told = given.get(param.name)
        if told in (None, "", []) or (param.optional and told == param.default):
            if param.optional:
                values[param.name] = param.default
            else:
                wrong[param.name] = f"{param.label} is missing."
            continue
        try:
            values[param.name] = _READ[param.kind](param, told)
        except ValueError as error:
            wrong[param.name] = str(error)
    known = {param.name for param in kind.params}
    for name in given.keys() - known:
        wrong[str(name)[:60]] = f"“{kind.label}” has no value called “{str(name)[:60]}”."
    return values, wrong


def _number(param: Param, told: Any) -> int:
    if isinstance(told, bool) or not isinstance(told, int | str):
        raise ValueError(f"{param.label} is a whole number.")
    text = str(told).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        raise ValueError(f"{param.label} is a whole number.")
    number = int(text)
    if not param.least <= number <= param.most:
        raise ValueError(f"{param.label} is between {param.least} and {param.most}.")
    return number


def _text(param: Param, told: Any) -> str:
    if not isinstance(told, str) or not told.strip():
        raise ValueError(f"{param.label} is a text.")
    if len(told) > 200:
        raise ValueError(f"{param.label} has 200 characters at most.")
    return storable(told.strip())


def _words(param: Param, told: Any) -> list[str]:
    parts = told.split(",") if isinstance(told, str) else told
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"{param.label} is a list of words.")
    found = list(dict.fromkeys(storable(part.strip()) for part in parts if part.strip()))
    if not found or len(found) > 50 or any(len(word) > 60 for word in found):
        raise ValueError(f"{param.label}: 1 to 50 words, each of 60 characters at most.")
    return found


def _choice(param: Param, told: Any) -> str:
    known = {key for key, _ in param.choices()} if param.choices else set()
    if not isinstance(told, str) or told not in known:
        raise ValueError(f"{param.label}: choose one of those that are offered.")
    return told


def _segment(param: Param, told: Any) -> str:
    try:
        return str(uuid.UUID(str(told)))
    except ValueError:
        raise ValueError(f"{param.label}: choose one of those that are offered.") from None


_READ: dict[str, Callable[[Param, Any], Any]] = {
    "number": _number,
    "money": _number,
    "text": _text,
    "words": _words,
    "choice": _choice,
    "segment": _segment,
}
