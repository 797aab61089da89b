"""Reasons and custom fields: setting them up, and noting them on a conversation."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from shopbell.accounts.models import Store, User
from shopbell.conversations.actions.timeline import locked, log_activity, tell_pages
from shopbell.conversations.details import form_value, path_of, reasons, typed
from shopbell.conversations.models import (
    Conversation,
    CustomField,
    FieldKind,
    Reason,
    ReasonKind,
)
from shopbell.kit.errors import Conflict, Invalid
from shopbell.kit.text import one_line

MOST_FIELDS = 50
MOST_REASONS = 300
DEEPEST = 4
_COLUMNS = {ReasonKind.CONTACT: "reason", ReasonKind.RESOLUTION: "resolution"}


@transaction.atomic
def set_reason(
    *, conversation: Conversation, kind: str, reason: Reason | None, by: User | None
) -> Conversation:
    """Note why a customer wrote, or how it ended; None takes it back."""
    row = locked(conversation)
    column = _COLUMNS[ReasonKind(kind)]
    wanted = reason.pk if reason else None
    if getattr(row, f"{column}_id") == wanted:
        return row
    setattr(row, f"{column}_id", wanted)
    row.save(update_fields=[column])
    label = ReasonKind(kind).label
    said = f"{label}: {path_of(wanted, kind)}" if reason else f"{label} taken away"
    log_activity(row, said, by=by)
    tell_pages(row)
    return row


@transaction.atomic
def set_fields(
    *, conversation: Conversation, values: Mapping[str, str], by: User | None
) -> Conversation:
    """Note values of custom fields (by key, as text); an empty one empties the field.

    Raises:
        Invalid: there is no such field, or it does not take the value. Nothing is changed then.
    """
    row = locked(conversation)
    known = {each.key: each for each in CustomField.objects.filter(key__in=values)}
    wanted, said = dict(row.fields), []
    for key, text in values.items():
        if key not in known:
            raise Invalid(f"There is no field “{one_line(key, 40)}”.", fields={key: "is unknown"})
        value = typed(known[key], text)
        if value == wanted.get(key):
            continue
        wanted[key] = value
        said.append(f"{known[key].name}: {form_value(value) or 'emptied'}")
    if said:
        row.fields = {key: value for key, value in wanted.items() if value is not None}
        row.save(update_fields=["fields"])
        log_activity(row, one_line(", ".join(said), 300), by=by)
        tell_pages(row)
    return row


@transaction.atomic
def save_reason(
    *, kind: str, name: str, parent: Reason | None = None, reason: Reason | None = None
) -> Reason:
    """Add a reason below another one (or at the top), or give one another name.

    Raises:
        Invalid: the name is empty, or the tree would be too deep or too large.
        Conflict: there is one of this name at the same place.
    """
    called = one_line(name, 80)
    if not called or "›" in called:
        raise Invalid("Give it a name without ›.", fields={"name": "Give it a name."})
    if reason is None:
        _refuse_overgrown(kind, parent)
        reason = Reason(kind=kind, parent=parent, position=_next(Reason, kind=kind))
    twin = Reason.objects.filter(kind=reason.kind, parent=reason.parent, name__iexact=called)
    found = twin.exclude(pk=reason.pk).first()
    if found is not None:
        if not found.put_away:
            raise Conflict(f"There is “{called}” already.", kept="Nothing was changed.")
        found.put_away = False
        found.save(update_fields=["put_away"])
        return found
    reason.name = called
    reason.save()
    return reason


def _refuse_overgrown(kind: str, parent: Reason | None) -> None:
    places = reasons(kind, all_of_them=True)
    if len(places) >= MOST_REASONS:
        raise Invalid(f"A tree takes {MOST_REASONS} reasons.")
    depth = next((p.depth for p in places if parent and p.reason.pk == parent.pk), -1)
    if depth + 1 >= DEEPEST:
        raise Invalid(f"A tree is {DEEPEST} deep at most.")


@transaction.atomic
def move_reason(*, reason: Reason, down: bool) -> None:
    """Move a reason among those beside it."""
    rows = list(
        Reason.objects.select_for_update()
        .filter(kind=reason.kind, parent=reason.parent, put_away=False)
        .order_by("position", "name", "id")
    )
    place = next((n for n, row in enumerate(rows) if row.pk == reason.pk), None)
    other = -1 if place is None else place + (1 if down else -1)
    if place is None or not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows):
        row.position = number
    Reason.objects.bulk_update(rows, ["position"])


@transaction.atomic
def drop_reason(*, reason: Reason) -> bool:
    """Take a reason and those below out of the tree; returns whether it was only put away.

    What conversations carry stays readable: used ones are no longer offered, but kept.
    """
    places = reasons(reason.kind, all_of_them=True)
    ids = [place.reason.pk for place in places if reason.pk in place.ids]
    used = Conversation.objects.filter(Q(reason_id__in=ids) | Q(resolution_id__in=ids)).exists()
    rows = Reason.objects.filter(pk__in=ids)
    if used:
        rows.update(put_away=True)
    else:
        rows.delete()
    return used


@transaction.atomic
def ask_for_reasons(*, store: Store, reason: bool, resolution: bool) -> None:
    """Say whether people must name reason and resolution before they resolve."""
    row = Store.objects.select_for_update().get(pk=store.pk)
    desk = dict(row.policies.get("desk") or {})
    row.policies = {
        **row.policies,
        "desk": {**desk, "needs_reason": reason, "needs_resolution": resolution},
    }
    row.save(update_fields=["policies"])


@transaction.atomic
def save_field(
    *,
    name: str,
    kind: str,
    choices: Sequence[str] = (),
    required: bool = False,
    key: str = "",
    field: CustomField | None = None,
) -> CustomField:
    """Add a custom field, or change one. The kind of a field and its key never change.

    Raises:
        Invalid: something is missing, or there are too many fields.
        Conflict: another field has this name.
    """
    called = one_line(name, 80)
    if not called:
        raise Invalid("Give the field a name.", fields={"name": "Give it a name."})
    row = field or CustomField(
        key=_key(key or called), kind=FieldKind(kind), position=_next(CustomField)
    )
    if field is None and CustomField.objects.count() >= MOST_FIELDS:
        raise Invalid(f"A store takes {MOST_FIELDS} fields.", remedy="Throw one away first.")
    rows = CustomField.objects.exclude(pk=row.pk)
    if rows.filter(Q(name__iexact=called) | Q(key=row.key)).exists():
        raise Conflict(f"There is a field “{called}” already.", kept="Nothing was changed.")
    offered = list(dict.fromkeys(one_line(each, 80) for each in choices if each.strip()))
    if row.kind == FieldKind.CHOICE and len(offered) < 2:
        raise Invalid("A list has two choices at least.", fields={"choices": "One on each line."})
    row.name, row.required = called, required
    row.choices = offered if row.kind == FieldKind.CHOICE else []
    row.save()
    return row


@transaction.atomic
def drop_field(*, field: CustomField) -> None:
    """Throw a field away; what conversations say in it is no longer shown."""
    field.delete()


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "field"


def _next(model: Any, **among: Any) -> int:
    rows = model.objects.filter(**among)
    return int(rows.aggregate(last=Max("position"))["last"] or 0) + 1
