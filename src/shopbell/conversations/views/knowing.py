"""Saying who writes on a platform, and taking it back."""

import uuid

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import link_customer, unlink_customer
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound


@staff_page("conversations:write")
@require_POST
def link(request: StaffRequest, number: int) -> HttpResponseBase:
    """Link them to a customer of the shop."""
    row = conversation_by_number(number)
    told = {name: request.POST.get(name, "") for name in ("order_number", "email", "reason")}
    customer = link_customer(conversation=row, by=request.user, **told)
    return done(request, row.number, f"This is {customer} now.")


@staff_page("conversations:write")
@require_POST
def unlink(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Take a link back."""
    row = conversation_by_number(number)
    found = row.entries.select_related("conversation").filter(pk=entry).first()
    if found is None:
        raise NotFound("There is no such link.", remedy="Reload the page.")
    unlink_customer(entry=found, by=request.user)
    return done(request, row.number, "Taken back.")
