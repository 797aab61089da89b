"""The controls of the demo: pace, orders under way. Staff only, changes by POST only."""

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.demo.actions import hear_answer, make_wish
from shopbell.demo.bar import bar_context
from shopbell.demo.paces import PACES
from shopbell.demo.queries import control_of, demo_store, on_their_way
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound

MEDDLE = {
    "delay": "Held up. The customer hears of it when the carrier says so.",
    "lose": "Lost. The carrier has told us, and the money goes back in a day of the shop's time.",
    "cancel": "Cancelled.",
}


@staff_page("demo:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the controls and what is under way."""
    demo_store(request.store.slug)
    orders, under_way = on_their_way(request.store)
    context = {"control": control_of(), "orders": orders, "under_way": under_way}
    return render(request, "demo/control.html", context)


@staff_page("demo:write")
@require_safe
def bar(request: StaffRequest) -> HttpResponse:
    """Return the bar alone; it asks for itself when the simulation was saved."""
    demo_store(request.store.slug)
    return render(request, "demo/bar.html", bar_context(request))


@staff_page("demo:write", scoped=False)
@require_POST
def change(request: StaffRequest, verb: str) -> HttpResponseBase:
    """Play, pause, or choose a pace."""
    store = demo_store(request.store.slug)
    data = {}
    if verb == "pace":
        data["pace"] = request.POST.get("pace", "")
    if verb not in ("play", "pause", "pace") or ("pace" in data and data["pace"] not in PACES):
        raise NotFound("The demo has no such button.")
    heard = hear_answer(make_wish(store=store, verb=verb, **data))
    if request.headers.get("HX-Target") == "demo-bar":
        with store_scope(store.pk):
            return render(request, "demo/bar.html", bar_context(request))
    if not heard:
        _nobody_plays(request)
    return redirect("demo:index", store.slug)


@staff_page("demo:write", scoped=False)
@require_POST
def meddle(request: StaffRequest, order: int, deed: str) -> HttpResponseBase:
    """Delay, lose or cancel."""
    store = demo_store(request.store.slug)
    if deed not in MEDDLE:
        raise NotFound("The demo has no such button.")
    if hear_answer(make_wish(store=store, verb=deed, order=order)):
        notes.success(request, MEDDLE[deed])
    else:
        _nobody_plays(request)
    return redirect("demo:index", store.slug)


def _nobody_plays(request: StaffRequest) -> None:
    notes.warning(request, "The worker is not there just now. It is done as soon as it is back.")
