"""The notifications pages: what is told when, and how considerate sending is."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.policy import policy_of
from shopbell.notifications import actions
from shopbell.notifications.forms import PolicyForm, RuleForm
from shopbell.notifications.kinds import KINDS, Kind
from shopbell.notifications.overview import matrix, row_of, shop_notices
from shopbell.notifications.queries import settings_of_store


@staff_page("notifications:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the matrix, what to switch off in the shop, and the policy."""
    return _index(request, PolicyForm(store=request.store), 200)


def _index(request: StaffRequest, policy: PolicyForm, status: int) -> HttpResponse:
    editable = may(request.staff, "notifications:write")
    if not editable:
        for field in policy.fields.values():
            field.disabled = True
    hours = policy_of(request.store)
    context = {
        "groups": matrix(request.store),
        "shops": shop_notices(request.store),
        "policy": policy,
        "quiet_from": hours.quiet_from,
        "quiet_until": hours.quiet_until,
        "editable": editable,
        "paused": request.store.sends_paused,
    }
    return render(request, "notifications/index.html", context, status=status)


@staff_page("notifications:read")
@require_safe
def show(request: StaffRequest, kind: str) -> HttpResponse:
    """Show all settings of one notification."""
    setting = settings_of_store()[_kind(kind).key]
    return _form_page(request, RuleForm(setting=setting), kind, 200)


@staff_page("notifications:write")
@require_POST
def save(request: StaffRequest, kind: str) -> HttpResponseBase:
    """Save the settings of one notification."""
    form = RuleForm(request.POST, setting=settings_of_store()[_kind(kind).key])
    if not form.is_valid():
        return _form_page(request, form, kind, 422)
    actions.save_rule(kind=kind, **form.changes())
    messages.success(request, "Saved. It holds for everything that happens from now on.")
    return redirect("notifications:index", request.store.slug)


def _form_page(request: StaffRequest, form: RuleForm, kind: str, status: int) -> HttpResponse:
    editable = may(request.staff, "notifications:write")
    if not editable:
        for field in form.fields.values():
            field.disabled = True
    context: dict[str, Any] = {
        "form": form,
        "row": row_of(request.store, kind),
        "kind": KINDS[kind],
        "editable": editable,
    }
    return render(request, "notifications/show.html", context, status=status)


@staff_page("notifications:write")
@require_POST
def switch(request: StaffRequest, kind: str) -> HttpResponseBase:
    """Switch one notification on or off."""
    actions.save_rule(kind=_kind(kind).key, enabled=request.POST.get("on") == "on")
    return _row(request, kind)


@staff_page("notifications:write")
@require_POST
def earlier(request: StaffRequest, kind: str) -> HttpResponseBase:
    """Move one channel of a plan one place to the front."""
    actions.prefer_medium(kind=_kind(kind).key, medium=request.POST.get("medium", ""))
    return _row(request, kind)


def _row(request: StaffRequest, kind: str) -> HttpResponseBase:
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("notifications:index", request.store.slug)
    context = {"row": row_of(request.store, kind), "editable": True}
    return render(request, "notifications/row.html", context)


@staff_page("notifications:write")
@require_POST
def shipped(request: StaffRequest, kind: str) -> HttpResponseBase:
    """Go back to the shipped settings."""
    actions.use_shipped_rule(kind=_kind(kind).key)
    messages.success(request, "Back to the standard settings.")
    return redirect("notifications:show", request.store.slug, kind)


@staff_page("notifications:write")
@require_POST
def save_policy(request: StaffRequest) -> HttpResponseBase:
    """Save whether opens are measured."""
    form = PolicyForm(request.POST, store=request.store)
    if not form.is_valid():
        return _index(request, form, 422)
    actions.change_policies(store=request.store, **form.changes())
    messages.success(request, "Saved.")
    return redirect("notifications:index", request.store.slug)


@staff_page("notifications:write")
@require_POST
def sending(request: StaffRequest) -> HttpResponseBase:
    """Pause all sending of the store, or resume it."""
    if request.POST.get("on") == "1":
        count = actions.resume_sending(store=request.store)
        text = f" {count} that waited go out now." if count else ""
        messages.success(request, f"Sending goes on.{text}")
    else:
        actions.pause_sending(store=request.store)
        messages.success(request, "Paused. Nothing goes out until you resume; nothing is lost.")
    return redirect("notifications:index", request.store.slug)


@staff_page("notifications:write")
@require_POST
def shop_notice(request: StaffRequest) -> HttpResponseBase:
    """Remember that a notice of the shop itself is switched off there (or not)."""
    kind, shop = _kind(request.POST.get("kind", "")), request.POST.get("shop", "")
    if shop not in {notices.key for notices in shop_notices(request.store)}:
        raise Invalid("There is no such shop.")
    actions.mark_shop_notice(
        store=request.store, shop=shop, kind=kind.key, off=request.POST.get("off") == "on"
    )
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("notifications:index", request.store.slug)
    context = {"shops": shop_notices(request.store), "editable": True}
    return render(request, "notifications/shops.html", context)


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise NotFound("There is no such notification.", remedy="Go back to the list.")
    return KINDS[key]
