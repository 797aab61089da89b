"""The page on which a store says by when it answers."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.calendars.queries import default_calendar
from shopbell.conversations.listing import MEDIA
from shopbell.conversations.models import Priority, Team
from shopbell.kit.errors import Conflict, Invalid
from shopbell.slas import actions
from shopbell.slas.models import Policy
from shopbell.slas.policy_form import GOALS, PolicyForm
from shopbell.slas.presets import offered
from shopbell.slas.queries import policies, policy_of
from shopbell.slas.spans import span_text


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the promises in the order in which they are asked."""
    teams = {row.pk: row.name for row in Team.objects.all()}
    rows = policies()
    context = {
        "policies": [_shown(row, teams) for row in rows],
        "presets": offered() if not rows else [],
        "default_calendar": default_calendar(),
    }
    return render(request, "slas/promises.html", context)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponseBase:
    """Add a promise."""
    return _form(request, None)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change a promise."""
    return _form(request, policy_of(key))


@staff_page("desk:write")
@require_POST
def add_presets(request: StaffRequest) -> HttpResponseBase:
    """Add the usual promises by channel."""
    count = len(actions.add_presets())
    notes.success(request, f"{count} promises are in force. Change them as you like.")
    return redirect("slas:promises", request.store.slug)


@staff_page("desk:write")
@require_POST
def move(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Ask a promise earlier or later."""
    actions.move_policy(policy=policy_of(key), up=request.POST.get("to") == "up")
    return redirect("slas:promises", request.store.slug)


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a promise away."""
    row = policy_of(key)
    actions.drop_policy(policy=row)
    notes.success(request, f"“{row.name}” is gone.")
    return redirect("slas:promises", request.store.slug)


def _form(request: StaffRequest, row: Policy | None) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    form = PolicyForm(data, policy=row)
    if data is not None and form.is_valid():
        try:
            saved = actions.save_policy(**form.values(), policy=row)
        except Invalid as error:
            for name, sentence in (error.fields or {"name": error.message}).items():
                form.add_error(name if name in form.fields else None, sentence)
        except Conflict as error:
            form.add_error("name", error.message)
        else:
            notes.success(request, f"“{saved.name}” is saved and counts from now on.")
            return redirect("slas:promises", request.store.slug)
    status = 422 if form.errors else 200
    return render(request, "slas/promise.html", {"form": form, "row": row}, status=status)


def _shown(row: Policy, teams: dict[uuid.UUID, str]) -> dict[str, Any]:
    conditions = [MEDIA.get(medium, medium) for medium in row.media]
    conditions += [Priority(value).label for value in row.priorities]
    conditions += [teams.get(key, "a team that is gone") for key in row.teams]
    conditions += [f"tag {tag}" for tag in row.tags]
    goals = [(label, span_text(row.goal(name))) for name, label in GOALS]
    return {"row": row, "goals": goals, "conditions": conditions or ["Everything"]}
