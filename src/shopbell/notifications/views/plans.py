"""The channel plan of a notification: its lists, and the preview on last month's news."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.errors import NotFound
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.ports import TELLING
from shopbell.messaging.titles import medium_title
from shopbell.notifications import actions
from shopbell.notifications.kinds import KINDS, Kind
from shopbell.notifications.models import PlanTrial
from shopbell.notifications.plan_form import PlanForm
from shopbell.notifications.queries import settings_of_store
from shopbell.notifications.trial_report import label_of, report_of, rows_of, trial_of
from shopbell.notifications.trials import DAYS, start_trial
from shopbell.notifications.words import plan_words
from shopbell.web.paging import page_of

_FILTERS = ("would", "was", "stage", "why", "changed")


@staff_page("notifications:read")
@require_safe
def plan(request: StaffRequest, kind: str) -> HttpResponse:
    """Show the channel plan of a notification."""
    setting = settings_of_store()[_kind(kind).key]
    return _page(request, kind, PlanForm(setting=setting), 200)


@staff_page("notifications:write")
@require_POST
def save_plan(request: StaffRequest, kind: str) -> HttpResponseBase:
    """Save the plan, or try it first."""
    form = PlanForm(request.POST, setting=settings_of_store()[_kind(kind).key])
    if not form.is_valid():
        return _page(request, kind, form, 422)
    if request.POST.get("do") == "try":
        trial = start_trial(
            store=request.store, kind=kind, by=request.staff.user.email, **form.changes()
        )
        return redirect("notifications:trial", request.store.slug, trial.pk)
    actions.save_rule(kind=kind, **form.changes())
    messages.success(request, "Saved. It holds for everything that happens from now on.")
    return redirect("notifications:plan", request.store.slug, kind)


def _page(request: StaffRequest, kind: str, form: PlanForm, status: int) -> HttpResponse:
    editable = may(request.staff, "notifications:write")
    if not editable:
        for field in form.fields.values():
            field.disabled = True
    context: dict[str, Any] = {
        "form": form,
        "kind": KINDS[kind],
        "setting": settings_of_store()[kind],
        "connected": [medium_title(medium) for medium in inboxes() if medium in TELLING],
        "trials": PlanTrial.objects.filter(kind=kind).order_by("-created_at")[:5],
        "days": DAYS,
        "editable": editable,
    }
    return render(request, "notifications/plan.html", context, status=status)


@staff_page("notifications:read")
@require_safe
def trial(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show who would get what by a plan, and why."""
    row = trial_of(key)
    report = report_of(row)
    wanted = {
        name: request.GET.get(name, "") for name in ("would", "was", "stage", "why", "changed")
    }
    context: dict[str, Any] = {
        "trial": row,
        "kind": KINDS[row.kind],
        "report": report,
        "setting": settings_of_store()[row.kind],
        "words": plan_words(row.media, row.waits, row.stages),
        "page": page_of(rows_of(row, wanted), cursor=request.GET.get("at"), time="at"),
        "filtered": label_of(wanted, report),
        "editable": may(request.staff, "notifications:write"),
    }
    return render(request, "notifications/trial.html", context)


@staff_page("notifications:write")
@require_POST
def use_plan(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Take a plan that was tried, and switch its notification on."""
    row = trial_of(key)
    actions.save_rule(
        kind=row.kind, enabled=True, media=row.media, waits=row.waits, stages=row.stages
    )
    messages.success(request, "Saved. It holds for everything that happens from now on.")
    return redirect("notifications:plan", request.store.slug, row.kind)


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise NotFound("There is no such notification.", remedy="Go back to the list.")
    return KINDS[key]
