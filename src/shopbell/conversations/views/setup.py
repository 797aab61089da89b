"""The page that lists what can be set up for the inbox."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.slots import setup_pages


@staff_page("conversations:read")
@require_safe
def setup(request: StaffRequest) -> HttpResponse:
    """List the pages this person may open."""
    pages = [page for page in setup_pages() if may(request.staff, page.permission)]
    return render(request, "conversations/setup.html", {"pages": pages})
