"""The page of teams: who is in them, how they hand out, who is here, how much people take."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.assignments import actions
from shopbell.assignments.agents import set_capacity
from shopbell.assignments.forms import CapacityForm, InboxForm, TeamForm
from shopbell.assignments.models import Mode, Routing
from shopbell.assignments.queries import (
    inbox_kind,
    inbox_name,
    inboxes,
    people_at_work,
    routings,
    team_of,
    teams,
)
from shopbell.conversations.actions import set_owner_rule
from shopbell.conversations.forms import checked
from shopbell.conversations.models import Team
from shopbell.conversations.policy import desk_policy
from shopbell.kit.errors import Conflict, Invalid, NotFound


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show teams, inboxes and people."""
    people = people_at_work()
    by_team = {row.team_id: row for row in routings() if row.team_id}
    by_inbox = {row.inbox_id: row for row in routings() if row.inbox_id}
    here = {each.user.pk for each in people if each.available}
    rows = teams()
    context = {
        "teams": [
            {
                "row": row,
                "members": [(user, user.pk in here) for user in row.members.all()],
                "routing": by_team.get(row.pk),
            }
            for row in rows
        ],
        "inboxes": [
            (row, inbox_name(row), inbox_kind(row), by_inbox.get(row.pk)) for row in inboxes()
        ],
        "people": people,
        "modes": Mode.choices,
        "policy": desk_policy(request.store),
    }
    return render(request, "assignments/teams.html", context)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponseBase:
    """Add a team."""
    return _form(request, None)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change a team."""
    return _form(request, team_of(key))


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a team away."""
    row = team_of(key)
    actions.drop_team(team=row, by=request.user)
    notes.success(request, f"The team {row.name} is gone. Its conversations keep their owners.")
    return _back(request)


@staff_page("desk:write")
@require_POST
def route(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Say what becomes of what comes in at an inbox."""
    values = checked(InboxForm(request.POST)).cleaned_data
    inbox = next((row for row in inboxes() if row.pk == key), None)
    if inbox is None:
        raise NotFound("There is no such inbox.", remedy="Reload the page.")
    gives_to = team_of(values["gives_to"]) if values["gives_to"] else None
    actions.set_inbox_routing(inbox=inbox, gives_to=gives_to, mode=values["mode"] or Mode.OFF)
    notes.success(request, "Saved.")
    return _back(request)


@staff_page("desk:write")
@require_POST
def capacity(request: StaffRequest, key: int) -> HttpResponseBase:
    """Say how much a person takes at a time."""
    values = checked(CapacityForm(request.POST)).cleaned_data
    found = next((each for each in people_at_work() if each.user.pk == key), None)
    if found is None:
        raise NotFound("Nobody like that works here.", remedy="Reload the page.")
    chat = values["chat"]
    kept = {name: count for name, count in found.capacities.items() if name != "chat"}
    set_capacity(
        user=found.user,
        capacity=values["capacity"],
        capacities=kept | ({"chat": chat} if chat is not None else {}),
    )
    notes.success(request, f"{found.user} takes {values['capacity']} at a time.")
    return _back(request)


@staff_page("desk:write")
@require_POST
def owner_rule(request: StaffRequest) -> HttpResponseBase:
    """Say whether only the owner of a conversation answers it."""
    wanted = request.POST.get("only_owner_answers") == "on"
    set_owner_rule(store=request.store, only_owner_answers=wanted)
    notes.success(request, "Only the owner answers." if wanted else "Everybody may answer.")
    return _back(request)


def _back(request: StaffRequest) -> HttpResponseBase:
    return redirect("assignments:teams", request.store.slug)


def _form(request: StaffRequest, row: Team | None) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    routing = Routing.objects.filter(team=row).first() if row else None
    form = TeamForm(data, team=row, routing=routing)
    if data is not None and form.is_valid():
        try:
            saved = actions.save_team(**form.values(), team=row)
        except Invalid as error:
            for name, sentence in (error.fields or {"name": error.message}).items():
                form.add_error(name if name in form.fields else None, sentence)
        except Conflict as error:
            form.add_error("name", error.message)
        else:
            notes.success(request, f"The team {saved.name} is saved.")
            return _back(request)
    context: dict[str, Any] = {"form": form, "row": row}
    return render(request, "assignments/team.html", context, status=422 if form.errors else 200)
