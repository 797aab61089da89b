"""Reads for the editor: which texts there are, and how one version differs from another."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from babel import localedata
from babel.core import Locale, UnknownLocaleError

from shopbell.kit.errors import NotFound
from shopbell.kit.text import locale_chain
from shopbell.messaging.catalogue import LOCALES, TextKind, all_kinds, catalogue_of, shipped_text
from shopbell.messaging.models import Template, TemplateVersion
from shopbell.messaging.ports import TELLING, Medium
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.templates import compiled, source_of

VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """One text of a kind and a channel in one language. `version` None: the shipped text."""

    locale: str
    language: str
    version: TemplateVersion | None


@dataclass(frozen=True, slots=True)
class Row:
    """One kind with its texts for one channel."""

    kind: TextKind
    shelves: tuple[Shelf, ...]


def language_name(locale: str) -> str:
    """Return a language in English, such as `German (Austria)`."""
    try:
        return Locale.parse(locale, sep="-").get_display_name("en") or locale
    except (UnknownLocaleError, ValueError):
        return locale


def languages_of_texts() -> list[str]:
    """Return the languages the store in scope has texts in: those shipped, and its own."""
    own = Template.objects.exclude(current=None).values_list("locale", flat=True).distinct()
    codes = {locale.replace("_", "-").split("-")[0].lower() for locale in own}
    return [*LOCALES, *sorted(code for code in codes - set(LOCALES) if localedata.exists(code))]


def check_locale(locale: str) -> str:
    """Return a usable locale code such as `de-AT` or raise `NotFound`."""
    try:
        Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        raise NotFound("There is no such language.", remedy="Go back to the list.") from None
    return locale


def library(medium: str) -> list[tuple[str, list[Row]]]:
    """Return all texts for a channel, by group of kinds."""
    own: dict[str, dict[str, TemplateVersion]] = {}
    rows = Template.objects.select_related("current__created_by").exclude(current=None)
    for template in rows.filter(medium=medium).exclude(kind__contains=":"):
        if template.current is not None:
            own.setdefault(template.kind, {})[template.locale] = template.current
    groups: dict[str, list[Row]] = {}
    for kind in all_kinds():
        shelves = _shelves(kind.key, medium, own.get(kind.key, {}))
        groups.setdefault(kind.group, []).append(Row(kind, shelves))
    return list(groups.items())


def _shelves(kind: str, medium: str, own: dict[str, TemplateVersion]) -> tuple[Shelf, ...]:
    shipped = [each for each in LOCALES if shipped_text(kind, each, Medium(medium))]
    locales = [*shipped, *sorted(set(own) - set(shipped))]
    return tuple(Shelf(each, language_name(each), own.get(each)) for each in locales)


def starting_source(kind: str, medium: str, locale: str) -> tuple[Source, TemplateVersion | None]:
    """Return the text an editor begins with, and its version if it is this language's own.

    A language without a text begins with the one its customers get now.
    """
    own = {
        row.locale: row.current
        for row in Template.objects.select_related("current__template").filter(
            kind=kind, medium=medium
        )
        if row.current is not None
    }
    for candidate in locale_chain(locale):
        version = own.get(candidate)
        if version is not None:
            return source_of(version), version if candidate == locale else None
        source = shipped_text(kind, candidate, Medium(medium))
        if source is not None:
            return source, None
    return Source(body="", medium=Medium(medium), locale=locale), None


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier (or the current) version, and what it changed."""

    version: TemplateVersion
    is_current: bool
    changes: tuple[tuple[str, str], ...]  # ("ins" | "del" | "", line)


def history(kind: str, medium: str, locale: str) -> list[Past]:
    """Return the newest versions, each with its difference from the one before it."""
    template = Template.objects.filter(kind=kind, medium=medium, locale=locale).first()
    if template is None:
        return []
    found = template.versions.select_related("created_by", "template").order_by("-number")
    versions = list(found[: VERSIONS + 1])
    shipped = shipped_text(kind, locale, Medium(medium))
    past = []
    for place, version in enumerate(versions[:VERSIONS]):
        before = source_of(versions[place + 1]) if place + 1 < len(versions) else shipped
        changes = tuple(difference(before, source_of(version)))
        past.append(Past(version, version.pk == template.current_id, changes))
    return past


def difference(before: Source | None, after: Source) -> Iterator[tuple[str, str]]:
    """Yield the lines of a unified difference, each with what became of it."""
    old = _lines(before) if before else []
    for line in list(difflib.unified_diff(old, _lines(after), lineterm="", n=2))[2:]:
        mark = {"+": "ins", "-": "del"}.get(line[:1], "")
        yield mark, line


def _lines(source: Source) -> list[str]:
    head = [
        f"{name}: {value}"
        for name, value in (("Subject", source.subject), ("Preheader", source.preheader))
        if value
    ]
    tail = ["Plain text:", *source.text.splitlines()] if source.text else []
    return [*head, *source.body.splitlines(), *tail]


def variables_of(kind: str, locale: str) -> list[tuple[str, str]]:
    """Return what a text of this kind may print, with the value it has in the sample."""
    return list(_flat("", catalogue_of(kind).sample(kind, locale)))


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{path}.{key}" if path else key, item)
    elif isinstance(value, list):
        if value and isinstance(value[0], dict):
            yield from _flat(f"{path}[0]", value[0])
    elif not str(value).startswith("data:"):
        yield path, str(value)


def compile_shipped_texts() -> int:
    """Compile all shipped texts that are not kept yet, so that no first customer waits for it."""
    sources = [
        shipped_text(kind.key, locale, medium)
        for kind in all_kinds()
        for locale in LOCALES
        for medium in TELLING
    ]
    found = [source for source in sources if source is not None]
    for source in found:
        compiled(source)
    return len(found)
