"""Macros: kept on their pages, chosen, looked at and run beside a conversation."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.automations.actions import drop_macro, run_macro, save_macro
from shopbell.automations.editor import (
    actions_from,
    edited_actions,
    macro_editor_of,
    new_action,
)
from shopbell.automations.models import After, Macro
from shopbell.automations.queries import macro_by_id, macros, preview
from shopbell.automations.sentences import say_actions
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import Conflict, Invalid


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the macros."""
    return render(request, "automations/macros.html", {"macros": macros()})


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Put a new macro together; a POST changes the draft or saves it."""
    return _edit(request, None)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change a macro."""
    return _edit(request, macro_by_id(key))


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a macro away."""
    drop_macro(macro=macro_by_id(key))
    notes.success(request, "Thrown away.")
    return redirect("macros:index", request.store.slug)


def _edit(request: StaffRequest, macro: Macro | None) -> HttpResponseBase:
    if request.method != "POST":
        actions = macro.actions if macro else [new_action()]
        told = {"name": macro.name, "after": macro.after} if macro else {"after": After.STAY}
        return _page(request, macro, told, actions)
    told, actions = request.POST.dict(), actions_from(request.POST)
    press = request.POST.get("do", "")
    if press == "save":
        return _save(request, macro, told, actions)
    verb, _, place = press.partition(" ")
    fresh = ""
    if verb in ("act", "unact", "up", "down"):
        actions, fresh = edited_actions(actions, verb, place)
    return _page(request, macro, told, actions, fresh=fresh)


def _save(
    request: StaffRequest, macro: Macro | None, told: dict[str, Any], actions: list[dict[str, Any]]
) -> HttpResponseBase:
    try:
        save_macro(
            name=str(told.get("name", "")),
            actions=actions,
            after=str(told.get("after", "")),
            by=request.user,
            macro=macro,
        )
    except Invalid as error:
        return _page(request, macro, told, actions, wrong=error.fields)
    except Conflict as error:
        return _page(request, macro, told, actions, wrong={"name": error.message})
    notes.success(request, "Saved.")
    answer = redirect("macros:index", request.store.slug)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
    return answer


def _page(
    request: StaffRequest,
    macro: Macro | None,
    told: dict[str, Any],
    actions: list[dict[str, Any]],
    *,
    wrong: dict[str, str] | None = None,
    fresh: str = "",
) -> HttpResponse:
    context = {
        "macro": macro,
        "told": told,
        "editor": macro_editor_of(actions, wrong=wrong, fresh=fresh),
        "afters": After.choices,
        "does": say_actions(actions),
    }
    part = request.headers.get("HX-Request") == "true"
    name = "automations/macro_form.html" if part else "automations/macro.html"
    return render(request, name, context, status=422 if wrong else 200)


@staff_page("conversations:write")
@require_safe
def choose(request: StaffRequest, number: int) -> HttpResponse:
    """Offer the macros in a dialog."""
    context = {"case": conversation_by_number(number), "macros": macros()}
    return render(request, "automations/macro_dialog.html", context)


@staff_page("conversations:write")
@require_safe
def look(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponse:
    """Show what a macro would do with a conversation."""
    case, macro = conversation_by_number(number), macro_by_id(key)
    context = {
        "case": case,
        "macro": macro,
        "outcomes": preview(request.store, macro, case, request.user),
    }
    return render(request, "automations/macro_preview.html", context)


@staff_page("conversations:write")
@require_POST
def run(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponseBase:
    """Run a macro on one conversation."""
    row, macro = conversation_by_number(number), macro_by_id(key)
    ran = run_macro(store=request.store, macro=macro, conversation=row, by=request.user)
    events: dict[str, Any] = {"dialog:close": {}}
    if ran.failed:
        why = "; ".join(str(each["why"]) for each in ran.failed)
        events["toast"] = {"message": f"“{macro.name}”, not all done: {why}", "tone": "red"}
        return done(request, row.number, events=events)
    if macro.after != After.STAY:
        events["desk:after"] = {"go": macro.after}
    return done(request, row.number, f"“{macro.name}” done.", events=events)
