"""Writes about drafts: a journey is put together, compared with what runs, and published.

A draft belongs to a key, not to a journey: one may be started before there is a journey. A
newcomer's mistake: writing when a page is looked at. Without a draft the editor shows what runs,
and the first press makes the draft.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction

from shopbell.accounts.models import User
from shopbell.journeys.models import Draft, Journey, Version
from shopbell.journeys.presets import presets
from shopbell.journeys.queries import journey_named
from shopbell.journeys.sketch import Json, steps_in, tidy
from shopbell.kit import clock
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line, storable

EMPTY: Json = {"trigger": {"event": "order.placed"}, "steps": []}
RESERVED = {"new", "of"}  # addresses of their own
MOST_DRAFTS = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the desk of the editor: the draft, or what runs as long as there is none."""

    key: str
    name: str
    sketch: Json
    draft: Draft | None
    row: Journey | None
    shipped: bool

    @property
    def current(self) -> Version | None:
        """The version that runs."""
        return self.row.current if self.row else None


def desk_of(key: str) -> Desk:
    """Return what there is to edit under a key, or raise `NotFound`."""
    draft = Draft.objects.select_related("base", "changed_by").filter(key=key).first()
    row = Journey.objects.select_related("current").filter(key=key).first()
    shipped = any(preset.key == key for preset in presets())
    if draft is not None:
        return Desk(key, draft.name, draft.definition, draft, row, shipped)
    name, definition = _as_it_is(key, row)
    return Desk(key, name, tidy(definition), None, row, shipped)


def _as_it_is(key: str, row: Journey | None) -> tuple[str, Json]:
    if row is not None and row.current is not None:
        return row.name, row.current.definition
    preset = journey_named(key)
    return preset.name, preset.definition


def ids_ever_used(key: str) -> set[str]:
    """Return the ids of all steps that any version had: what people are at goes by them."""
    found: set[str] = set()
    for definition in Version.objects.filter(journey__key=key).values_list("definition", flat=True):
        found |= {step["id"] for step in steps_in(tidy(definition)["steps"])}
    return found


@transaction.atomic
def change_draft[T](*, key: str, change: Callable[[Draft], T], by: User | None) -> T:
    """Let `change` write into the draft of a journey, making it if there is none yet."""
    row = Journey.objects.select_related("current").filter(key=key).first()
    if not Draft.objects.filter(key=key).exists():
        name, definition = _as_it_is(key, row)
        about = {"name": name, "definition": tidy(definition), "base": row.current if row else None}
        Draft.objects.get_or_create(key=key, defaults=about)
    draft = Draft.objects.select_for_update().get(key=key)
    was = tidy(draft.definition)
    found = change(draft)
    if draft.definition != was:
        draft.before = was
    _signed(draft, by).save()
    return found


@transaction.atomic
def take_back(*, key: str, by: User | None) -> bool:
    """Undo the last change of a draft, or do it again; returns whether there was one."""
    draft = Draft.objects.select_for_update().filter(key=key).first()
    if draft is None or draft.before is None:
        return False
    draft.definition, draft.before = draft.before, draft.definition
    _signed(draft, by).save()
    return True


@transaction.atomic
def start_draft(*, name: str, definition: Json, by: User | None, wish: str = "") -> Draft:
    """Begin a new journey, from nothing or from another one; `wish`: the key it should have.

    Raises:
        Invalid: it has no name, or not the shape of a journey.
        Conflict: there are too many drafts.
    """
    told = one_line(storable(name), 120)
    if not told:
        raise Invalid("Give it a name.", fields={"name": "Give it a name."})
    if Draft.objects.count() >= MOST_DRAFTS:
        raise Conflict("There are too many drafts.", remedy="Publish or discard some.")
    taken = set(Draft.objects.values_list("key", flat=True))
    taken |= set(Journey.objects.values_list("key", flat=True)) | RESERVED
    key = _free_key(wish or told, taken | {preset.key for preset in presets()})
    return _signed(Draft(key=key, name=told, definition=tidy(definition)), by, new=True)


def _free_key(name: str, taken: Collection[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    wish = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_")
    wish = wish if wish[:1].isalpha() else f"journey_{wish}".strip("_")
    key, more = wish, 2
    while key in taken:
        key, more = f"{wish}_{more}", more + 1
    return key


@transaction.atomic
def replace_draft(*, key: str, definition: Json, name: str, by: User | None) -> None:
    """Put another text into the place of a draft."""
    made = tidy(definition)

    def change(draft: Draft) -> None:
        draft.definition = made
        draft.name = one_line(storable(name), 120) or draft.name

    change_draft(key=key, change=change, by=by)


@transaction.atomic
def discard_draft(*, key: str) -> None:
    """Throw a draft away; what runs stays as it is."""
    Draft.objects.filter(key=key).delete()


def drafts() -> list[Draft]:
    """Return all drafts, the latest first."""
    return list(Draft.objects.select_related("changed_by").order_by("-changed_at", "-pk"))


def _signed(draft: Draft, by: User | None, *, new: bool = False) -> Draft:
    draft.changed_by, draft.changed_at = by, clock.now()
    if new:
        draft.save(force_insert=True)
    return draft
