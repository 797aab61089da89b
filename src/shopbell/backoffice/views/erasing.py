"""What is kept of a customer: handing it out as a file, and erasing it."""

from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.customers.models import Customer
from shopbell.kit.errors import NotFound
from shopbell.privacy.erasing import erase_customer
from shopbell.privacy.files import data_file
from shopbell.privacy.queries import open_talks

SURE = "yes"


@staff_page("customers:erase")
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: StaffRequest, customer: UUID) -> HttpResponseBase:
    """Say what goes and what stays; POST erases."""
    row = _customer(customer)
    problem = ""
    if request.method == "POST":
        if request.POST.get("sure") == SURE:
            erase_customer(store=request.store, customer=row, by=request.user.email)
            notes.success(request, "The customer is erased.")
            return redirect("customers:show", request.store.slug, row.pk)
        problem = "Say that you have read it."
    context = {
        "customer": row,
        "orders_count": row.orders.count(),
        "talks": open_talks(row),
        "problem": problem,
        "sure": SURE,
    }
    status = 422 if problem else 200
    return render(request, "backoffice/erase.html", context, status=status)


@staff_page("customers:erase")
@require_safe
def data(request: StaffRequest, customer: UUID) -> HttpResponse:
    """Hand out what is kept of a customer as a file, for somebody who asked for it."""
    return data_file(request.store, _customer(customer))


def _customer(key: UUID) -> Customer:
    row = Customer.objects.filter(pk=key, erased_at=None).first()
    if row is None:
        raise NotFound("There is no such customer.", remedy="Go back to the list.")
    return row
