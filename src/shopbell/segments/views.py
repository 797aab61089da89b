"""Pages of segments: the list, the editor with its live count, one segment with its members."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.customers.models import Customer
from shopbell.kit.errors import Conflict, Invalid
from shopbell.segments import words
from shopbell.segments.actions import delete_segment, dependents, save_segment
from shopbell.segments.editor import Draft, draft_from, draft_of, edited, editor_of, new_draft
from shopbell.segments.models import Segment
from shopbell.segments.queries import (
    count_of,
    members,
    sample_of,
    segment_by_id,
    segment_names,
    segments,
    tree_named,
)
from shopbell.segments.shipped import STAGES
from shopbell.segments.sql import flat
from shopbell.segments.tree import read
from shopbell.segments.uses import uses_of
from shopbell.web.paging import page_of


@staff_page("segments:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the segments with whom they describe and how many there are."""
    names = segment_names()
    lines = [(row, _says(row, request.store.currency, names)) for row in segments()]
    context = {
        "own": [line for line in lines if not line[0].key],
        "stages": sorted((line for line in lines if line[0].key), key=lambda line: _place(line[0])),
        "may_write": may(request.staff, "segments:write"),
    }
    return render(request, "segments/index.html", context)


def _place(row: Segment) -> int:
    keys = [key for key, *_ in STAGES]
    return keys.index(row.key) if row.key in keys else len(keys)


@staff_page("segments:read")
@require_safe
def show(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show one segment and who is in it."""
    row = segment_by_id(key)
    page = page_of(members(row), cursor=request.GET.get("at"), time="since")
    used = [f"the segment “{each.name}”" for each in dependents(row.pk)] + uses_of(row.pk)
    context = {
        "row": row,
        "page": page,
        "says": _says(row, request.store.currency, segment_names()),
        "used": used,
        "may_write": may(request.staff, "segments:write"),
        "may_see": may(request.staff, "customers:read"),
    }
    return render(request, "segments/show.html", context)


@staff_page("segments:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Put a new segment together; a POST changes the draft, counts it or saves it."""
    return _edit(request, None)


@staff_page("segments:write")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change a segment."""
    return _edit(request, segment_by_id(key))


@staff_page("segments:write")
@require_POST
def delete(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a segment away, unless something uses it."""
    try:
        delete_segment(segment=segment_by_id(key))
    except Conflict as error:
        notes.error(request, f"{error.message} {error.remedy}".strip())
        return redirect("segments:show", request.store.slug, key)
    notes.success(request, "Thrown away.")
    return redirect("segments:index", request.store.slug)


def _says(row: Segment, currency: str, names: dict[str, str]) -> str:
    try:
        return words.sentence(read(row.definition), currency=currency, names=names)
    except Invalid as error:
        return error.message


@dataclass(frozen=True, slots=True)
class Seen:
    """What a draft comes to: in words, how many, some of them; or what is missing yet."""

    says: str = ""
    number: int | None = None
    sample: list[Customer] = field(default_factory=list)
    missing: str = ""


def _seen(request: StaffRequest, draft: Draft, row: Segment | None) -> Seen:
    try:
        tree = read(draft.to_json())
        path = (str(row.pk),) if row else ()
        asked = flat(tree, tree_named, path)
    except Invalid as error:
        return Seen(missing=next(iter(error.fields.values()), "") or error.message)
    says = words.sentence(tree, currency=request.store.currency, names=segment_names())
    number = count_of(asked)
    return Seen(says, number, sample_of(asked) if number else [])


def _edit(request: StaffRequest, row: Segment | None) -> HttpResponseBase:
    if request.method != "POST":
        draft = draft_of(row.name, read(row.definition)) if row else new_draft()
        return _page(request, row, draft)
    press = request.POST.get("do", "")
    draft = draft_from(request.POST)
    if press == "save":
        return _save(request, row, draft)
    fresh = edited(draft, press) if press else ""
    return _page(request, row, draft, fresh=fresh)


def _save(request: StaffRequest, row: Segment | None, draft: Draft) -> HttpResponseBase:
    try:
        saved = save_segment(
            name=draft.name, definition=draft.to_json(), by=request.user, segment=row,
            note=row.note if row else "",
        )  # fmt: skip
    except Invalid as error:
        wrong = error.fields or {"": error.message}
        return _page(request, row, draft, wrong=wrong, status=422)
    except Conflict as error:
        return _page(request, row, draft, wrong={"name": error.message}, status=422)
    notes.success(request, "Saved. Its members follow within moments.")
    where = reverse("segments:show", args=[request.store.slug, saved.pk])
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _page(
    request: StaffRequest,
    row: Segment | None,
    draft: Draft | None,
    *,
    wrong: dict[str, str] | None = None,
    fresh: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"row": row}
    if draft is None:
        context["says"] = _says(row, request.store.currency, segment_names()) if row else ""
        return render(request, "segments/deep.html", context)
    others = [(str(each.pk), each.name) for each in segments() if row is None or each.pk != row.pk]
    context["editor"] = editor_of(
        draft, currency=request.store.currency, others=others, wrong=wrong, fresh=fresh
    )
    context["seen"] = _seen(request, draft, row)
    if request.headers.get("HX-Request") == "true":
        return render(request, "segments/form.html", context)
    return render(request, "segments/edit.html", context, status=status)
