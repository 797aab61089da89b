"""Checklists: templates on their page, steps ticked beside a conversation."""

import uuid

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.automations.actions import (
    add_to_conversation,
    drop_checklist,
    save_checklist,
    take_from_conversation,
    tick_step,
)
from shopbell.automations.models import CaseChecklist, Checklist, Step
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound, ShopbellError


class ChecklistForm(forms.Form):
    """A template. `steps` are lines."""

    name = forms.CharField(max_length=120)
    steps = forms.CharField(
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One step on each line.",
    )


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: StaffRequest) -> HttpResponseBase:
    """List the checklists; a POST adds one."""
    return _page(request, None)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change one."""
    return _page(request, _template(key))


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw one away."""
    drop_checklist(checklist=_template(key))
    notes.success(request, "Thrown away.")
    return redirect("checklists:index", request.store.slug)


def _page(request: StaffRequest, row: Checklist | None) -> HttpResponseBase:
    initial = {"name": row.name, "steps": "\n".join(row.steps)} if row else None
    form = ChecklistForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(form, row):
        notes.success(request, "Saved.")
        return redirect("checklists:index", request.store.slug)
    context = {"form": form, "row": row, "checklists": Checklist.objects.order_by("name")}
    status = 422 if form.errors else 200
    return render(request, "automations/checklists.html", context, status=status)


def _saved(form: ChecklistForm, row: Checklist | None) -> bool:
    told = form.cleaned_data
    try:
        save_checklist(name=told["name"], steps=told["steps"].splitlines(), checklist=row)
    except ShopbellError as error:
        form.add_error(None, error.message)
        return False
    return True


@staff_page("conversations:write")
@require_POST
def add(request: StaffRequest, number: int) -> HttpResponseBase:
    """Put a checklist on a conversation."""
    row = conversation_by_number(number)
    checklist = _template(_key(request.POST.get("checklist", "")))
    add_to_conversation(checklist=checklist, conversation=row, by=request.user)
    return done(request, row.number)


@staff_page("conversations:write")
@require_POST
def take(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponseBase:
    """Take a checklist off a conversation."""
    row = conversation_by_number(number)
    take_from_conversation(checklist=_on(row, key), by=request.user)
    return done(request, row.number)


@staff_page("conversations:write")
@require_POST
def tick(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponseBase:
    """Tick a step, or take the tick back."""
    row = conversation_by_number(number)
    step = Step.objects.filter(pk=key, checklist__conversation=row).first()
    if step is None:
        raise NotFound("There is no such step.", remedy="The list may have been taken away.")
    tick_step(step=step, done=bool(request.POST.get("done")), by=request.user)
    return done(request, row.number)


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("There is no such checklist.") from None


def _template(key: uuid.UUID) -> Checklist:
    row = Checklist.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such checklist.", remedy="Go back to the list.")
    return row


def _on(row: Conversation, key: uuid.UUID) -> CaseChecklist:
    found = CaseChecklist.objects.select_related("conversation")
    checklist = found.filter(pk=key, conversation=row).first()
    if checklist is None:
        raise NotFound("This checklist is not on the conversation.")
    return checklist
