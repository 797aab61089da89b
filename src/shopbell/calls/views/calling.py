"""Calling from a conversation, who is calling just now, and what callers have said."""

import re
import uuid

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.calls.actions import ask_to_call, drop_phone, save_phone
from shopbell.calls.forms import PhoneForm
from shopbell.calls.models import Direction, State
from shopbell.calls.queries import call_of, is_sandbox, phone_of
from shopbell.conversations.actions.scans import content_of
from shopbell.conversations.forms import checked
from shopbell.conversations.queries import conversation_by_number, conversations_of
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import NotFound

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
AUDIO = "audio/mpeg"


@staff_page("conversations:write")
@require_POST
def call(request: StaffRequest, number: int) -> HttpResponseBase:
    """Ring the agent, then the customer. The first time it also keeps the agent's own number."""
    row = conversation_by_number(number)
    if phone_of(request.user) is None and request.POST.get("mine"):
        save_phone(user=request.user, number=request.POST["mine"])
    placed = ask_to_call(conversation=row, number=request.POST.get("number", ""), by=request.user)
    where = " on the page Sandbox" if is_sandbox(placed.connection) else ""
    said = f"Your phone rings now{where}. Press 1, and the customer is called."
    return done(request, row.number, said)


@staff_page("conversations:write")
@require_POST
def my_phone(request: StaffRequest) -> HttpResponseBase:
    """Keep the agent's own number."""
    values = checked(PhoneForm(request.POST)).cleaned_data
    if values["number"]:
        save_phone(user=request.user, number=values["number"], rings=values["rings"])
    else:
        drop_phone(user=request.user)
    return HttpResponse(status=204)


@staff_page("conversations:read")
@require_safe
def notice(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show who is calling, for the corner of the page; nothing when the call is over."""
    row = call_of(key)
    rings = row.state == State.RINGING and row.direction == Direction.IN
    if not rings and row.state != State.TALKING:
        return HttpResponse(status=204)
    known = conversations_of(customer_id=row.customer_id, limit=1)
    case = row.conversation or next(iter(known), None)
    context = {"call": row, "rings": rings, "case": case}
    return render(request, "calls/notice.html", context)


@staff_page("conversations:read")
@require_safe
def recording(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Answer with what a caller said, in parts if the player wants parts."""
    row = call_of(key)
    file = row.entry.attachments.filter(content_type=AUDIO).first() if row.entry else None
    if file is None:
        raise NotFound("There is no recording of this call.")
    return _part(content_of(file), request.headers.get("range", ""))


def _part(content: bytes, wanted: str) -> HttpResponse:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    found = _RANGE.fullmatch(wanted)
    if found is None:
        return HttpResponse(content, content_type=AUDIO, headers=headers)
    size = len(content)
    first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    if first > last:
        return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    part = content[first : last + 1]
    return HttpResponse(part, status=206, content_type=AUDIO, headers=headers)
