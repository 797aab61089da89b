"""The journeys pages: what there is, how one does, and one person's way."""

import uuid

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.customers.models import Customer
from shopbell.journeys import actions, drafting, foresight, queries
from shopbell.journeys.backtest_report import backtests_of
from shopbell.journeys.doubles import doubles_of, journeys_on
from shopbell.journeys.flow import Drawing
from shopbell.journeys.mistakes import reading_of
from shopbell.journeys.models import Draft, EnrolmentState, Journey, JourneyState
from shopbell.journeys.naming import names_now
from shopbell.journeys.sketch import tidy
from shopbell.journeys.words import ended_by, how_often, line_of, small, started_by
from shopbell.kit.errors import Conflict, NotFound
from shopbell.messaging.titles import medium_name, title_of
from shopbell.web.paging import page_of


@staff_page("journeys:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List all journeys."""
    names = names_now()
    rows = [(row, small(started_by(row.definition, names))) for row in queries.overviews()]
    on = journeys_on()
    drafts = {draft.key: draft for draft in drafting.drafts()}
    context = {
        "rows": rows,
        "doubles": {key: doubles_of(key, definition, on) for key, _, definition in on},
        "drafted": set(drafts),
        "drafts": [drafts[key] for key in drafts.keys() - {row.preset.key for row, _ in rows}],
        "may_write": may(request.staff, "journeys:write"),
    }
    return render(request, "journeys/index.html", context)


@staff_page("journeys:read")
@require_safe
def show(request: StaffRequest, key: str) -> HttpResponse:
    """Show one journey: its steps with numbers, and the people in it."""
    found = queries.overview_of(key)
    numbers = queries.step_numbers(found.row) if found.row else {}
    names, sketch = names_now(), tidy(found.plain)
    wanted = request.GET.get("state", "")
    starts = started_by(found.definition, names)
    context = {
        "found": found,
        "starts": starts,
        "begins": small(starts),
        "ends": ended_by(found.definition, names),
        "definition": found.definition,
        "often": how_often(found.definition),
        "counted": queries.ends_of(found.row) if found.row else {},
        "doubles": doubles_of(key, found.definition, journeys_on()),
        "nodes": Drawing(sketch, reading_of(sketch), names, numbers).nodes(),
        "draft": Draft.objects.filter(key=key).exists(),
        "backtests": backtests_of(key),
        "versions": queries.version_numbers(found.row) if found.row else [],
        "states": _states(request.path, wanted),
        "wanted": wanted,
        "may_write": may(request.staff, "journeys:write"),
    }
    if found.row is not None:
        rows = queries.enrolments_of(found.row)
        if wanted in EnrolmentState:
            rows = rows.filter(state=wanted)
        page = page_of(rows, cursor=request.GET.get("at"), time="entered_at", key="id", size=30)
        context["page"] = page
        steps = found.definition.steps
        context["people"] = [
            (row, line_of(steps[row.step], names).text if row.step in steps else "")
            for row in page.rows
        ]
    return render(request, "journeys/show.html", context)


def _states(path: str, wanted: str) -> list[tuple[str, str, str, bool]]:
    choices = [("", "All"), *EnrolmentState.choices]
    return [(v, label, f"{path}?state={v}" if v else path, v == wanted) for v, label in choices]


@staff_page("journeys:read")
@require_safe
def person(request: StaffRequest, key: str, run: uuid.UUID) -> HttpResponse:
    """Show one person's way: what happened and why, and what comes."""
    row = queries.enrolment_by_id(run)
    context = {
        "found": queries.overview_of(key),
        "row": row,
        "way": queries.way_of(row),
        "coming": [
            (title_of(send.text), " or ".join(medium_name(medium) for medium in send.media))
            for send in queries.coming(row)
        ],
        "may_write": may(request.staff, "journeys:write"),
    }
    return render(request, "journeys/person.html", context)


@staff_page("journeys:read")
@require_safe
def everything(request: StaffRequest, customer: uuid.UUID) -> HttpResponse:
    """Show what will happen to one customer in all journeys, what waits, and what happened."""
    row = Customer.objects.filter(pk=customer).first()
    if row is None:
        raise NotFound("There is no such customer.", remedy="Go back to the list.")
    context = {
        "customer": row,
        "courses": foresight.courses_of(request.store, row),
        "queued": foresight.queued_for(row),
        "past": foresight.past_of(row),
    }
    return render(request, "journeys/everything.html", context)


@staff_page("journeys:write")
@require_POST
def switch_on(request: StaffRequest, key: str) -> HttpResponseBase:
    """Let people in."""
    row = actions.switch_on(key=key, by=request.user)
    notes.success(request, f"“{row.name}” is on.")
    return redirect("journeys:show", request.store.slug, key)


@staff_page("journeys:write")
@require_POST
def pause(request: StaffRequest, key: str) -> HttpResponseBase:
    """Let everybody wait."""
    row = _row(key)
    actions.pause(journey=row, by=request.user)
    notes.success(request, f"“{row.name}” is paused. Everybody in it waits where they are.")
    return redirect("journeys:show", request.store.slug, key)


@staff_page("journeys:write")
@require_POST
def switch_off(request: StaffRequest, key: str) -> HttpResponseBase:
    """Let nobody in any more, and let those under way finish or not."""
    row, finish = _row(key), request.POST.get("finish") == "yes"
    count = actions.switch_off(journey=row, by=request.user, finish=finish)
    said = "Whoever is under way finishes it." if finish else f"{count} people were taken out."
    notes.success(request, f"“{row.name}” is off. {said}")
    return redirect("journeys:show", request.store.slug, key)


@staff_page("journeys:write")
@require_POST
def skip_wait(request: StaffRequest, key: str, run: uuid.UUID) -> HttpResponseBase:
    """Let one person go on at once."""
    row = queries.enrolment_by_id(run)
    actions.skip_wait(enrolment=row, by=request.user.name or request.user.email)
    notes.success(request, "The next step is taken now.")
    return redirect("journeys:person", request.store.slug, key, run)


@staff_page("journeys:write")
@require_POST
def take_out(request: StaffRequest, key: str, run: uuid.UUID) -> HttpResponseBase:
    """End one person's run."""
    row = queries.enrolment_by_id(run)
    actions.take_out(enrolment=row, by=request.user.name or request.user.email)
    notes.success(request, "They get nothing more from this run.")
    return redirect("journeys:person", request.store.slug, key, run)


def _row(key: str) -> Journey:
    row = queries.overview_of(key).row
    if row is None or row.state == JourneyState.OFF:
        raise Conflict("This journey is off.", kept="Nothing was changed.")
    return row
