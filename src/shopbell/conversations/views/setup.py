"""The page that lists what can be set up for the inbox."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.slots import GROUPS, SetupPage, add_setup_page, setup_pages

# The inbox does not own its connections, but whoever sets it up looks for them here.
add_setup_page(
    SetupPage(
        title="Mailboxes and chat",
        sentence="Where mails come from, and the chat for your shop's pages.",
        url_name="connections:index",
        icon="connections",
        permission="connections:read",
        order=1,
        group="in",
    )
)


@staff_page("conversations:read")
@require_safe
def setup(request: StaffRequest) -> HttpResponse:
    """List the pages this person may open."""
    pages = [page for page in setup_pages() if may(request.staff, page.permission)]
    groups = [
        (title, found)
        for key, title in GROUPS.items()
        if (found := [each for each in pages if each.group == key])
    ]
    return render(request, "conversations/setup.html", {"groups": groups})
