"""The kinds of message that have texts, told by the engines above; here so that the editor knows.

Messaging itself knows no notifications. A newcomer's mistake: importing them here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shopbell.kit.errors import NotFound
from shopbell.orders.models import Order


@dataclass(frozen=True, slots=True)
class TextKind:
    """One kind of message, for people and for the gate."""

    key: str
    title: str
    when: str
    group: str
    purpose: str
    about_parcel: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How a kind is told now. `against` says why the store's settings would not tell this order."""

    media: tuple[str, ...]
    ignore_quiet: bool
    against: str = ""


class Catalogue(Protocol):
    """What an engine tells about its messages."""

    locales: Sequence[str]

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        ...

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        ...

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the store's plan for a kind (and an order)."""
        ...


_catalogue: list[Catalogue] = []


def use_catalogue(catalogue: Catalogue) -> None:
    """Let `catalogue` tell which kinds there are."""
    _catalogue[:] = [catalogue]


def catalogue() -> Catalogue:
    """Return what the engines told."""
    return _catalogue[0]


def kind_named(key: str) -> TextKind:
    """Return a kind or raise `NotFound`."""
    found = next((kind for kind in catalogue().kinds() if kind.key == key), None)
    if found is None:
        raise NotFound("There is no such kind of message.", remedy="Go back to the list.")
    return found
