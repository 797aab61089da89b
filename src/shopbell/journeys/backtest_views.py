"""The pages on which a journey is tried on the past."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.journeys import backtest_report as report
from shopbell.journeys.backtests import MOST_DAYS, start_backtest
from shopbell.journeys.definition import read_parts
from shopbell.journeys.flow import Drawing
from shopbell.journeys.models import Backtest, Version
from shopbell.journeys.naming import names_now
from shopbell.journeys.queries import StepNumbers, overview_of
from shopbell.journeys.sketch import tidy
from shopbell.journeys.words import ended_by, how_often, started_by
from shopbell.kit.errors import NotFound
from shopbell.web.framing import mail_document
from shopbell.web.paging import page_of


@staff_page("journeys:write")
@require_POST
def start(request: StaffRequest, key: str) -> HttpResponseBase:
    """Try a version of a journey on the last days; nothing is sent."""
    found, number = overview_of(key), request.POST.get("version", "")
    definition, label = found.preset.definition, f"{found.preset.name}, as it comes"
    version = found.row.current if found.row is not None else None
    if found.row is not None and number.isdigit():
        version = Version.objects.filter(journey=found.row, number=int(number[:6])).first()
        if version is None:
            raise NotFound("There is no such version.", remedy="Go back to the journey.")
    if version is not None:
        definition, label = version.definition, f"{found.preset.name}, version {version.number}"
    days = request.POST.get("days", "")
    row = start_backtest(
        store=request.store,
        key=key,
        label=label,
        definition=definition,
        days=int(days) if days.isdigit() and len(days) < 4 else MOST_DAYS,
        by=request.user.email,
    )
    return redirect("journeys:backtest", request.store.slug, key, row.pk)


@staff_page("journeys:read")
@require_safe
def show(request: StaffRequest, key: str, backtest: uuid.UUID) -> HttpResponse:
    """Show whom it would have written to, when, and what stands against it."""
    row = report.backtest_by_id(backtest)
    wanted = {name: request.GET.get(name, "") for name in ("what", "why", "step")}
    context: dict[str, Any] = {
        "found": overview_of(key),
        "backtest": row,
        "filtered": any(wanted.values()),
    }
    if row.finished and not row.trouble:
        context["report"] = found = report.report_of(row, request.path)
        context |= _drawn(row, found.steps)
        rows = report.rows_of(row, wanted)
        page = page_of(rows, cursor=request.GET.get("at"), time="at", key="id", size=30)
        titles = report.titles_of(row)
        context["page"] = page
        context["entries"] = [(each, titles.get(each.step, each.step)) for each in page.rows]
    return render(request, "journeys/backtest.html", context)


def _drawn(row: Backtest, numbers: Mapping[str, StepNumbers]) -> dict[str, Any]:
    """Return what the drawing needs. Who tried it may since have removed what it speaks of."""
    sketch, names = tidy(row.definition), names_now()
    reading = read_parts(sketch)
    return {
        "nodes": Drawing(sketch, reading, names, numbers).nodes(),
        "starts": started_by(reading.parts, names),
        "often": how_often(reading.parts),
        "ends": ended_by(reading.parts, names),
        "tried": True,
    }


@staff_page("journeys:read")
@require_safe
def example(request: StaffRequest, key: str, backtest: uuid.UUID, row: uuid.UUID) -> HttpResponse:
    """Show one message as it would have read."""
    past = report.backtest_by_id(backtest)
    found = report.example_of(request.store, past, row)
    context = {"found": overview_of(key), "backtest": past, "example": found}
    return render(request, "journeys/example.html", context)


@staff_page("journeys:read")
@require_safe
def example_body(
    request: StaffRequest, key: str, backtest: uuid.UUID, row: uuid.UUID
) -> HttpResponse:
    """Answer with the mail itself, for a sandboxed frame."""
    found = report.example_of(request.store, report.backtest_by_id(backtest), row)
    return mail_document(found.rendered.html if found.rendered else "")
