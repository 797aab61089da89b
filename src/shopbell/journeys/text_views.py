"""The pages on which a journey stands as text: to copy, to change, and to begin with a pasted one.

A newcomer's mistake: keeping what cannot be drawn. A text that is no journey stays in the field,
with its mistakes by line; one with mistakes in single steps may become a draft.
"""

from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.journeys import drafting
from shopbell.journeys.models import Origin
from shopbell.journeys.text_form import LONGEST, Told, read_text, to_toml
from shopbell.kit.errors import Conflict, Invalid


@staff_page("journeys:write")
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: StaffRequest, key: str) -> HttpResponseBase:
    """Show a journey as text; a POST looks at a changed text, or makes it the draft."""
    desk = drafting.desk_of(key)
    of_draft = desk.draft is not None and request.GET.get("of") != "now"
    if request.method == "POST":
        return _taken(request, desk)
    current = desk.current
    is_edited = current is not None and current.origin == Origin.EDITOR
    written = to_toml(
        key=key,
        title=desk.name if of_draft or desk.row is None else desk.row.name,
        definition=desk.sketch if of_draft or current is None else current.definition,
        replaces=current.number if is_edited and current is not None else 0,
    )
    return _page(request, desk, written, of_draft=of_draft)


@staff_page("journeys:write")
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: StaffRequest) -> HttpResponseBase:
    """Begin a journey with a text."""
    if request.method == "POST":
        return _taken(request, None)
    return _page(request, None, "")


def _taken(request: StaffRequest, desk: drafting.Desk | None) -> HttpResponseBase:
    written = request.POST.get("text", "").replace("\r\n", "\n")
    found, press = read_text(written), request.POST.get("do", "check")
    wanted = press == "anyway" or (press == "take" and not found.told)
    if found.definition is None or not wanted:
        can_take = found.definition is not None and bool(found.told)
        is_good = press == "check" and not found.told
        more: dict[str, Any] = {"told": found.told, "can_take": can_take, "is_good": is_good}
        return _page(request, desk, written, status=422 if found.told else 200, **more)
    try:
        if desk is None:
            name = found.title or found.key.replace("_", " ").capitalize() or "Pasted journey"
            key = drafting.start_draft(
                name=name, definition=found.definition, by=request.user, wish=found.key
            ).key
        else:
            key = desk.key
            drafting.replace_draft(
                key=key, definition=found.definition, name=found.title, by=request.user
            )
    except (Invalid, Conflict) as error:
        return _page(request, desk, written, status=422, told=[Told(0, error.message)])
    notes.success(request, "The text is the draft now.")
    return redirect("journeys:edit", request.store.slug, key)


def _page(
    request: StaffRequest,
    desk: drafting.Desk | None,
    written: str,
    *,
    of_draft: bool = False,
    status: int = 200,
    **more: Any,
) -> HttpResponseBase:
    context = {"desk": desk, "written": written, "of_draft": of_draft, "longest": LONGEST, **more}
    context["rows"] = min(40, max(12, written.count("\n") + 2))
    return render(request, "journeys/text.html", context, status=status)
