"""What an answer by text message costs while it is being written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.queries import conversation_by_number
from shopbell.messaging.costs import cost_of
from shopbell.messaging.forms import uuid_or_nothing
from shopbell.messaging.ports import Medium


@staff_page("conversations:write")
@require_POST
def parts(request: StaffRequest, number: int) -> HttpResponse:
    """Answer with parts and price of what is typed; with nothing where it goes another way."""
    row = conversation_by_number(number)
    threads = row.threads.select_related("inbox")
    wanted = uuid_or_nothing(request.POST.get("thread", ""))
    thread = threads.filter(pk=wanted).first() if wanted else threads.order_by("created_at").last()
    text = request.POST.get("text", "")[:5_000].strip()
    by_text = thread is not None and thread.medium == Medium.SMS
    if thread is None or not by_text or not text or request.POST.get("mode") == "note":
        return HttpResponse("")
    cost = cost_of(text, to=thread.address, inbox=thread.inbox)
    target = f"#composer-{row.number} textarea[name=text]"
    return render(request, "messaging/cost.html", {"cost": cost, "target": target})
