"""Contact reasons, resolutions and custom fields: set up here, and noted on a conversation."""

import uuid

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import (
    ask_for_reasons,
    drop_field,
    drop_reason,
    move_reason,
    save_field,
    save_reason,
    set_fields,
    set_reason,
)
from shopbell.conversations.details import custom_fields, reason_named, reasons
from shopbell.conversations.models import CustomField, FieldKind, Reason, ReasonKind
from shopbell.conversations.policy import desk_policy
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound, ShopbellError


class FieldForm(forms.Form):
    """A custom field. `choices` are lines."""

    name = forms.CharField(max_length=80)
    kind = forms.ChoiceField(choices=FieldKind.choices)
    choices = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For one of a list: one choice on each line.",
    )
    required = forms.BooleanField(
        required=False, label="Must be filled in before a person resolves a conversation"
    )


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def reason_index(request: StaffRequest) -> HttpResponseBase:
    """Show both trees; a POST adds a reason, renames one, moves one or takes one out."""
    if request.method == "POST":
        try:
            _change_reasons(request)
        except ShopbellError as error:
            notes.error(request, error.message)
        return redirect("details:reasons", request.store.slug)
    trees = [(kind, label, reasons(kind)) for kind, label in ReasonKind.choices]
    context = {"trees": trees, "policy": desk_policy(request.store)}
    return render(request, "automations/reasons.html", context)


def _change_reasons(request: StaffRequest) -> None:
    verb, name = request.POST.get("do", ""), request.POST.get("name", "")
    if verb == "ask":
        asked = request.POST
        ask_for_reasons(
            store=request.store,
            reason=bool(asked.get("contact")),
            resolution=bool(asked.get("resolution")),
        )
        return
    row = _reason(request.POST.get("reason", ""))
    if verb == "add":
        kind = row.kind if row else request.POST.get("kind", "")
        if kind in ReasonKind.values:
            save_reason(kind=kind, name=name, parent=row)
        return
    if row is None:
        raise NotFound("There is no such reason.")
    if verb == "rename":
        save_reason(kind=row.kind, name=name, reason=row)
    elif verb in ("up", "down"):
        move_reason(reason=row, down=verb == "down")
    elif verb == "drop":
        kept = drop_reason(reason=row)
        notes.success(request, "No longer offered; who carries it keeps it." if kept else "Gone.")


def _reason(key: str) -> Reason | None:
    if not key:
        return None
    try:
        found = Reason.objects.filter(pk=uuid.UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("There is no such reason.")
    return found


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def field_index(request: StaffRequest) -> HttpResponseBase:
    """List the custom fields; a POST adds one."""
    return _field_page(request, None)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def field_change(request: StaffRequest, key: str) -> HttpResponseBase:
    """Change one."""
    return _field_page(request, _field(key))


@staff_page("desk:write")
@require_POST
def field_drop(request: StaffRequest, key: str) -> HttpResponseBase:
    """Throw one away."""
    drop_field(field=_field(key))
    notes.success(request, "Thrown away.")
    return redirect("details:fields", request.store.slug)


def _field(key: str) -> CustomField:
    row = CustomField.objects.filter(key=key).first()
    if row is None:
        raise NotFound("There is no such field.", remedy="Go back to the list.")
    return row


def _field_page(request: StaffRequest, row: CustomField | None) -> HttpResponseBase:
    initial = {}
    if row is not None:
        lines = "\n".join(row.choices)
        initial = {"name": row.name, "kind": row.kind, "choices": lines, "required": row.required}
    form = FieldForm(request.POST if request.method == "POST" else None, initial=initial)
    if row is not None:
        form.fields["kind"].disabled = True
        form.fields["kind"].help_text = "The kind of a field stays what it is."
    if request.method == "POST" and form.is_valid() and _saved(form, row):
        notes.success(request, "Saved.")
        return redirect("details:fields", request.store.slug)
    context = {"form": form, "row": row, "fields": custom_fields()}
    status = 422 if form.errors else 200
    return render(request, "automations/fields.html", context, status=status)


def _saved(form: FieldForm, row: CustomField | None) -> bool:
    told = form.cleaned_data
    try:
        save_field(
            name=told["name"],
            kind=told["kind"],
            choices=told["choices"].splitlines(),
            required=told["required"],
            field=row,
        )
    except ShopbellError as error:
        form.add_error(None, error.message)
        return False
    return True


@staff_page("conversations:write")
@require_POST
def note_down(request: StaffRequest, number: int) -> HttpResponseBase:
    """Note a reason, a resolution or custom fields on a conversation."""
    row = conversation_by_number(number)
    for kind in ReasonKind.values:
        if kind in request.POST:
            words = request.POST[kind].strip()
            reason = reason_named(words, kind) if words else None
            set_reason(conversation=row, kind=kind, reason=reason, by=request.user)
    told = {
        name.removeprefix("field-"): str(value)
        for name, value in request.POST.items()
        if name.startswith("field-")
    }
    if told:
        set_fields(conversation=row, values=told, by=request.user)
    return done(request, row.number)
