"""What needs a person: webhooks nobody understood, handlers that failed, privacy requests."""

import json
from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.backoffice.filters import needs_person
from shopbell.backoffice.ledger import ledger
from shopbell.connections.intake import drop_item, retry_item
from shopbell.connections.models import Intake, IntakeState
from shopbell.events.actions import wake
from shopbell.events.models import Delivery
from shopbell.events.pump import drop_delivery, retry_delivery
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.queries import messages_with_people
from shopbell.messaging.template_news import lost_texts
from shopbell.orders.models import PrivacyRequest

SHOWN_MESSAGES = 10
MOST = 100  # of each kind on the page; the newest, or the most urgent


@staff_page("home:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List what waits for a person."""
    parked = Intake.objects.filter(state=IntakeState.QUARANTINED).select_related("connection")
    failed = Delivery.objects.filter(quarantined=True).select_related("event")
    stuck = messages_with_people().filter(needs_person())
    context = {
        "stuck": ledger(stuck[:SHOWN_MESSAGES], request.store.timezone),
        "all_stuck": stuck.count(),
        "parked": parked.defer("body").order_by("-id")[:MOST],
        "failed": failed.order_by("-id")[:MOST],
        "lost": lost_texts(),
        "privacy": PrivacyRequest.objects.filter(done_at=None).order_by("due_at")[:MOST],
        "now": clock.now(),
        "may_write": may(request.staff, "problems:write"),
    }
    return render(request, "backoffice/problems.html", context)


@staff_page("problems:write")
@require_safe
def raw(request: StaffRequest, item: int) -> HttpResponse:
    """Show a parked request exactly as it came."""
    row = _item(item)
    return render(request, "backoffice/raw.html", {"item": row, "text": _readable(bytes(row.body))})


@staff_page("problems:write")
@require_POST
def settle_item(request: StaffRequest, item: int) -> HttpResponseBase:
    """Try a parked request again, or put it aside."""
    row = Intake.objects.filter(pk=item, state=IntakeState.QUARANTINED).first()
    if row is None:
        raise NotFound("This has been dealt with already.")
    if request.POST.get("do") == "drop":
        drop_item(item=row)
        notes.success(request, "Put aside. What was received is kept.")
    else:
        retry_item(item=row)
        notes.success(request, "It is being tried again.")
    return redirect("problems:index", request.store.slug)


@staff_page("problems:write")
@require_POST
def settle_delivery(request: StaffRequest, delivery: int) -> HttpResponseBase:
    """Run a failed handler again, or put its event aside."""
    row = Delivery.objects.filter(pk=delivery, quarantined=True).first()
    if row is None:
        raise NotFound("This has been dealt with already.")
    if request.POST.get("do") == "drop":
        drop_delivery(delivery=row)
        notes.success(request, "Put aside.")
    else:
        retry_delivery(delivery=row)
        wake("events")
        notes.success(request, "It is being tried again.")
    return redirect("problems:index", request.store.slug)


@staff_page("problems:write")
@require_POST
def settle_privacy(request: StaffRequest, privacy: UUID) -> HttpResponseBase:
    """Note that a privacy request was worked off."""
    done = PrivacyRequest.objects.filter(pk=privacy, done_at=None).update(done_at=clock.now())
    if not done:
        raise NotFound("This has been dealt with already.")
    notes.success(request, "Noted as done.")
    return redirect("problems:index", request.store.slug)


def _readable(body: bytes) -> str:
    """Return a body as text, JSON with a line for each value."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _item(item: int) -> Intake:
    row = Intake.objects.filter(pk=item).first()
    if row is None:
        raise NotFound("There is no such request.")
    return row
