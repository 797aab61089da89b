"""What an apply run does or would do: one step per object, in words, without secrets."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shopbell.operations.provisioning.reading import Mistake


class Verb(StrEnum):
    """What happens to one object."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """One object. `details` are sentences such as `name: "Lark" → "Lark & Larder"`."""

    verb: Verb
    thing: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.verb:<10} {self.thing}" + (
            f" ({'; '.join(self.details)})" if self.details else ""
        )


@dataclass(slots=True)
class Plan:
    """All steps of a run, what is told only once, and what went wrong."""

    steps: list[Step] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # e-mail address, sign-in link
    keys: list[tuple[str, str]] = field(default_factory=list)  # "store/name", the raw key
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, thing: str, *, created: bool, details: tuple[str, ...] = ()) -> None:
        """Note what became of one object."""
        verb = Verb.CREATE if created else Verb.CHANGE if details else Verb.UNCHANGED
        self.steps.append(Step(verb, thing, details))

    @property
    def changes(self) -> int:
        """How many objects are created or changed."""
        return sum(step.verb is not Verb.UNCHANGED for step in self.steps)


def difference(name: str, old: Any, new: Any) -> str:
    """Return `name: old → new` for people."""
    return f"{name}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ("", None, [], {}):
        return "nothing"
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
