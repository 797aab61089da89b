"""Deciding and running: submit, approve, pause, stop, end, follow up. Each is one action."""

import uuid

from django.contrib import messages as notes
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.announcements import actions
from shopbell.announcements.forms import LimitForm
from shopbell.announcements.models import Stage, Telling
from shopbell.announcements.policy import change_limit
from shopbell.announcements.queries import announcement_by_id, telling_of
from shopbell.announcements.words import people
from shopbell.kit.errors import Invalid


def _telling(key: uuid.UUID, number: int) -> Telling:
    return telling_of(announcement_by_id(key), number)


def _back(request: StaffRequest, key: uuid.UUID, said: str) -> HttpResponseBase:
    notes.success(request, said)
    return redirect("announcements:show", request.store.slug, key)


@staff_page("announcements:write")
@require_POST
def submit(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Send it, or ask for a second person's word."""
    row = actions.submit_telling(
        store=request.store, telling=_telling(key, number), by=request.user
    )
    if row.stage == Stage.WAITING:
        return _back(request, key, "It waits for a second person. Nothing was sent yet.")
    return _back(request, key, f"It is being sent to {people(row.people)}.")


@staff_page("announcements:approve")
@require_POST
def approve(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Agree as the second person."""
    row = actions.approve_telling(
        store=request.store, telling=_telling(key, number), by=request.user
    )
    return _back(request, key, f"Agreed. It is being sent to {people(row.people)}.")


@staff_page("announcements:approve")
@require_POST
def send_back(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Do not agree: it becomes a draft again."""
    actions.send_back_telling(
        store=request.store,
        telling=_telling(key, number),
        by=request.user,
        why=request.POST.get("why", ""),
    )
    return _back(request, key, "Sent back. Nothing was sent to customers.")


@staff_page("announcements:write")
@require_POST
def take_back(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Make what waits a draft again."""
    actions.take_back_telling(store=request.store, telling=_telling(key, number))
    return _back(request, key, "It is a draft again.")


@staff_page("announcements:write")
@require_POST
def pause(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Hold everybody who has not been told yet."""
    actions.pause_telling(telling=_telling(key, number))
    return _back(request, key, "Paused. Whoever was not told yet waits.")


@staff_page("announcements:write")
@require_POST
def resume(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Go on."""
    actions.resume_telling(telling=_telling(key, number))
    return _back(request, key, "It goes on.")


@staff_page("announcements:write")
@require_POST
def stop(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Tell nobody else."""
    actions.stop_telling(telling=_telling(key, number), by=request.user)
    return _back(request, key, "Stopped. Nobody else is told; you can correct what was said.")


@staff_page("announcements:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID, number: int) -> HttpResponseBase:
    """Throw a draft away."""
    telling = _telling(key, number)
    actions.drop_draft(telling=telling)
    notes.success(request, "The draft is gone. Nothing was sent.")
    if telling.is_first:
        return redirect("announcements:index", request.store.slug)
    return redirect("announcements:show", request.store.slug, key)


@staff_page("announcements:write")
@require_POST
def follow_up(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Begin a further message to those who got the first."""
    telling = actions.begin_follow_up(announcement=announcement_by_id(key), by=request.user)
    return redirect("announcements:words", request.store.slug, key, telling.number)


@staff_page("announcements:write")
@require_POST
def end(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Say that it is over."""
    released = actions.end_announcement(
        store=request.store, announcement=announcement_by_id(key), by=request.user
    )
    noun = "notification is" if released == 1 else "notifications are"
    more = f" {released} held {noun} being judged anew." if released else ""
    return _back(request, key, f"It is over.{more}")


@staff_page("settings:write")
@require_POST
def limit(request: StaffRequest) -> HttpResponseBase:
    """Save up to how many people one person may tell alone."""
    form = LimitForm(request.POST)
    if not form.is_valid():
        raise Invalid("The limit must be a number from 0 on.", fields={"limit": "0 or more."})
    change_limit(store=request.store, limit=form.cleaned_data["limit"])
    notes.success(request, "Saved. It holds from the next announcement on.")
    return redirect("announcements:index", request.store.slug)
