"""The pages on which a journey is put together and published.

Every press keeps what was typed in the open form and does one thing to the draft; with htmx the
flow comes back, without a script the page. A newcomer's mistake: sending to the browser alone what
the next press needs. All of it lies in the draft.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.journeys import drafting, editing, publishing
from shopbell.journeys.doubles import doubles_of, journeys_on
from shopbell.journeys.editing import Outcome
from shopbell.journeys.fields import ENDS, START, shown_fields
from shopbell.journeys.flow import MENU, Drawing, gaps_for, titles_of, wrong_of
from shopbell.journeys.mistakes import reading_of
from shopbell.journeys.models import JourneyState
from shopbell.journeys.naming import names_now
from shopbell.journeys.offering import offer_now
from shopbell.journeys.presets import presets
from shopbell.journeys.queries import overview_of, own_journeys, step_numbers
from shopbell.journeys.sketch import step_of
from shopbell.journeys.words import ended_by, how_often, started_by
from shopbell.kit.errors import Conflict, Invalid


@staff_page("journeys:write")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponseBase:
    """Begin a journey: from nothing, or as a copy of another one."""
    wrong, chosen = "", request.POST.get("start", request.GET.get("start", ""))
    if request.method == "POST":
        try:
            definition = overview_of(chosen).plain if chosen else drafting.EMPTY
            draft = drafting.start_draft(
                name=request.POST.get("name", ""), definition=definition, by=request.user
            )
            return redirect("journeys:edit", request.store.slug, draft.key)
        except (Invalid, Conflict) as error:
            wrong = error.message
    known = [(preset.key, preset.name) for preset in presets()]
    known += [(row.key, row.name) for row in own_journeys()]
    context = {
        "known": known,
        "chosen": chosen,
        "wrong": wrong,
        "name": request.POST.get("name", ""),
    }
    return render(request, "journeys/new.html", context, status=422 if wrong else 200)


@staff_page("journeys:write")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, key: str) -> HttpResponseBase:
    """Show the draft of a journey; a POST does one thing to it."""
    if request.method != "POST":
        asked = Outcome(request.GET.get("open", ""), request.GET.get("at", ""))
        return render(request, "journeys/edit.html", _context(request, key, asked))
    drafting.desk_of(key)  # or there is none
    if request.POST.get("do") == "undo":
        is_done = drafting.take_back(key=key, by=request.user)
        outcome = Outcome("", "undo", "Undone." if is_done else "There is nothing to undo.")
    else:
        known = drafting.ids_ever_used(key)
        outcome = drafting.change_draft(
            key=key,
            change=lambda draft: editing.press(draft, request.POST, known),
            by=request.user,
        )
    if request.headers.get("HX-Request") == "true":
        context = _context(request, key, outcome) | {"oob": True}
        return render(request, "journeys/editor.html", context)
    if outcome.said:
        notes.info(request, outcome.said)
    query = urlencode({"open": outcome.open, "at": outcome.focus})
    verb, _, name = outcome.focus.partition(" ")
    name = outcome.open if verb == "ask" else name
    where = reverse("journeys:edit", args=[request.store.slug, key])
    return redirect(f"{where}?{query}#n-{name}")


def _context(request: StaffRequest, key: str, outcome: Outcome) -> dict[str, Any]:
    desk = drafting.desk_of(key)
    reading, names, offer = reading_of(desk.sketch), names_now(), offer_now()
    numbers = step_numbers(desk.row) if desk.row else {}
    verb, _, place = outcome.focus.partition(" ")
    fresh = place if verb == "ask" else ""
    drawing = Drawing(desk.sketch, reading, names, numbers, outcome.open, offer, fresh)
    nodes = drawing.nodes()
    opened = step_of(desk.sketch, outcome.open)
    return {
        "desk": desk,
        "nodes": nodes,
        "editing": True,
        "menu": [(kind, label, step["do"]) for kind, label, step in MENU],
        "open": outcome.open,
        "focus": verb,
        "focus_id": place,
        "said": outcome.said,
        "mistakes": len(reading.wrong),
        "starts": started_by(reading.parts, names),
        "definition": reading.parts,
        "often": how_often(reading.parts),
        "ends": ended_by(reading.parts, names),
        "start_fields": shown_fields(START, desk.sketch, offer, reading.wrong),
        "end_fields": shown_fields(ENDS, desk.sketch, offer, reading.wrong),
        "start_wrong": wrong_of(reading, "trigger", "per", "again_after_days", "restarts"),
        "end_wrong": wrong_of(reading, "goal", "exits"),
        "whole_wrong": wrong_of(reading, "steps") if not desk.sketch["steps"] else {},
        "gaps": gaps_for(desk.sketch, titles_of(nodes)) if opened else [],
        "from_file": publishing.is_from_file(desk.row),
        "doubles": doubles_of(desk.key, reading.parts, journeys_on()),
    }


@staff_page("journeys:write")
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: StaffRequest, key: str) -> HttpResponseBase:
    """Show what a draft changes and who is under way; a POST makes it the version that runs."""
    desk, wrong = drafting.desk_of(key), ""
    if request.method == "POST":
        try:
            done = publishing.publish_draft(
                key=key,
                seen=_number(request.POST.get("seen", "")),
                over_file=request.POST.get("over_file") == "yes",
                move=request.POST.get("people") == "move",
                on=request.POST.get("on") == "yes",
                by=request.user,
            )
        except (Conflict, Invalid) as error:
            wrong = f"{error.message} {error.remedy}".strip()
        else:
            notes.success(request, _published(done))
            return redirect("journeys:show", request.store.slug, key)
    reading, names = reading_of(desk.sketch), names_now()
    before = desk.current.definition if desk.current else None
    context = {
        "desk": desk,
        "mistakes": len(reading.wrong),
        "changes": publishing.changes(before, desk.sketch, names) if before else [],
        "renamed": desk.row.name if desk.row and desk.row.name != desk.name else "",
        "is_first": before is None,
        "steps": len(reading.parts.steps),
        "people": publishing.under_way(desk.row, reading.parts),
        "from_file": publishing.is_from_file(desk.row),
        "is_off": desk.row is None or desk.row.state == JourneyState.OFF,
        "doubles": doubles_of(key, reading.parts, journeys_on()),
        "wrong": wrong,
    }
    return render(request, "journeys/publish.html", context, status=422 if wrong else 200)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1


def _published(done: publishing.Published) -> str:
    said = f"Version {done.version.number} of “{done.row.name}” is published."
    if done.moved:
        people = "1 person goes" if done.moved == 1 else f"{done.moved} people go"
        said += f" {people} on in it."
    return said


@staff_page("journeys:write")
@require_POST
def discard(request: StaffRequest, key: str) -> HttpResponseBase:
    """Throw the draft away."""
    desk = drafting.desk_of(key)
    drafting.discard_draft(key=key)
    notes.success(request, "The draft was thrown away.")
    if desk.row is None and not desk.shipped:
        return redirect("journeys:index", request.store.slug)
    return redirect("journeys:show", request.store.slug, key)
