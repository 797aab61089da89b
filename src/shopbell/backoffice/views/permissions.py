"""Permissions and blocks from a list: checked first, and imported when told so."""

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.consent.importing import BLOCKS, CONSENTS, MOST_ROWS, import_list, read_list
from shopbell.kit.errors import Invalid

MOST_BYTES = 1_500_000
SHOWN = 200
NOUNS = ((CONSENTS, "Permissions for offers and news"), (BLOCKS, "Addresses not to be written to"))


@staff_page("customers:erase")
@require_http_methods(["GET", "HEAD", "POST"])
def permissions(request: StaffRequest) -> HttpResponseBase:
    """Check a list (dry run); with `go` import the good rows of what was checked."""
    context = {"nouns": NOUNS, "noun": CONSENTS, "most": MOST_ROWS, "shown": SHOWN}
    if request.method != "POST":
        return render(request, "backoffice/permissions.html", context)
    noun, file = request.POST.get("noun", ""), request.FILES.get("file")
    name = (file.name if file else request.POST.get("name", "")) or "list.csv"
    content = file.read() if file else request.POST.get("content", "").encode()
    context |= {"noun": noun, "name": name}
    try:
        if len(content) > MOST_BYTES:
            raise Invalid("The file is larger than 1.5 MB.", remedy="Split it.")
        if request.POST.get("go") and not file:
            return _go(request, noun, content, name)
        report = read_list(store=request.store, noun=noun, content=content)
    except Invalid as error:
        context["problem"] = f"{error.message} {error.remedy}".strip()
        return render(request, "backoffice/permissions.html", context, status=422)
    context |= {"report": report, "content": content.decode("utf-8-sig", "replace")}
    return render(request, "backoffice/permissions.html", context)


def _go(request: StaffRequest, noun: str, content: bytes, name: str) -> HttpResponse:
    report = import_list(
        store=request.store, noun=noun, content=content, by=request.user.email, file_name=name
    )
    said = f"Imported: {report.written}."
    said += f" Known already or older than what is known: {report.known}." if report.known else ""
    said += f" Refused: {len(report.refused)}." if report.refused else ""
    notes.success(request, said)
    return redirect("customers:permissions", request.store.slug)
