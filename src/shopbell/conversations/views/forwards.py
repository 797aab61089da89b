"""Taking over what a colleague has passed on, or leaving it as it came."""

import uuid

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import leave_forward, take_over_forward
from shopbell.conversations.models import Conversation, Entry
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound


@staff_page("conversations:write")
@require_POST
def take(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Make a mail that was passed on its first writer's."""
    row = conversation_by_number(number)
    made = take_over_forward(
        store=request.store,
        entry=_entry(row, entry),
        by=request.user,
        address=request.POST.get("address", "")[:320],
    )
    said = f"It is {made.customer}’s mail now."
    # A page drawn anew keeps the composer as it is, and this one would still name the colleague.
    return done(request, made.number, said, events={"desk:open": {"number": made.number}})


@staff_page("conversations:write")
@require_POST
def leave(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponseBase:
    """Leave a mail its sender's."""
    row = conversation_by_number(number)
    leave_forward(entry=_entry(row, entry))
    return done(request, row.number, "It stays as it came.")


def _entry(row: Conversation, key: uuid.UUID) -> Entry:
    found = row.entries.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such mail.", remedy="Reload the page.")
    return found
