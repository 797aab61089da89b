"""The switch in the menu of a person: available or away; and the page's "still here"."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.assignments.agents import note_here, set_available
from shopbell.assignments.queries import standing_of


@staff_page("conversations:write")
@require_POST
def switch(request: StaffRequest) -> HttpResponse:
    """Come or go."""
    set_available(user=request.user, available=request.POST.get("available") == "yes")
    context = {"me": standing_of(request.user), "again": True}
    return render(request, "assignments/switch.html", context)


@staff_page("conversations:write")
@require_POST
def here(request: StaffRequest) -> HttpResponseBase:
    """Note that a page is open."""
    note_here(user=request.user)
    return HttpResponse(status=204)
