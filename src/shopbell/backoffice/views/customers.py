"""Customers: the list, and one with identities, permissions, orders and messages."""

from uuid import UUID

from babel.core import Locale
from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.backoffice import filters
from shopbell.backoffice.allowed import as_existing_customer, blocks_of, permissions_of, wishes_of
from shopbell.backoffice.ledger import ledger
from shopbell.consent.lifting import lift_block
from shopbell.conversations.queries import conversations_of
from shopbell.customers.models import Customer
from shopbell.customers.zones import best_zone
from shopbell.journeys.queries import runs_of_customer
from shopbell.kit import clock
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.actions import release_held
from shopbell.messaging.library import language_name
from shopbell.messaging.queries import messages_with_people
from shopbell.orders.standing import standing
from shopbell.web.paging import page_of

SHOWN = 20
_ENGLISH = Locale("en")


@staff_page("customers:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List customers, last seen first."""
    rows = filters.customers(request.GET)
    context = {
        "page": page_of(rows, cursor=request.GET.get("at"), time="last_seen_at"),
        "query": request.GET.get("q", ""),
        "may_import": may(request.staff, "customers:erase"),
    }
    return render(request, "backoffice/customers.html", context)


@staff_page("customers:read")
@require_safe
def show(request: StaffRequest, customer: UUID) -> HttpResponse:
    """Show one customer."""
    row = Customer.objects.prefetch_related("identities").filter(pk=customer).first()
    if row is None:
        raise NotFound("There is no such customer.", remedy="Go back to the list.")
    zone = best_zone(profile=row.timezone, phone=row.phone, country=row.country, store="")
    orders = filters.listed_orders().filter(customer=row)
    told = messages_with_people().filter(customer=row)
    context = {
        "customer": row,
        "orders": [(order, standing(order)) for order in orders[:SHOWN]],
        "orders_count": orders.count(),
        "rows": ledger(told[:SHOWN], request.store.timezone),
        "permissions": permissions_of(row),
        "existing": as_existing_customer(request.store, row),
        "wish": wishes_of(row),
        "blocks": blocks_of(request.store, row),
        "zone": zone,
        "speaks": language_name(row.locale) if row.locale else "",
        "lives_in": _ENGLISH.territories.get(row.country, row.country),
        "now": clock.now(),
        "may_erase": may(request.staff, "customers:erase") and row.erased_at is None,
        "may_lift": may(request.staff, "customers:write"),
        "runs": runs_of_customer(row.pk) if may(request.staff, "journeys:read") else [],
        "conversations": conversations_of(customer_id=row.pk)
        if may(request.staff, "conversations:read")
        else [],
    }
    return render(request, "backoffice/customer.html", context)


@staff_page("customers:write")
@require_POST
def lift(request: StaffRequest, customer: UUID, block: UUID) -> HttpResponseBase:
    """Write to a blocked address again, with the reason and the customer's word."""
    row = Customer.objects.prefetch_related("identities").filter(pk=customer).first()
    if row is None:
        raise NotFound("There is no such customer.", remedy="Go back to the list.")
    try:
        lift_block(
            store=request.store,
            customer=row,
            block=block,
            by=request.user.email,
            why=request.POST.get("why", ""),
            proof=request.POST.get("proof", ""),
        )
    except Invalid as error:
        notes.error(request, f"{error.message} {' '.join(error.fields.values())}")
    else:
        release_held(reason="asked")
        notes.success(request, "The address is written to again. Who lifted it and why is kept.")
    return redirect("customers:show", request.store.slug, row.pk)
