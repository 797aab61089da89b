"""The picker of approved templates in the composer."""

import uuid

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import Top, send_template
from shopbell.conversations.actions.files import LARGEST
from shopbell.conversations.models import Conversation, Thread
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.reach import fields_of, templates_for
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.approved import FILE_HEADERS, file_header, on_top
from shopbell.messaging.models import ApprovedTemplate


@staff_page("conversations:write")
@require_safe
def pick(request: StaffRequest, number: int) -> HttpResponse:
    """Show the templates of a line, and the gaps of the chosen one."""
    row = conversation_by_number(number)
    thread = _thread(row, request.GET.get("thread", ""))
    customer = row.customer
    found = templates_for(thread, row.locale or (customer.locale if customer else ""))
    wanted = request.GET.get("template", "")
    chosen = next((each for each in found if str(each.pk) == wanted), None)
    context = {
        "case": row,
        "thread": thread,
        "templates": found,
        "chosen": chosen,
        "top": on_top(chosen) if chosen else "",
        "types": ",".join(FILE_HEADERS.get(file_header(chosen), ())) if chosen else "",
        "gaps": fields_of(chosen, row, request.store, request.user) if chosen else [],
        "client_id": uuid.uuid4(),
    }
    return render(request, "conversations/templates.html", context)


@staff_page("conversations:write")
@require_POST
def send(request: StaffRequest, number: int) -> HttpResponseBase:
    """Send the chosen template."""
    row = conversation_by_number(number)
    thread = _thread(row, request.POST.get("thread", ""))
    wanted = _key(request.POST.get("template", ""))
    template = ApprovedTemplate.objects.filter(pk=wanted).first() if wanted else None
    if template is None:
        raise Invalid("Choose a template first.")
    values = {
        name: value
        for name, value in request.POST.items()
        if name.startswith(("body_", "header_", "button_")) and isinstance(value, str)
    }
    send_template(
        store=request.store,
        conversation=row,
        thread=thread,
        template=template,
        values=values,
        author=request.user,
        client_id=_key(request.POST.get("client_id", "")),
        top=_top(request),
    )
    return done(request, row.number, events={"desk:sent": {"number": row.number}})


def _top(request: StaffRequest) -> Top:
    """Return the file that was chosen for on top, or its address."""
    file = request.FILES.get("top_file")
    if file is None:
        return Top(address=request.POST.get("top_address", ""))
    if (file.size or 0) > LARGEST:
        raise Invalid(
            f"A file may have {LARGEST // 1_000_000} MB at most.",
            kept="What you filled in is here.",
        )
    return Top(name=file.name or "", content=file.read())


def _thread(row: Conversation, key: str) -> Thread:
    wanted = _key(key)
    found = row.threads.filter(pk=wanted).first() if wanted else None
    if found is None:
        raise NotFound("This conversation has no such line.")
    return found


def _key(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
