"""The page on which a store says when people work."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.calendars import actions, feeds
from shopbell.calendars.arithmetic import standing
from shopbell.calendars.models import Calendar
from shopbell.calendars.notation import DAY_NAMES, day_text
from shopbell.calendars.queries import calendar_of, calendars, coming_days_off, schedule_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid
from shopbell.slas.forms import CalendarForm


@staff_page("desk:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the calendars."""
    now = clock.now()
    shown = [_shown(row, now) for row in calendars()]
    return render(request, "slas/calendars.html", {"calendars": shown})


@staff_page("desk:write", scoped=False)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponseBase:
    """Add a calendar."""
    return _form(request, None)


@staff_page("desk:write", scoped=False)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change a calendar."""
    with store_scope(request.store.pk):
        row = calendar_of(key)
    return _form(request, row)


@staff_page("desk:write")
@require_POST
def make_default(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Let it count where nothing else was chosen."""
    row = calendar_of(key)
    actions.make_default(calendar=row)
    notes.success(request, f"{row.name} is the default now.")
    return redirect("slas:calendars", request.store.slug)


@staff_page("desk:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw a calendar away."""
    row = calendar_of(key)
    actions.drop_calendar(calendar=row)
    notes.success(request, f"{row.name} is gone. What used it goes by the default calendar.")
    return redirect("slas:calendars", request.store.slug)


@staff_page("desk:write", scoped=False)
@require_POST
def read_feed(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Read the feed now."""
    with store_scope(request.store.pk):
        row = calendar_of(key)
    _tell_feed(request, feeds.refresh(calendar=row) if row.feed_url else "There is no feed.")
    return redirect("slas:calendars", request.store.slug)


def _form(request: StaffRequest, row: Calendar | None) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    form = CalendarForm(data, calendar=row, zone=request.store.timezone)
    if data is not None and form.is_valid():
        saved = _save(request, form, row)
        if saved is not None:
            return redirect("slas:calendars", request.store.slug)
    with store_scope(request.store.pk):
        context = {"form": form, "row": row}
        status = 422 if form.errors else 200
        return render(request, "slas/calendar.html", context, status=status)


def _save(request: StaffRequest, form: CalendarForm, row: Calendar | None) -> Calendar | None:
    before = row.feed_url if row else ""
    try:
        with store_scope(request.store.pk):
            saved = actions.save_calendar(**form.values(), calendar=row)
    except Invalid as error:
        for name, sentence in (error.fields or {"name": error.message}).items():
            form.add_error(name if name in form.fields else None, f"{error.message} {sentence}")
        return None
    except Conflict as error:
        form.add_error("name", error.message)
        return None
    notes.success(request, f"{saved.name} is saved.")
    if saved.feed_url and saved.feed_url != before:
        _tell_feed(request, feeds.refresh(calendar=saved))
    return saved


def _tell_feed(request: StaffRequest, note: str) -> None:
    if note:
        notes.warning(request, f"The feed was not read: {note} It is tried again by itself.")
    else:
        notes.success(request, "The feed was read.")


def _shown(row: Calendar, now: Any) -> dict[str, Any]:
    schedule = schedule_of(row)
    return {
        "row": row,
        "days": [
            (name, day_text(slots) or "closed")
            for name, slots in zip(DAY_NAMES, row.week, strict=True)
        ],
        "standing": standing(schedule, now),
        "days_off": coming_days_off(row, now.date()),
        "feed_count": len(row.feed_days),
    }
