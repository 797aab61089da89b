"""Kinds of events and who listens: `@event("order.placed")`, `@on(OrderPlaced)`.

Fields of an event are ids and plain values; once released they are only ever added, with defaults.
"""

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, get_type_hints

from shopbell.kit.errors import NotFound


class Fact:
    """Base of event dataclasses. `subject` names the field that is the subject's id."""

    name: ClassVar[str] = ""
    subject: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Recorded[F: Fact]:
    """A fact read back from the log."""

    id: int
    store_id: int
    occurred_at: datetime
    fact: F


type Handler[F: Fact] = Callable[[Sequence[Recorded[F]]], None]


@dataclass(frozen=True, slots=True)
class Listener:
    """A handler of one kind of event, run with batches of one store."""

    key: str
    event: str
    handle: Handler[Any]


KINDS: dict[str, type[Fact]] = {}
LISTENERS: dict[str, Listener] = {}


def event[F: Fact](name: str, subject: str) -> Callable[[type[F]], type[F]]:
    """Register a frozen dataclass as the event `name`, about the id in field `subject`."""

    def decorate(kind: type[F]) -> type[F]:
        if name in KINDS and KINDS[name].__qualname__ != kind.__qualname__:
            raise ValueError(f"event {name!r} exists already")
        kind.name = name
        kind.subject = subject
        KINDS[name] = kind
        return kind

    return decorate


def on[F: Fact](*kinds: type[F]) -> Callable[[Handler[F]], Handler[F]]:
    """Listen to events. The handler gets a batch of one store and must be idempotent."""

    def decorate(handler: Handler[F]) -> Handler[F]:
        for kind in kinds:
            package = handler.__module__.removeprefix("shopbell.").split(".")[0]
            key = f"{package}.{handler.__name__}:{kind.name}"
            LISTENERS[key] = Listener(key=key, event=kind.name, handle=handler)
        return handler

    return decorate


def listeners_of(name: str) -> list[Listener]:
    """Return the listeners of an event name."""
    return [listener for listener in LISTENERS.values() if listener.event == name]


def dump(fact: Fact) -> dict[str, Any]:
    """Return the fields of a fact as JSON values."""
    return {field.name: _plain(getattr(fact, field.name)) for field in dataclasses.fields(fact)}  # type: ignore[arg-type]


def load(name: str, data: dict[str, Any]) -> Fact:
    """Build a fact from the log; fields it no longer has are ignored."""
    if name not in KINDS:
        raise NotFound(f"No code knows the event {name!r}.")
    values = {
        field: value if value is None or read is None else read(value)
        for field, read in _readers(name)
        if (value := data.get(field, _ABSENT)) is not _ABSENT
    }
    return KINDS[name](**values)


_ABSENT: Any = object()


@cache
def _readers(name: str) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """Return the fields of a kind of fact, each with what makes its value out of JSON."""
    hints = get_type_hints(KINDS[name])
    fields = dataclasses.fields(KINDS[name])  # type: ignore[arg-type]
    return [(field.name, _reader(str(hints[field.name]))) for field in fields]


def _reader(hint: str) -> Callable[[Any], Any] | None:
    if "UUID" in hint:
        return uuid.UUID
    if "datetime.datetime" in hint:
        return datetime.fromisoformat
    return date.fromisoformat if "datetime.date" in hint else None


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
