"""The live preview and the test send. Both use what real messages use: renderer, gate, queue.

A newcomer's mistake: putting a mail's HTML into the page. It comes in a document of its own, posted
into a sandboxed frame, because our pages' policy forbids its styles and we forbid its scripts.
"""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.forms import TextForm, uuid_or_nothing
from shopbell.messaging.library import check_locale
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.previews import Preview, preview
from shopbell.messaging.rehearsals import send_test
from shopbell.messaging.rendering.source import Source
from shopbell.messaging.states import State
from shopbell.messaging.views.editor import place
from shopbell.web.framing import mail_document

_UNDER_WAY = (State.QUEUED, State.CLAIMED, State.HANDED)


@staff_page("templates:read", scoped=False)
@require_POST
def show_preview(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponse:
    """Answer with everything about the typed text but the mail itself."""
    made = _preview(request, kind, medium, locale)
    context = {"preview": made, "is_mail": medium == Medium.EMAIL, "is_sms": medium == Medium.SMS}
    return render(request, "messaging/preview.html", context)


@staff_page("templates:read", scoped=False)
@xframe_options_sameorigin
@require_POST
def mail(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponse:
    """Answer with the mail itself, for the frame."""
    made = _preview(request, kind, medium, locale)
    return mail_document(made.rendered.html if made.rendered else "")


def _preview(request: StaffRequest, kind: str, medium: str, locale: str) -> Preview:
    place(kind, medium)
    empty = Source(body="", medium=Medium(medium), locale=check_locale(locale))
    form = TextForm(request.POST, medium=medium, locale=locale, source=empty)
    return preview(
        store=request.store,
        kind=kind,
        medium=medium,
        source=form.source(),
        order_id=uuid_or_nothing(request.POST.get("order", "")),
    )


@staff_page("templates:write")
@require_POST
def test(request: StaffRequest, kind: str, medium: str, locale: str) -> HttpResponse:
    """Send the saved text to an address."""
    place(kind, medium)
    try:
        message = send_test(
            store=request.store,
            kind=kind,
            medium=medium,
            locale=check_locale(locale),
            to=request.POST.get("to", "")[:320],
            order_id=uuid_or_nothing(request.POST.get("order", "")),
        )
    except Invalid as error:
        return render(request, "messaging/test_refused.html", {"said": error.message}, status=422)
    return _state(request, message)


@staff_page("templates:read")
@require_safe
def test_state(request: StaffRequest, message: UUID) -> HttpResponse:
    """Show where a test message is."""
    found = Message.objects.defer("html", "text").filter(pk=message, origin="test").first()
    if found is None:
        raise NotFound("There is no such test.")
    return _state(request, found)


def _state(request: StaffRequest, message: Message) -> HttpResponse:
    context = {"message": message, "under_way": message.state in _UNDER_WAY}
    return render(request, "messaging/test_state.html", context)
