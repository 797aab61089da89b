"""The ledger: everything told, everything decided not to tell, with the reason."""

from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.backoffice import filters, numbers
from shopbell.backoffice.ledger import connection_name, ledger, row_of, way_of
from shopbell.consent.purposes import PURPOSES
from shopbell.kit.errors import NotFound
from shopbell.messaging.actions import cancel_message, release_held, resend_message
from shopbell.messaging.costs import Cost, cost_of
from shopbell.messaging.followed import with_true_links
from shopbell.messaging.links import for_staff
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.states import OPEN, State
from shopbell.web.framing import mail_document
from shopbell.web.paging import page_of


@staff_page("messages:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List messages, newest first."""
    query, zone = request.GET, request.store.timezone
    states = {key: label for key, (label, _) in filters.MESSAGE_FILTERS.items()}
    page = page_of(filters.messages(query, zone), cursor=query.get("at"))
    span = numbers.last_days(request.store)
    context = {
        "page": page,
        "rows": ledger(page, zone),
        "when": filters.chips(filters.WHEN, query, "when"),
        "states": filters.chips(states, query, "show", "All states"),
        "media": filters.chips(filters.MEDIA, query, "channel", "All channels"),
        "query": query.get("q", ""),
        "reason": filters.reason_words(query.get("reason", "")),
        "without_reason": filters.address_without(query, "reason"),
        "announcement": filters.announcement_named(query),
        "without_announcement": filters.address_without(query, "telling", "sent_by", "state"),
        "filtered": any(
            query.get(key) for key in ("q", "show", "channel", "reason", "when", "telling")
        ),
        "told": numbers.told(span),
        "read": numbers.read_within_an_hour(span),
        "twice": numbers.parcels_told_twice(span),
        "waiting": numbers.waiting(with_problems=False),
        "held": Message.objects.filter(state=State.HELD).count(),
        "may_send": may(request.staff, "messages:write"),
    }
    return render(request, "backoffice/messages.html", context)


@staff_page("messages:read")
@require_safe
def reasons(request: StaffRequest) -> HttpResponse:
    """List the reasons there are, as choices of the ledger's filter."""
    found = filters.reasons(request.GET, request.store.timezone)
    return render(request, "backoffice/reasons.html", {"reasons": found})


@staff_page("messages:read")
@require_safe
def show(request: StaffRequest, message: UUID) -> HttpResponse:
    """Show one message: what was said, to whom, and each step of its way."""
    row = _find(message)
    may_send = may(request.staff, "messages:write")
    context = {
        "message": row,
        "cost": _cost(row),
        "through": connection_name(row.connection),
        "line": row_of(row, request.store.timezone),
        "way": way_of(row, row.log.order_by("at", "id")),
        "purpose": PURPOSES[row.purpose].title if row.purpose in PURPOSES else row.purpose,
        "again": Message.objects.filter(resend_of=row).order_by("id"),
        "can_stop": may_send and row.state in (State.QUEUED, State.HELD),
        "can_resend": may_send and row.state not in OPEN - {State.HELD},
    }
    return render(request, "backoffice/message.html", context)


@staff_page("messages:read")
@require_safe
def body(request: StaffRequest, message: UUID) -> HttpResponse:
    """Answer with the mail itself, for a sandboxed frame: no script, no form, no counting."""
    row = _find(message)
    return mail_document(with_true_links(row, for_staff(request.store, row)))


@staff_page("messages:write")
@require_POST
def resend(request: StaffRequest, message: UUID) -> HttpResponseBase:
    """Send it again."""
    fresh = resend_message(message=_find(message), by=str(request.user))
    notes.success(request, "It is on its way again.")
    return redirect("messaging:show", request.store.slug, fresh.pk)


@staff_page("messages:write")
@require_POST
def stop(request: StaffRequest, message: UUID) -> HttpResponseBase:
    """Stop it before it leaves."""
    row = _find(message)
    cancel_message(message=row, by=str(request.user))
    notes.success(request, "Stopped. It will not be sent.")
    return redirect("messaging:show", request.store.slug, row.pk)


@staff_page("messages:write")
@require_POST
def release(request: StaffRequest) -> HttpResponseBase:
    """Judge all held messages anew."""
    count = release_held()
    said = "One held message is" if count == 1 else f"{count} held messages are"
    notes.success(request, f"{said} being judged anew.")
    return redirect("messaging:index", request.store.slug)


def _find(message: UUID) -> Message:
    rows = Message.objects.select_related(
        "customer", "order", "shipment", "connection", "resend_of", "template_version"
    )
    row = rows.defer("order__payload", "shipment__payload").filter(pk=message).first()
    if row is None:
        raise NotFound("There is no such message.", remedy="Go back to the list.")
    return row


def _cost(row: Message) -> Cost | None:
    """Return what a text message costs by the prices of its inbox."""
    if row.medium != Medium.SMS or not row.text:
        return None
    return cost_of(row.text, to=row.to_address, inbox=row.connection)
