"""Which text a message gets: the store's own, or the shipped one, along a chain of locales.

Compiling (MJML, CSS) happens once per text and is kept in the cache under the text's digest, so a
restart does not compile again. A newcomer's mistake: putting store names into shipped texts; brand
and address come from the context.
"""

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache

import orjson
from django.core.cache import cache
from django.db import transaction

from shopbell.accounts.models import User
from shopbell.kit.errors import Invalid
from shopbell.kit.text import locale_chain
from shopbell.messaging.catalogue import shipped_text
from shopbell.messaging.models import Template, TemplateVersion
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.jobs import Compiled
from shopbell.messaging.rendering.pool import RenderPool
from shopbell.messaging.rendering.source import Source

POOL = RenderPool(size=1)
_VERSION = "3"  # raise when the layout changes, so that kept results are made anew


@dataclass(frozen=True, slots=True)
class Text:
    """A text ready to render. `version` is the store's own version, None for a shipped one."""

    source: Source
    compiled: Compiled
    cache_key: str
    locale: str
    version: TemplateVersion | None = None


class TextFinder:
    """Finds texts for a batch of messages of one store, each lookup once."""

    def __init__(self, store_locale: str) -> None:
        self._store_locale = store_locale
        self._found: dict[tuple[str, str, str], Text | None] = {}
        self._own: dict[str, dict[tuple[str, str, str], TemplateVersion]] = {}

    def find(self, kind: str, medium: str, locale: str) -> Text | None:
        """Return the text for a message, or None if there is none in any locale."""
        key = (kind, medium, locale)
        if key not in self._found:
            self._found[key] = self._search(kind, medium, locale)
        return self._found[key]

    def _search(self, kind: str, medium: str, locale: str) -> Text | None:
        for candidate in locale_chain(locale, self._store_locale):
            spoken = _spoken(candidate, locale)
            version = self._versions(kind).get((kind, medium, candidate))
            if version is not None:
                return text_of(source_of(version), spoken, version)
            source = shipped_text(kind, candidate, Medium(medium))
            if source is not None:
                return text_of(source, spoken, None)
        return None

    def _versions(self, kind: str) -> dict[tuple[str, str, str], TemplateVersion]:
        """Read the texts of all standing kinds at once; those written for one occasion alone."""
        alone = kind if is_of_one_occasion(kind) else ""
        if alone not in self._own:
            rows = Template.objects.select_related("current").exclude(current=None)
            rows = rows.filter(kind=alone) if alone else rows.exclude(kind__contains=":")
            self._own[alone] = {
                (row.kind, row.medium, row.locale): row.current for row in rows if row.current
            }
        return self._own[alone]


def is_of_one_occasion(kind: str) -> bool:
    """Return whether texts of a kind were written for one occasion, such as one announcement."""
    return ":" in kind


def _spoken(found: str, wished: str) -> str:
    """Return the locale for dates and money: the customer's own if the text is in its language."""
    wished = wished.replace("_", "-")
    return wished if wished.split("-")[0] == found else found


def text_of(source: Source, locale: str, version: TemplateVersion | None = None) -> Text:
    """Return a source ready to render."""
    digest = digest_of(source)
    return Text(source, compiled(source), digest, locale, version)


def source_of(version: TemplateVersion) -> Source:
    """Return the source a saved version holds."""
    return Source(
        body=version.body,
        subject=version.subject,
        preheader=version.preheader,
        text=version.text,
        medium=Medium(version.template.medium),
        locale=version.template.locale,
    )


def digest_of(source: Source) -> str:
    """Return the key under which a source's compiled form is kept."""
    return hashlib.sha256(_VERSION.encode() + orjson.dumps(source.to_json())).hexdigest()[:40]


_compiling = threading.Lock()


def compiled(source: Source) -> Compiled:
    """Return the compiled form, from memory, from the cache table, or made now (about 0.3 s)."""
    return _compiled(digest_of(source), orjson.dumps(source.to_json()))


@lru_cache(maxsize=512)
def _compiled(digest: str, source_json: bytes) -> Compiled:
    key = f"compiled:{digest}"
    kept = cache.get(key)
    if kept is not None:
        return Compiled.from_json(kept)
    with _compiling:
        made = POOL.compile_template(Source.from_json(orjson.loads(source_json)))
    cache.set(key, made.to_json(), timeout=None)
    return made


@transaction.atomic
def save_template(
    *,
    kind: str,
    medium: str,
    locale: str,
    body: str,
    subject: str = "",
    preheader: str = "",
    text: str = "",
    created_by: User | None = None,
) -> TemplateVersion:
    """Save a new version and make it current; raises `Invalid` with the line when it is broken.

    Saving what is current already returns the current version.
    """
    if medium == Medium.EMAIL and not subject.strip():
        raise Invalid("A mail needs a subject.", fields={"subject": "Write a subject."})
    source = Source(
        body=body,
        subject=subject,
        preheader=preheader,
        text=text,
        medium=Medium(medium),
        locale=locale,
    )
    compiled(source)
    template, _ = Template.objects.select_for_update().get_or_create(
        kind=kind, medium=medium, locale=locale
    )
    current = template.current
    if current is not None and source_of(current) == source:
        return current
    last = template.versions.order_by("-number").first()
    version = TemplateVersion.objects.create(
        template=template,
        number=last.number + 1 if last else 1,
        subject=subject,
        preheader=preheader,
        body=body,
        text=text,
        created_by=created_by,
    )
    template.current = version
    template.save(update_fields=["current"])
    return version


@transaction.atomic
def restore_version(*, version: TemplateVersion) -> None:
    """Make an older version current again."""
    template = version.template
    template.current = version
    template.save(update_fields=["current"])


@transaction.atomic
def use_shipped_text(*, template: Template) -> None:
    """Go back to the shipped text; own versions are kept."""
    template.current = None
    template.save(update_fields=["current"])
