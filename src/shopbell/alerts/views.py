"""The page of alerts, what a page asks for when one comes, and how each person is told."""

import uuid
from pathlib import Path

from django.contrib import messages as notes
from django.contrib.staticfiles import finders
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.alerts.actions import (
    add_device,
    choose,
    dismiss_alerts,
    drop_device,
    follow,
    unfollow,
)
from shopbell.alerts.forms import ChoiceForm, DeviceForm
from shopbell.alerts.kinds import KINDS, ByMail
from shopbell.alerts.models import Device
from shopbell.alerts.pushes import public_key
from shopbell.alerts.queries import alerts_of, unread_on_page, wishes_of
from shopbell.conversations.forms import checked
from shopbell.conversations.queries import conversation_by_number
from shopbell.conversations.views.answers import done
from shopbell.kit.errors import Forbidden

MAIL_WORDS = [(ByMail.NEVER, "Never"), (ByMail.SOON, "If unread"), (ByMail.DAILY, "Once a day")]


@staff_page("conversations:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List the newest alerts of the visitor."""
    rows = alerts_of(request.user)
    for row in rows:
        row.title = KINDS[row.kind].title  # type: ignore[attr-defined]
    context = {"alerts": rows, "any_unread": any(row.is_unread for row in rows)}  # type: ignore[attr-defined]
    return render(request, "alerts/index.html", context)


@staff_page("conversations:read")
@require_safe
def news(request: StaffRequest) -> HttpResponse:
    """Tell a page what is unread: how many, and the newest."""
    count = unread_on_page(request.user)[:99].count()
    newest = next((row for row in alerts_of(request.user)), None) if count else None
    told = None
    if newest is not None and newest.is_unread:  # type: ignore[attr-defined]
        told = {
            "key": f"{newest.pk}:{newest.event_id}",
            "title": KINDS[newest.kind].title,
            "text": newest.said,
            "url": reverse("inbox:show", args=[request.store.slug, newest.conversation.number]),
        }
    return JsonResponse({"count": count, "newest": told})


@staff_page("conversations:read")
@require_POST
def read_all(request: StaffRequest) -> HttpResponseBase:
    """Mark everything as read."""
    dismiss_alerts(user=request.user)
    return redirect("alerts:index", request.store.slug)


@staff_page("conversations:read")
@require_POST
def follow_it(request: StaffRequest, number: int) -> HttpResponseBase:
    """Follow a conversation, or follow it no longer."""
    row = conversation_by_number(number)
    if request.POST.get("off"):
        unfollow(conversation=row, user=request.user)
        return done(request, row.number, "You follow it no longer.")
    follow(conversation=row, user=request.user)
    return done(request, row.number, "You are told what happens here.")


@staff_page("conversations:read")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_how(request: StaffRequest) -> HttpResponseBase:
    """Show and keep how the visitor is told; `for=all` is about whoever has not chosen."""
    for_all = request.GET.get("for") == "all"
    may_all = may(request.staff, "settings:write")
    if for_all and not may_all:
        raise Forbidden(
            "Your role does not choose for others.", remedy="Ask an owner or admin of the store."
        )
    if request.method == "POST":
        form = ChoiceForm(request.POST)
        if form.is_valid():
            _keep(request, form, for_all)
            notes.success(request, "Saved.")
            return redirect(request.get_full_path())
    wishes = wishes_of(None if for_all else request.user)
    context = {
        "wishes": wishes,
        "mails": MAIL_WORDS,
        "for_all": for_all,
        "for_me": not for_all,
        "may_all": may_all,
        "everybody": "?for=all",
        "devices": Device.objects.filter(user=request.user).order_by("added_at"),
        "push_key": public_key(),
    }
    return render(request, "alerts/choose.html", context)


@staff_page("conversations:read")
@require_safe
def worker(request: StaffRequest) -> HttpResponse:
    """Serve the service worker from the store's own path, which is as far as it may see."""
    found = finders.find("alerts/worker.js")
    assert isinstance(found, str)
    code = Path(found).read_text(encoding="utf-8")
    return HttpResponse(code, content_type="text/javascript; charset=utf-8")


@staff_page("conversations:read")
@require_POST
def devices(request: StaffRequest) -> HttpResponseBase:
    """Add the browser that asks."""
    values = checked(DeviceForm(request.POST)).cleaned_data
    add_device(user=request.user, **values)
    return HttpResponse(status=204)


@staff_page("conversations:read")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Push to a browser no longer."""
    drop_device(user=request.user, key=key)
    notes.success(request, "This browser gets nothing more.")
    return redirect("alerts:choose", request.store.slug)


def _keep(request: StaffRequest, form: ChoiceForm, for_all: bool) -> None:
    values = form.cleaned_data
    for key in KINDS:
        choose(
            user=None if for_all else request.user,
            kind=key,
            page=values[f"page-{key}"],
            push=values[f"push-{key}"],
            mail=ByMail(values[f"mail-{key}"]),
        )
