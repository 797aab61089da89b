"""The waiting lists, for staff: how many wait for what, and who they are."""

import uuid

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.interests.actions import leave_list
from shopbell.interests.calling import HEARD_BY
from shopbell.interests.models import Waiting
from shopbell.interests.queries import list_of, next_in_line, people_of, waiting_lists
from shopbell.kit.errors import NotFound
from shopbell.web.paging import page_of


@staff_page("signups:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List what people wait for."""
    there = f"{settings.BASE_URL}/back-in-stock/{request.store.slug}/"
    address = f"{there}?product=PRODUCT&variant=VARIANT"
    context = {
        "lists": waiting_lists(),
        "is_heard": any(is_heard() for is_heard in HEARD_BY),
        "address": address,
        "frame": f'<iframe src="{address}&frame=1" title="Back in stock" '
        'style="width:100%;height:32rem;border:0"></iframe>',
        "sees_journeys": may(request.staff, "journeys:read"),
    }
    return render(request, "interests/index.html", context)


@staff_page("signups:read")
@require_safe
def show(request: StaffRequest, product: uuid.UUID) -> HttpResponse:
    """Show who waits for one variant, who is told first, and everybody, who asked last first."""
    variant = request.GET.get("variant", "")[:120].replace("\0", "")
    found = list_of(product, variant)
    rows = people_of(product, variant)
    context = {
        "list": found,
        "line": [] if request.GET.get("at") else next_in_line(product, variant),
        "page": page_of(rows, cursor=request.GET.get("at"), time="since"),
        "may_write": may(request.staff, "signups:write"),
    }
    return render(request, "interests/show.html", context)


@staff_page("signups:write")
@require_POST
def take_off(request: StaffRequest, waiting: uuid.UUID) -> HttpResponseBase:
    """Take somebody off a list, as they asked."""
    row = Waiting.objects.filter(pk=waiting).first()
    if row is None:
        raise NotFound("Nobody waits here.", remedy="Go back to the lists.")
    leave_list(waiting=row, because=f"Taken off the list by {request.user.email}.")
    notes.success(request, "Taken off the list. They are not told.")
    there = reverse("interests:show", args=[request.store.slug, row.product_id])
    return redirect(f"{there}?{urlencode({'variant': row.variant})}")
