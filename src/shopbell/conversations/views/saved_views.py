"""Saved views: keeping the list that is shown, and throwing one away."""

import uuid

from django.contrib import messages as notes
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import drop_view, save_view
from shopbell.conversations.forms import SavedViewForm, checked
from shopbell.conversations.listing import address_of, kept_of
from shopbell.conversations.models import SavedView
from shopbell.kit.errors import Forbidden, NotFound


@staff_page("conversations:write")
@require_POST
def keep(request: StaffRequest) -> HttpResponseBase:
    """Keep the list the form was sent from."""
    values = checked(SavedViewForm(request.POST)).cleaned_data
    if values["shared"] and not may(request.staff, "conversations:manage"):
        raise Forbidden("Your role may not share views with the team.")
    query = {name: value for name, value in kept_of(request.POST).items() if name != "saved"}
    row = save_view(name=values["name"], query=query, by=request.user, shared=values["shared"])
    notes.success(request, f"Kept as “{row.name}”.")
    index = reverse("inbox:index", args=[request.store.slug])
    return redirect(index + address_of({**row.query, "saved": str(row.pk)}))


@staff_page("conversations:write")
@require_POST
def throw(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a view away."""
    row = SavedView.objects.filter(Q(user=request.user) | Q(user=None), pk=key).first()
    if row is None:
        raise NotFound("There is no such view.", remedy="Go back to the list.")
    manages = may(request.staff, "conversations:manage")
    drop_view(view=row, by=request.user, may_manage=manages)
    notes.success(request, "Thrown away.")
    return redirect("inbox:index", request.store.slug)
