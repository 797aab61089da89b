"""The list, one campaign with its numbers, and the people behind a number."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.campaigns import queries
from shopbell.campaigns.audience import size_of
from shopbell.campaigns.forms import LimitForm
from shopbell.campaigns.models import Place, Recipient, Stage
from shopbell.campaigns.policy import limit_of
from shopbell.campaigns.reasons import reason_words
from shopbell.campaigns.report import arms_of, pace_of, report_of
from shopbell.consent.queries import topic_name
from shopbell.customers.models import Customer
from shopbell.messaging.policy import zone_or_utc
from shopbell.messaging.titles import medium_title
from shopbell.segments.queries import segment_names
from shopbell.web.paging import page_of


@staff_page("campaigns:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List all campaigns."""
    page = page_of(queries.campaigns(), cursor=request.GET.get("at"), size=30)
    rows = [
        (row, report_of(row) if row.stage not in (Stage.DRAFT, Stage.WAITING) else None)
        for row in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "limit_now": limit_of(request.store),
        "limit": LimitForm(initial={"limit": limit_of(request.store)}),
        "may_set": may(request.staff, "settings:write"),
        "may_write": may(request.staff, "campaigns:write"),
    }
    return render(request, "campaigns/index.html", context)


@staff_page("campaigns:read")
@require_safe
def show(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Show one campaign: what it is, where it stands, and what became of everybody."""
    row = queries.campaign_by_id(key)
    names = segment_names()
    begun = row.began_at is not None
    context = {
        "row": row,
        "report": report_of(row) if begun else None,
        "arms": arms_of(row) if begun else [],
        "pace": pace_of(row, zone_or_utc(request.store.timezone)) if begun else {},
        "size": None if begun else size_of(row),
        "variants": list(row.variants.order_by("name")),
        "included": [names.get(str(each), "a segment that is gone") for each in row.include],
        "excluded": [names.get(str(each), "a segment that is gone") for each in row.exclude],
        "media": ", then ".join(medium_title(each) for each in row.media),
        "by_whatsapp": "whatsapp" in row.media,
        "topic": topic_name(request.store, row.topic),
        "limit": limit_of(request.store),
        "is_mine": row.author_id == request.user.pk,
        "may_write": may(request.staff, "campaigns:write"),
        "may_approve": may(request.staff, "campaigns:approve") and row.author_id != request.user.pk,
        "live": row.stage in (Stage.RUNNING, Stage.PAUSED, Stage.SCHEDULED)
        or (row.stage == Stage.CANCELLED and row.settled_at is None),
    }
    return render(request, "campaigns/show.html", context)


@staff_page("campaigns:read")
@require_safe
def people(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """List who stands where, with their messages."""
    row = queries.campaign_by_id(key)
    asked = {name: request.GET.get(name, "") for name in ("state", "reason", "variant")}
    page = page_of(queries.recipients(row, **asked), cursor=request.GET.get("at"), time="made_at")
    context = {"row": row, "page": page, "lines": _lines(page.rows), "asked": _said(asked)}
    return render(request, "campaigns/people.html", context)


def _lines(rows: object) -> list[tuple[Recipient, Customer | None, str, str]]:
    found: list[Recipient] = list(rows)  # type: ignore[call-overload]
    known = Customer.objects.in_bulk([each.customer_id for each in found])
    return [
        (each, known.get(each.customer_id), Place(each.state).label, _why(each)) for each in found
    ]


def _why(row: Recipient) -> str:
    return reason_words(row.reason, over=row.state != Place.WAITING)


def _said(asked: dict[str, str]) -> str:
    words = []
    if asked["state"] in Place:
        words.append(Place(asked["state"]).label.lower())
    if asked["reason"]:
        words.append(reason_words(asked["reason"]).lower())
    if asked["variant"]:
        words.append(f"variant {asked['variant']}")
    return ", ".join(words)
