"""Who may be written to: offers to existing customers, and where a sign-up counts at once."""

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.consent.queries import topics
from shopbell.kit.errors import Invalid
from shopbell.signups.forms import SingleForm, SoftForm
from shopbell.signups.rules import change_single_opt_in, change_soft_opt_in


@staff_page("settings:write")
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: StaffRequest) -> HttpResponseBase:
    """Show both rules; a POST changes the one whose button was pressed."""
    known, store = topics(), request.store
    data = {name: request.POST if name in request.POST else None for name in ("soft", "single")}
    soft = SoftForm(data["soft"], store=store, topics=known)
    single = SingleForm(data["single"], store=store)
    if data["soft"] is not None and soft.is_valid():
        try:
            change_soft_opt_in(store=store, rules=soft.rules, by=request.user.email)
            return _saved(request)
        except Invalid as error:
            _take(soft, error)
    if data["single"] is not None and single.is_valid():
        try:
            change_single_opt_in(store=store, countries=single.cleaned_data["countries"])
            return _saved(request)
        except Invalid as error:
            _take(single, error)
    return _page(request, soft, single, has_topics=bool(known))


def _page(
    request: StaffRequest, soft: SoftForm, single: SingleForm, *, has_topics: bool
) -> HttpResponse:
    stated = (request.store.policies or {}).get("soft_opt_in") or {}
    context = {"soft": soft, "single": single, "stated": stated, "has_topics": has_topics}
    status = 422 if soft.errors or single.errors else 200
    return render(request, "signups/rules.html", context, status=status)


def _saved(request: StaffRequest) -> HttpResponseBase:
    notes.success(request, "Saved. It counts from now on.")
    return redirect("signups:rules", request.store.slug)


def _take(form: SoftForm | SingleForm, error: Invalid) -> None:
    for name, said in (error.fields or {"": error.message}).items():
        form.add_error(name if name in form.fields else None, said)
