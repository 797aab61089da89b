"""Deciding and running: each view is one action."""

import uuid

from django.contrib import messages as notes
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.campaigns import actions
from shopbell.campaigns.examined import what_stops
from shopbell.campaigns.forms import LimitForm
from shopbell.campaigns.models import Stage
from shopbell.campaigns.policy import change_limit
from shopbell.campaigns.queries import campaign_by_id
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid


def _back(request: StaffRequest, key: uuid.UUID, said: str) -> HttpResponseBase:
    notes.success(request, said)
    return redirect("campaigns:show", request.store.slug, key)


@staff_page("campaigns:write", scoped=False)
@require_POST
def submit(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Send it at its time, or ask for a second person's word; not past what stops it."""
    if found := what_stops(request.store, key):
        notes.error(request, f"It cannot leave yet. {' '.join(found[:3])}")
        return redirect("campaigns:write", request.store.slug, key)
    with store_scope(request.store.pk):
        row = actions.submit_campaign(
            store=request.store, campaign=campaign_by_id(key), by=request.user
        )
    if row.stage == Stage.WAITING:
        return _back(request, key, "It waits for a second person. Nothing was sent yet.")
    return _back(request, key, "It begins at its time." if row.begins_at else "It is being sent.")


@staff_page("campaigns:approve")
@require_POST
def approve(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Agree as the second person."""
    row = actions.approve_campaign(
        store=request.store, campaign=campaign_by_id(key), by=request.user
    )
    said = "Agreed. It begins at its time." if row.begins_at else "Agreed. It is being sent."
    return _back(request, key, said)


@staff_page("campaigns:approve")
@require_POST
def send_back(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Do not agree: it becomes a draft again."""
    actions.send_back_campaign(
        store=request.store,
        campaign=campaign_by_id(key),
        by=request.user,
        why=request.POST.get("why", ""),
    )
    return _back(request, key, "Sent back. Nothing was sent to customers.")


@staff_page("campaigns:write")
@require_POST
def take_back(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Make what has not begun a draft again."""
    actions.take_back_campaign(store=request.store, campaign=campaign_by_id(key))
    return _back(request, key, "It is a draft again.")


@staff_page("campaigns:write")
@require_POST
def pause(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Hold everybody who has not got it yet."""
    actions.pause_campaign(campaign=campaign_by_id(key), by=request.user)
    return _back(request, key, "Paused. Whoever has not got it yet waits.")


@staff_page("campaigns:write")
@require_POST
def resume(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Go on."""
    actions.resume_campaign(campaign=campaign_by_id(key))
    return _back(request, key, "It goes on.")


@staff_page("campaigns:write")
@require_POST
def cancel(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Write to nobody else."""
    actions.cancel_campaign(campaign=campaign_by_id(key), by=request.user)
    return _back(request, key, "Cancelled. Nobody else gets it.")


@staff_page("campaigns:write")
@require_POST
def copy(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Begin another one like it."""
    row = actions.copy_campaign(campaign=campaign_by_id(key), by=request.user)
    return redirect("campaigns:plan", request.store.slug, row.pk)


@staff_page("campaigns:write")
@require_POST
def variant(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Add a variant, or take one out."""
    row, gone = campaign_by_id(key), request.POST.get("drop", "")
    if gone:
        actions.drop_variant(campaign=row, variant=gone)
        return _back(request, key, f"Variant {gone} is gone.")
    fresh = actions.add_variant(campaign=row)
    return _back(request, key, f"Variant {fresh.name} begins as a copy of the first.")


@staff_page("campaigns:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a draft away."""
    actions.drop_draft(campaign=campaign_by_id(key))
    notes.success(request, "The draft is gone. Nothing was sent.")
    return redirect("campaigns:index", request.store.slug)


@staff_page("settings:write")
@require_POST
def limit(request: StaffRequest) -> HttpResponseBase:
    """Save up to how many people one person may write to alone."""
    form = LimitForm(request.POST)
    if not form.is_valid():
        raise Invalid("The limit must be a number from 0 on.", fields={"limit": "0 or more."})
    change_limit(store=request.store, limit=form.cleaned_data["limit"])
    notes.success(request, "Saved. It holds from the next campaign on.")
    return redirect("campaigns:index", request.store.slug)
