"""Saved replies: the page that keeps them, and what the composer offers after `/`."""

import uuid

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import Also, drop_saved_reply, save_reply
from shopbell.conversations.forms import SavedReplyForm
from shopbell.conversations.models import SavedReply, Status
from shopbell.conversations.plain_words import without_signs
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.saved import (
    VARIABLES,
    filled,
    gaps,
    offered_to,
    saved_replies,
    values_for,
)
from shopbell.kit.errors import NotFound


@staff_page("conversations:manage")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: StaffRequest) -> HttpResponseBase:
    """List the saved replies; a POST adds one."""
    return _form(request, None)


@staff_page("conversations:manage")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change one."""
    return _form(request, _find(key))


@staff_page("conversations:manage")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw one away."""
    drop_saved_reply(saved=_find(key))
    notes.success(request, "Thrown away.")
    return redirect("inbox:saved", request.store.slug)


@staff_page("conversations:write")
@require_safe
def offer(request: StaffRequest, number: int) -> HttpResponse:
    """Answer with all saved replies, filled for one conversation."""
    row = conversation_by_number(number)
    values = values_for(row, request.store, request.user)
    found = [(saved, filled(saved.text, values)) for saved in offered_to(request.user, row)]
    offers = [
        {
            "id": str(saved.pk),
            "name": f"{saved.name} ({saved.locale})" if saved.locale else saved.name,
            "text": text,
            "plain": without_signs(text),
            "missing": gaps(text),
            "also": also_says(saved),
        }
        for saved, text in found
    ]
    return JsonResponse({"replies": offers})


def _form(request: StaffRequest, row: SavedReply | None) -> HttpResponseBase:
    names = ("name", "text", "locale", "tag", "status")
    initial = {name: getattr(row, name) for name in names} if row else {}
    initial["team"] = str(row.team_id or "") if row else ""
    form = SavedReplyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        also = Also(told["team"], told["locale"], told["tag"], told["status"])
        save_reply(name=told["name"], text=told["text"], also=also, saved=row)
        notes.success(request, "Saved.")
        return redirect("inbox:saved", request.store.slug)
    context = {
        "form": form,
        "row": row,
        "form_title": "Change it" if row else "Add one",
        "replies": saved_replies(),
        "variables": VARIABLES.items(),
    }
    status = 422 if form.errors else 200
    return render(request, "conversations/saved.html", context, status=status)


def also_says(row: SavedReply) -> str:
    """Return what happens beside the answer, in words."""
    said = [f"adds the tag “{row.tag}”"] if row.tag else []
    if row.status:
        said.append(f"then {Status(row.status).label.lower()}")
    return ", ".join(said)


def _find(key: uuid.UUID) -> SavedReply:
    row = SavedReply.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such saved reply.", remedy="Go back to the list.")
    return row
