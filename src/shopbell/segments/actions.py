"""Writes about segments: keep one, throw one away, mark customers."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from shopbell.accounts.models import User
from shopbell.events.actions import wake
from shopbell.kit import clock
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line
from shopbell.segments.conditions.behaviour import SEGMENT
from shopbell.segments.membership import PUMP, mark
from shopbell.segments.models import Segment
from shopbell.segments.queries import tree_named
from shopbell.segments.sql import flat, needs_of
from shopbell.segments.tree import Group, conditions_in, read
from shopbell.segments.uses import uses_of
from shopbell.web.live import announce


@transaction.atomic
def save_segment(
    *,
    name: str,
    definition: Any,
    by: User | None,
    by_name: str = "",
    segment: Segment | None = None,
    note: str = "",
) -> Segment:
    """Make a segment, or change one. Members follow within moments; nobody comes in by it.

    Raises:
        Invalid: the name is missing, or the conditions cannot be used (`fields` says where).
        Conflict: another segment has the name.
    """
    called = one_line(name, 120)
    if not called:
        raise Invalid("Give it a name.", fields={"name": "Give it a name."})
    tree = read(definition)
    row = Segment.objects.select_for_update().get(pk=segment.pk) if segment else Segment()
    if Segment.objects.filter(name=called).exclude(pk=row.pk).exists():
        raise Conflict(f"Another segment is called “{called}” already.")
    needs = needs_of(flat(tree, tree_named, (str(row.pk),)))
    plain = tree.to_json()
    if segment is not None and plain != row.definition:
        row.version += 1
    row.name, row.definition, row.note = called, plain, one_line(note, 300)
    row.facts, row.relative = sorted(needs.facts), needs.relative
    row.changed_at, row.due_at, row.trouble = clock.now(), clock.now(), ""
    row.changed_by, row.changed_as = by, by_name or (str(by) if by else "")
    row.save()
    if segment is not None:
        _build_dependents(row.pk)
    wake(PUMP)
    announce(current_store_id(), "segments", row.pk)
    return row


def _build_dependents(key: uuid.UUID) -> None:
    """Have segments built anew that refer to a changed one; theirs is another definition too."""
    for row in dependents(key):
        row.version, row.due_at = row.version + 1, clock.now()
        needs = needs_of(flat(read(row.definition), tree_named, (str(row.pk),)))
        row.facts, row.relative = sorted(needs.facts), needs.relative
        row.save(update_fields=["version", "due_at", "facts", "relative"])


@transaction.atomic
def ask_anew(*, about: str) -> None:
    """Have segments built anew that depend on such news: a setting of the store changed its sense.

    Nobody comes in or leaves by it.
    """
    rows = Segment.objects.filter(facts__contains=[about])
    rows.update(version=F("version") + 1, due_at=clock.now())
    wake(PUMP)


def dependents(key: uuid.UUID) -> list[Segment]:
    """Return the segments that refer to one, through others too."""
    rows = list(Segment.objects.exclude(pk=key).order_by("name"))
    found: dict[str, Segment] = {}
    waiting = {str(key)}
    while waiting:
        wanted, waiting = waiting, set()
        for row in rows:
            if str(row.pk) not in found and _refers(row) & wanted:
                found[str(row.pk)] = row
                waiting.add(str(row.pk))
    return list(found.values())


def _refers(row: Segment) -> set[str]:
    try:
        tree: Group = read(row.definition)
    except Invalid:
        return set()
    return {str(e.values["segment"]) for e in conditions_in(tree) if e.key == SEGMENT}


@transaction.atomic
def delete_segment(*, segment: Segment) -> None:
    """Throw a segment away.

    Raises:
        Conflict: something uses it, or it came with Shopbell.
    """
    row = Segment.objects.select_for_update().get(pk=segment.pk)
    if row.key:
        raise Conflict(
            "This segment came with Shopbell and stays. It costs nothing.",
            kept="Nothing was changed.",
        )
    users = [f"the segment “{each.name}”" for each in dependents(row.pk)] + uses_of(row.pk)
    if users:
        raise Conflict(
            f"“{row.name}” is used by {', '.join(users[:5])}.",
            kept="Nothing was changed.",
            remedy="Take it out there first.",
        )
    row.delete()
    announce(current_store_id(), "segments")


@transaction.atomic
def mark_customers(*, customers: Collection[uuid.UUID], facts: Collection[str]) -> None:
    """Have the pump look at customers again, because news of these kinds concerns them."""
    if customers:
        mark(customers=customers, facts=facts)
        wake(PUMP)
