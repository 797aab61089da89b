"""What a store notes on its conversations: contact reason, resolution, fields of its own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet

from shopbell.accounts.queries import store_by_id
from shopbell.conversations.models import (
    Conversation,
    CustomField,
    FieldKind,
    Reason,
    ReasonKind,
)
from shopbell.conversations.policy import desk_policy
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line, storable

SEPARATOR = " › "
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A reason with its path from the root: `Delivery › Late`. `depth` begins at 0."""

    reason: Reason
    path: str
    ids: tuple[uuid.UUID, ...]
    is_offered: bool = True  # neither it nor one above it was put away

    @property
    def depth(self) -> int:
        """How many reasons stand above it."""
        return len(self.ids) - 1


@dataclass(frozen=True, slots=True)
class Told:
    """One custom field with the value it has on a conversation."""

    field: CustomField
    value: str  # as a form takes it


def reasons(kind: str, *, all_of_them: bool = False) -> list[Place]:
    """Return a tree of reasons, each below its parent; without those put away unless asked."""
    places = _tree(Reason.objects.filter(kind=kind))
    return places if all_of_them else [place for place in places if place.is_offered]


def all_reasons() -> dict[str, list[Place]]:
    """Return the trees of all kinds, with those put away, in one query."""
    places = _tree(Reason.objects.all())
    return {kind: [p for p in places if p.reason.kind == kind] for kind in ReasonKind.values}


def _tree(rows: QuerySet[Reason]) -> list[Place]:
    below: dict[uuid.UUID | None, list[Reason]] = {}
    for row in rows.order_by("position", "name", "id"):
        below.setdefault(row.parent_id, []).append(row)
    return _walk(below, None)


def _walk(below: dict[uuid.UUID | None, list[Reason]], above: Place | None) -> list[Place]:
    found = []
    for row in below.get(above.reason.pk if above else None, ()):
        path = f"{above.path}{SEPARATOR}{row.name}" if above else row.name
        ids = (*above.ids, row.pk) if above else (row.pk,)
        offered = not row.put_away and (above is None or above.is_offered)
        place = Place(row, path, ids, offered)
        found += [place, *_walk(below, place)]
    return found


def path_of(reason_id: uuid.UUID | None, kind: str) -> str:
    """Return the path of a reason, or nothing."""
    if reason_id is None:
        return ""
    return path_in(reasons(kind, all_of_them=True), reason_id)


def path_in(places: Sequence[Place], reason_id: uuid.UUID | None) -> str:
    """Return the path of a reason among `places`, or nothing."""
    return next((place.path for place in places if place.reason.pk == reason_id), "")


def reason_named(text: str, kind: str) -> Reason:
    """Return the reason with this path, id or (if only one has it) name.

    Raises:
        Invalid: there is none, or there are several.
    """
    wanted = text.strip().casefold().replace(" > ", SEPARATOR)
    places = reasons(kind)
    exact = [p for p in places if wanted in (p.path.casefold(), str(p.reason.pk))]
    found = exact or [place for place in places if place.reason.name.casefold() == wanted]
    label = ReasonKind(kind).label.lower()
    if not found:
        raise Invalid(f"There is no {label} “{one_line(text, 60)}”.", kept="Nothing was changed.")
    if len(found) > 1:
        paths = ", ".join(place.path for place in found)
        raise Invalid(f"Several are called so: {paths}.", remedy="Choose one of them.")
    return found[0].reason


def below(reason_id: uuid.UUID) -> list[uuid.UUID]:
    """Return a reason's id and those of all below it, for filters."""
    kinds = [place for kind in ReasonKind.values for place in reasons(kind, all_of_them=True)]
    return [place.reason.pk for place in kinds if reason_id in place.ids] or [reason_id]


def custom_fields() -> list[CustomField]:
    """Return the store's own fields, in their order."""
    return list(CustomField.objects.order_by("position", "name", "id"))


def told_fields(row: Conversation, fields: Sequence[CustomField] | None = None) -> list[Told]:
    """Return all fields with what a conversation says in them."""
    found = custom_fields() if fields is None else fields
    return [Told(each, form_value(row.fields.get(each.key))) for each in found]


def form_value(value: Any) -> str:
    """Return a stored value as a form takes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def typed(field: CustomField, text: str) -> Any:
    """Return what a text means in a field; None empties it.

    Raises:
        Invalid: the field does not take it.
    """
    words = storable(text).strip()
    if not words:
        return None
    if len(words) > LONGEST:
        raise _wrong(field, f"takes {LONGEST} characters")
    if field.kind == FieldKind.NUMBER:
        return _number(field, words)
    if field.kind == FieldKind.DATE:
        try:
            return date.fromisoformat(words).isoformat()
        except ValueError:
            raise _wrong(field, "takes a date such as 2026-05-31") from None
    if field.kind == FieldKind.YES_NO:
        if words.lower() not in ("yes", "no", "true", "false"):
            raise _wrong(field, "takes yes or no")
        return words.lower() in ("yes", "true")
    if field.kind == FieldKind.CHOICE and words not in field.choices:
        raise _wrong(field, f"takes one of: {', '.join(field.choices)}")
    return words


def _number(field: CustomField, words: str) -> int | float:
    try:
        found = Decimal(words.replace(",", "."))
    except InvalidOperation:
        raise _wrong(field, "takes a number") from None
    if not found.is_finite() or abs(found) > 10**15:
        raise _wrong(field, "takes a number")
    return int(found) if found == found.to_integral_value() else float(found)


def _wrong(field: CustomField, takes: str) -> Invalid:
    return Invalid(
        f"“{field.name}” {takes}.", fields={field.key: takes}, kept="Nothing was changed."
    )


def missing_details(row: Conversation) -> list[str]:
    """Return the names of what the store asks for before a conversation is resolved."""
    policy = desk_policy(store_by_id(row.store_id))
    found = []
    if policy.needs_reason and row.reason_id is None:
        found.append("contact reason")
    if policy.needs_resolution and row.resolution_id is None:
        found.append("resolution")
    required = CustomField.objects.filter(required=True).order_by("position", "name")
    return found + [each.name for each in required if row.fields.get(each.key) is None]


def refuse_unfinished(row: Conversation) -> None:
    """Let a conversation be resolved that says all the store asks for.

    Raises:
        Invalid: with the names of what is missing.
    """
    missing = missing_details(row)
    if missing:
        raise Invalid(
            f"#{row.number} cannot be resolved yet. Missing: {', '.join(missing)}.",
            kept="Nothing was changed.",
            remedy="Fill it in on the card at the right.",
        )
