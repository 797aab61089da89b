"""Deciding whether somebody wants no more messages, where a machine should not."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions.pleas import settle_plea
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done


@staff_page("conversations:write")
@require_POST
def decide(request: StaffRequest, number: int) -> HttpResponseBase:
    """Send no more messages to the number, or go on."""
    row = conversation_by_number(number)
    stop = request.POST.get("stop") == "1"
    if not settle_plea(store=request.store, conversation=row, stop=stop, by=request.user):
        return done(request, row.number, "Somebody else has decided this already.")
    said = "No more messages go to this number." if stop else "Messages go to this number again."
    return done(request, row.number, said)
