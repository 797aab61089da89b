"""Noting that a customer agreed to be told on a channel that demands it, with words and source."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.consent.actions import record_consent
from shopbell.consent.models import ConsentAction
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import Invalid
from shopbell.messaging.optins import PURPOSE, SOURCES, opt_in_media
from shopbell.messaging.titles import medium_name


@staff_page("conversations:write")
@require_POST
def note(request: StaffRequest, number: int) -> HttpResponseBase:
    """Record an opt-in, or that it was taken back."""
    row, medium = conversation_by_number(number), request.POST.get("medium", "")
    if row.customer is None or medium not in opt_in_media():
        raise Invalid("There is nobody to note this for.", kept="Nothing was changed.")
    taken_back = request.POST.get("action") == "withdraw"
    words, source = request.POST.get("wording", "").strip(), request.POST.get("source", "")
    if not taken_back and (not words or source not in SOURCES):
        raise Invalid(
            "Say in which words the customer agreed, and where.",
            kept="Nothing was noted.",
            remedy="The provider may ask for this proof.",
        )
    record_consent(
        customer=row.customer,
        purpose=PURPOSE,
        channel=medium,
        action=ConsentAction.WITHDRAWN if taken_back else ConsentAction.GRANTED,
        source="agent" if taken_back else f"agent: {source}",
        wording=words[:500],
        proof={"conversation": row.number},
        actor=request.user.email,
    )
    name = medium_name(medium)
    said = (
        f"Nothing is told by {name} any more." if taken_back else f"Noted: may be told by {name}."
    )
    return done(request, row.number, said)
