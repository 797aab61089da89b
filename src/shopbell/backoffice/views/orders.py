"""Orders: the list with filters, and one order with parcels and its whole history."""

import json
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.backoffice import filters
from shopbell.backoffice.parcels import parcels_of
from shopbell.backoffice.timeline import order_history
from shopbell.conversations.queries import conversations_of
from shopbell.customers.zones import best_zone
from shopbell.events.models import Event
from shopbell.kit import clock
from shopbell.kit.errors import NotFound
from shopbell.messaging.links import tracking_url
from shopbell.messaging.queries import messages_with_people
from shopbell.orders.models import Order
from shopbell.orders.queries import order_with_parcels
from shopbell.orders.standing import standing
from shopbell.remedies.queries import remedies_of
from shopbell.web.paging import page_of

LONGEST_HISTORY = 200  # lines of each kind, the newest; only a loop somewhere ever makes more


@staff_page("orders:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List orders, newest first."""
    choices = {key: label for key, (label, _) in filters.ORDER_FILTERS.items()}
    page = page_of(filters.orders(request.GET), cursor=request.GET.get("at"), time="placed")
    context = {
        "page": page,
        "orders": [(order, standing(order)) for order in page],
        "chips": filters.chips(choices, request.GET, "show", "All"),
        "query": request.GET.get("q", ""),
        "filtered": bool(request.GET.get("q") or request.GET.get("show")),
    }
    return render(request, "backoffice/orders.html", context)


@staff_page("orders:read")
@require_safe
def show(request: StaffRequest, order: UUID) -> HttpResponse:
    """Show one order."""
    row = order_with_parcels(order)
    if row is None:
        raise NotFound("There is no such order.", remedy="Go back to the list.")
    events = Event.objects.filter(subject_id=row.pk).order_by("-id")[:LONGEST_HISTORY]
    told = messages_with_people().filter(order=row)[:LONGEST_HISTORY]
    country = str(row.address.get("country", ""))
    phone = row.phone or (row.customer.phone if row.customer else "")
    context = {
        "order": row,
        "parcels": parcels_of(row),
        "standing": standing(row),
        "history": order_history(row, events, told, request.store.timezone),
        "track": "" if row.is_stub else tracking_url(request.store, row),
        "may_send": may(request.staff, "messages:write"),
        "now": clock.now(),
        "conversations": conversations_of(customer_id=row.customer_id, order_id=row.pk)
        if may(request.staff, "conversations:read")
        else [],
        "requests": remedies_of([row.pk]) if may(request.staff, "remedies:read") else [],
        "address": _lines_of(row.address),
        "zone": best_zone(phone=phone, country=country, store=request.store.timezone),
    }
    return render(request, "backoffice/order.html", context)


def _lines_of(address: dict[str, str]) -> list[str]:
    """Return a postal address as the lines of a label."""
    place = " ".join(address.get(part, "") for part in ("postal_code", "city", "region"))
    lines = [address.get("name"), address.get("line1"), address.get("line2"), place.strip()]
    return [line for line in [*lines, address.get("country")] if line]


@staff_page("orders:read")
@require_safe
def payload(request: StaffRequest, order: UUID) -> HttpResponse:
    """Show what the shop said last, as it said it."""
    row = Order.objects.filter(pk=order).first()
    if row is None:
        raise NotFound("There is no such order.", remedy="Go back to the list.")
    text = "" if row.payload is None else json.dumps(row.payload, indent=2, ensure_ascii=False)
    return render(request, "backoffice/payload.html", {"order": row, "text": text})
