"""Doing one thing with many conversations: begun from the list, watched, looked at, undone."""

import json
import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations import forms
from shopbell.conversations.actions import put_bulk_away, start_bulk, undo_bulk
from shopbell.conversations.actions.bulk import MOST, too_many
from shopbell.conversations.bulk.progress import (
    bulk_action,
    left_items,
    progress_of,
    recent_bulk_actions,
    shown_above_the_list,
)
from shopbell.conversations.listing import asked_of
from shopbell.conversations.models import BulkAction, Conversation, Priority
from shopbell.conversations.queries import Filters, matching, people_to_assign, teams_of_store
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import Invalid

_OBJECTS = {"snooze": "until", "untag": "tag"}  # else a verb's object has the name of the verb


@staff_page("conversations:write")
@require_POST
def start(request: StaffRequest) -> HttpResponseBase:
    """Do one thing with all chosen conversations, or with all of a list."""
    values = forms.checked(forms.BulkForm(request.POST)).cleaned_data
    verb, _, chosen = values["do"].partition(":")
    given = {"tag": values["tag"]} if verb == "tag" else {}
    if verb == "snooze":
        until = forms.snooze_end(chosen, request.store.timezone)
        given = {"until": until.isoformat() if until else ""}
    elif chosen or verb in ("owner", "team"):
        given = {_OBJECTS.get(verb, verb): chosen}
    if values["all"]:
        rows = matching(_filters(request, QueryDict(values["all"].lstrip("?"))))
    else:
        rows = Conversation.objects.filter(number__in=values["numbers"])
    return _told(request, start_bulk(rows=rows, verb=verb, given=given, by=request.user))


def _filters(request: StaffRequest, query: QueryDict) -> Filters:
    asked = asked_of(query, request.user, request.store.timezone)
    if asked.troubles:
        raise Invalid(" ".join(asked.troubles), kept="Nothing was changed.")
    return asked.filters


def _told(request: StaffRequest, action: BulkAction) -> HttpResponseBase:
    """Say what was done, or that it goes on, and offer to undo it."""
    if request.headers.get("HX-Request") != "true":
        return redirect("inbox:bulk_show", request.store.slug, action.pk)
    [found] = progress_of([bulk_action(action.pk)])
    if found.is_at_work:  # the bar above the list says so
        return done(request, 0, events={"desk:bulk": {}})
    undo = _address(request, action) if found.may_undo else ""
    return done(request, 0, found.says, undo=undo, events={"desk:bulk": {}})


def _address(request: StaffRequest, action: BulkAction) -> str:
    return redirect("inbox:bulk_undo", request.store.slug, action.pk).url


@staff_page("conversations:write")
@require_safe
def menu(request: StaffRequest) -> HttpResponse:
    """Offer what else can be done with the chosen ones."""
    context = {
        "people": people_to_assign(),
        "teams": teams_of_store(),
        "snoozes": forms.SNOOZES.items(),
        "priorities": Priority.choices,
    }
    return render(request, "conversations/bulk_menu.html", context)


@staff_page("conversations:write")
@require_safe
def count(request: StaffRequest) -> HttpResponseBase:
    """Say how many conversations a list has, before something is done with all of them."""
    found = matching(_filters(request, request.GET))[: MOST + 1].values("pk").count()
    if found > MOST:
        raise too_many()
    told = json.dumps({"desk:whole": {"count": found}})
    return HttpResponse(status=204, headers={"HX-Trigger": told})


@staff_page("conversations:read")
@require_safe
def here(request: StaffRequest) -> HttpResponse:
    """Show above the list what this person did last with many, while that matters."""
    return _here(request)


def _here(request: StaffRequest) -> HttpResponse:
    found = shown_above_the_list(request.user)
    return render(request, "conversations/bulk_here.html", {"bulk": found})


@staff_page("conversations:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List what was done with many."""
    return render(request, "conversations/bulk_list.html", {"found": recent_bulk_actions()})


@staff_page("conversations:read")
@require_safe
def show(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show one, with the conversations it left and why."""
    action = bulk_action(key)
    [found] = progress_of([action])
    context: dict[str, Any] = {
        "bulk": found,
        "items": left_items(action),
        "may_write": may(request.staff, "conversations:write"),
    }
    return render(request, "conversations/bulk.html", context)


@staff_page("conversations:write")
@require_POST
def undo(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Put back what is still as it left it."""
    return _told(request, undo_bulk(action=bulk_action(key), by=request.user))


@staff_page("conversations:write")
@require_POST
def away(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Show it no more above the list."""
    put_bulk_away(action=bulk_action(key))
    return _here(request)
