"""The kinds of message that have texts, told by the engines above; here so that the editor knows.

Messaging itself knows no notifications. A newcomer's mistake: importing them here.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from shopbell.kit.errors import NotFound
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.source import Source
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
    told_alone: bool = False  # sent by a rule of its own, without a step that says so


@dataclass(frozen=True, slots=True)
class Plan:
    """How a kind is told now. `against` says why the store's settings would not tell this order."""

    media: tuple[str, ...]
    ignore_quiet: bool
    against: str = ""


class Catalogue(Protocol):
    """What an engine tells about its messages."""

    def kinds(self) -> Sequence[TextKind]:
        """Return the kinds in the order pages show them."""
        ...

    def sample(self, kind: str, locale: str) -> dict[str, Any]:
        """Return a made-up context in which everything is known."""
        ...

    def plan(self, kind: str, order: Order | None) -> Plan:
        """Return the store's plan for a kind (and an order)."""
        ...

    def text(self, kind: str, locale: str, medium: Medium) -> Source | None:
        """Return the shipped text of exactly this locale, None if there is none."""
        ...


LOCALES = ("en", "de")  # of shipped texts
_catalogues: list[Catalogue] = []


def add_catalogue(catalogue: Catalogue) -> None:
    """Let `catalogue` tell of its kinds, behind those that are known already."""
    _catalogues.append(catalogue)


def all_kinds() -> list[TextKind]:
    """Return every kind in the order pages show them."""
    return [kind for catalogue in _catalogues for kind in catalogue.kinds()]


def kind_named(key: str) -> TextKind:
    """Return a kind or raise `NotFound`."""
    found = next((kind for kind in all_kinds() if kind.key == key), None)
    if found is None:
        raise NotFound("There is no such kind of message.", remedy="Go back to the list.")
    return found


def catalogue_of(kind: str) -> Catalogue:
    """Return the catalogue that tells of a kind or raise `NotFound`."""
    for catalogue in _catalogues:
        if any(each.key == kind for each in catalogue.kinds()):
            return catalogue
    raise NotFound("There is no such kind of message.", remedy="Go back to the list.")


def shipped_text(kind: str, locale: str, medium: Medium) -> Source | None:
    """Return the shipped text of exactly this locale: `de-AT` must not hide a store's own `de`."""
    if locale not in LOCALES:
        return None
    found = (catalogue.text(kind, locale, medium) for catalogue in _catalogues)
    return next((text for text in found if text is not None), None)


@cache
def read_text(folder: Path, kind: str, locale: str, medium: Medium) -> Source | None:
    """Return the text that lies in `folder/<kind>`, written for mail or for all other channels.

    A mail's text begins with its subject and preheader as TOML between two lines of `+++`. The
    files belong to a package and never change at run time.
    """
    form = "email" if medium == Medium.EMAIL else "text"
    path = folder / kind / f"{locale}.{form}.liquid"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    if form == "text":
        return Source(body=text.strip(), medium=medium, locale=locale)
    _, head, body = text.split("+++\n", 2)
    fields = tomllib.loads(head)
    return Source(
        subject=fields["subject"],
        preheader=fields["preheader"],
        body=body.strip(),
        medium=medium,
        locale=locale,
    )
