"""The two dialogs: how a call ended, and a call made elsewhere."""

import json
import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.calls.actions import Noted, log_call, note_outcome
from shopbell.calls.forms import LogForm, OutcomeForm, in_zone
from shopbell.calls.models import Call
from shopbell.calls.queries import call_of, numbers_of
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import conversation_by_number
from shopbell.kit.errors import Conflict, Invalid


@staff_page("conversations:write")
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Ask how a call ended; a POST keeps it."""
    row = call_of(key)
    form = OutcomeForm(request.POST if request.method == "POST" else None, call=row)
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        values["call_back_at"] = in_zone(values["call_back_at"], request.store.timezone)
        try:
            saved = note_outcome(call=row, by=request.user, **values)
            return _noted(request, saved, "Noted.")
        except (Invalid, Conflict) as error:
            _tell(form, error)
    return _dialog(request, form, "How did the call end?", "Note it")


@staff_page("conversations:write")
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: StaffRequest) -> HttpResponseBase:
    """Ask for a call that went over another phone; a POST writes it down."""
    given = request.POST if request.method == "POST" else request.GET
    case = _case(given.get("case", ""))
    known = numbers_of(case) if case else []
    form = LogForm(
        request.POST if request.method == "POST" else None,
        number=known[0] if known else "",
        case=case.number if case else None,
    )
    if form.is_bound and form.is_valid():
        try:
            saved = log_call(noted=_as_noted(request, form, case), by=request.user)
            return _noted(request, saved, "The call is written down.")
        except (Invalid, Conflict) as error:
            _tell(form, error)
    return _dialog(request, form, "Log a call", "Write it down")


def _case(number: str) -> Conversation | None:
    return conversation_by_number(int(number)) if number.isdecimal() else None


def _as_noted(request: StaffRequest, form: LogForm, case: Conversation | None) -> Noted:
    values = {name: value for name, value in form.cleaned_data.items() if name != "case"}
    zone = request.store.timezone
    values["at"] = in_zone(values["at"], zone)
    values["call_back_at"] = in_zone(values["call_back_at"], zone)
    return Noted(conversation=case, **values)


def _tell(form: Any, error: Invalid | Conflict) -> None:
    """Put what was wrong where it was wrong."""
    fields = error.fields if isinstance(error, Invalid) else {}
    for name, said in (fields or {"": error.message}).items():
        form.add_error(name if name in form.fields else None, said)


def _dialog(request: StaffRequest, form: Any, title: str, verb: str) -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb}
    status = 422 if form.is_bound else 200
    return render(request, "calls/dialog.html", context, status=status)


def _noted(request: StaffRequest, row: Call, said: str) -> HttpResponseBase:
    assert row.conversation is not None
    number = row.conversation.number
    if request.headers.get("HX-Request") != "true":
        return redirect("inbox:show", request.store.slug, number)
    told = {
        "dialog:close": {},
        "desk:changed": {"number": number},
        "toast": {"message": said, "tone": "green"},
    }
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
