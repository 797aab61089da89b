"""The import pages: a file comes in, gets its columns, is checked, and is imported when told so.

A newcomer's mistake: reading the whole file for a page. Checking and importing are jobs; a page
shows the first rows and how far the job is.
"""

from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection
from shopbell.connections.queries import connection_by_id
from shopbell.kit.errors import Invalid
from shopbell.kit.text import one_line
from shopbell.orders.importing import queries, runs
from shopbell.orders.importing.columns import PLANS
from shopbell.orders.importing.files import DELIMITER_NAMES, MAX_COLUMNS
from shopbell.orders.importing.forms import UploadForm
from shopbell.orders.models import ImportRun, ImportState
from shopbell.orders.tasks import start_import

PREVIEW_ROWS = 20


@staff_page("orders:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the upload form, the shops whose history can be read, and earlier files."""
    return _index(request, UploadForm())


@staff_page("orders:write")
@require_POST
def upload(request: StaffRequest) -> HttpResponseBase:
    """Take a file in."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = runs.start_run(
                store=request.store,
                noun=form.cleaned_data["noun"],
                file_name=file.name or "",
                content=file.read(),
                by=request.user.email,
            )
        except Invalid as error:
            form.add_error("file", f"{error.message} {error.remedy}".strip())
        else:
            return redirect("imports:show", request.store.slug, run.pk)
    return _index(request, form, status=422)


@staff_page("orders:write")
@require_safe
def show(request: StaffRequest, run: UUID) -> HttpResponse:
    """Show a file in its present state."""
    return _run_page(request, queries.run_by_id(run))


@staff_page("orders:write")
@require_safe
def progress(request: StaffRequest, run: UUID) -> HttpResponse:
    """Answer the progress bar; when the step is over, have the page come again."""
    row = queries.run_by_id(run)
    response = render(request, "orders/import_progress.html", _progress(request, row))
    if row.state not in queries.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@staff_page("orders:write")
@require_POST
def columns(request: StaffRequest, run: UUID) -> HttpResponseBase:
    """Take the columns and have the file checked."""
    row = queries.run_by_id(run)
    chosen = {
        key: place
        for place in range(MAX_COLUMNS)
        if (key := request.POST.get(f"column-{place}", "")) in _keys(row.noun)
    }
    twice = len([v for k, v in request.POST.items() if k.startswith("column-") and v]) > len(chosen)
    try:
        if twice:
            raise Invalid("Two columns were given the same meaning. Give each its own.")
        runs.choose_columns(
            run=row, mapping=chosen, day_first=request.POST.get("dates") != "month_first"
        )
    except Invalid as error:
        row.mapping = chosen
        return _run_page(request, row, said=error.message, status=422, mapping=True)
    return redirect("imports:show", request.store.slug, row.pk)


@staff_page("orders:write")
@require_POST
def confirm(request: StaffRequest, run: UUID) -> HttpResponseBase:
    """Import the good rows."""
    row = runs.confirm_run(run=queries.run_by_id(run))
    return redirect("imports:show", request.store.slug, row.pk)


@staff_page("orders:write")
@require_POST
def stop(request: StaffRequest, run: UUID) -> HttpResponseBase:
    """Put the file aside."""
    runs.stop_run(run=queries.run_by_id(run))
    messages.success(request, "Nothing was imported. The file is forgotten.")
    return redirect("imports:index", request.store.slug)


@staff_page("orders:write")
@require_safe
def mistakes(request: StaffRequest, run: UUID) -> HttpResponse:
    """Download the rows that were refused, each with what is wrong in it."""
    row = queries.run_by_id(run)
    response = HttpResponse(queries.refused_csv(row), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rows-to-mend.csv"'
    return response


@staff_page("connections:write")
@require_POST
def history(request: StaffRequest, connection: UUID) -> HttpResponseBase:
    """Read the history of a connected shop."""
    row = connection_by_id(connection)
    if row.family != "shop" or not queries.can_be_read(row):
        raise Invalid("Nothing can be read back from this connection.")
    if not start_import(row):
        messages.info(request, "It is on its way already.")
    else:
        queries.note_waiting(row)
    return redirect("imports:index", request.store.slug)


@staff_page("orders:write")
@require_safe
def history_progress(request: StaffRequest, connection: UUID) -> HttpResponse:
    """Answer the progress bars of a shop's history."""
    row = connection_by_id(connection)
    response = render(request, "orders/import_history.html", _history(request, row))
    if not queries.history_of(row).running:
        response["HX-Refresh"] = "true"
    return response


def _keys(noun: str) -> set[str]:
    return {column.key for column in PLANS[noun].columns}


def _index(request: StaffRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "runs": queries.recent_runs(),
        "shops": [_history(request, row) for row in queries.readable_shops()],
        "may_read": may(request.staff, "connections:write"),
    }
    return render(request, "orders/import.html", context, status=status)


def _history(request: StaffRequest, row: Connection) -> dict[str, Any]:
    poll = reverse("imports:history_progress", args=[request.store.slug, row.pk])
    return {"row": row, "history": queries.history_of(row), "poll": poll}


def _progress(request: StaffRequest, row: ImportRun) -> dict[str, Any]:
    running = row.state in queries.RUNNING
    poll = reverse("imports:progress", args=[request.store.slug, row.pk]) if running else ""
    label = "Checking the rows" if row.state == ImportState.CHECKING else "Importing the good rows"
    return {"run": row, "poll": poll, "label": label}


def _run_page(
    request: StaffRequest,
    row: ImportRun,
    *,
    said: str = "",
    status: int = 200,
    mapping: bool = False,
) -> HttpResponse:
    plan = PLANS[row.noun]
    context: dict[str, Any] = {
        **_progress(request, row),
        "plan": plan,
        "said": said,
        "mapping": mapping
        or row.state == ImportState.MAPPING
        or (row.state in (ImportState.CHECKED, ImportState.FAILED) and "columns" in request.GET),
    }
    if context["mapping"]:
        sheet = runs.sheet_of(row)
        by_place = {place: key for key, place in row.mapping.items()}
        context |= {
            "sheet": sheet,
            "separator": DELIMITER_NAMES[sheet.delimiter],
            "headings": [
                {"place": place, "name": one_line(name, 80), "key": by_place.get(place, "")}
                for place, name in enumerate(sheet.header)
            ],
            "preview": [
                (number, [one_line(cell, 60) for cell in cells[: len(sheet.header)]])
                for number, cells in islice(sheet.rows(), PREVIEW_ROWS)
            ],
        }
    return render(request, "orders/import_run.html", context, status=status)
