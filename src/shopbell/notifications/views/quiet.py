"""Quiet hours, how often, and the rules of places; with the question when a message would leave."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.messaging.outlooks import outlook
from shopbell.messaging.regions import region_rules
from shopbell.notifications import actions
from shopbell.notifications.quiet_form import OutlookForm, QuietForm


@staff_page("notifications:read")
@require_safe
def quiet(request: StaffRequest) -> HttpResponse:
    """Show quiet hours, budgets and the rules of places."""
    return _page(request, QuietForm(store=request.store), 200)


@staff_page("notifications:write")
@require_POST
def save_quiet(request: StaffRequest) -> HttpResponseBase:
    """Save quiet hours and budgets."""
    form = QuietForm(request.POST, store=request.store)
    if not form.is_valid():
        return _page(request, form, 422)
    actions.change_policies(store=request.store, **form.changes())
    messages.success(request, "Saved. Messages that wait already are judged by it too.")
    return redirect("notifications:quiet", request.store.slug)


@staff_page("notifications:read")
@require_safe
def quiet_outlook(request: StaffRequest) -> HttpResponse:
    """Say when a message would leave."""
    asked = OutlookForm(request.GET, store=request.store)
    context = _outlook(request, asked)
    if not request.htmx:  # type: ignore[attr-defined]
        return _page(request, QuietForm(store=request.store), 200, context)
    return render(request, "notifications/outlook.html", context)


def _outlook(request: StaffRequest, asked: OutlookForm) -> dict[str, Any]:
    found = outlook(store=request.store, **asked.question()) if asked.is_valid() else None
    return {"asked": asked, "outlook": found}


def _page(
    request: StaffRequest, form: QuietForm, status: int, about: dict[str, Any] | None = None
) -> HttpResponse:
    editable = may(request.staff, "notifications:write")
    if not editable:
        for field in form.fields.values():
            field.disabled = True
    if about is None:
        first = OutlookForm(store=request.store)
        data = {name: first[name].value() for name in first.fields}
        data["at"] = f"{data['at']:%Y-%m-%dT%H:%M}"
        about = _outlook(request, OutlookForm(data, store=request.store))
    context = {"form": form, "editable": editable, "rules": region_rules(), **about}
    return render(request, "notifications/quiet.html", context, status=status)
