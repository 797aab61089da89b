"""What somebody does with a call, as the customer or as the colleague whose phone rings.

A newcomer's mistake: opening the store's scope around it. Each step waits for the network.
"""

import uuid
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, NotFound
from shopbell.messaging.ports import Medium
from shopbell.sandbox import actions, exchange, queries
from shopbell.sandbox.holders import holder_of, inbox_for
from shopbell.sandbox.views.page import page_of


@staff_page("messages:write", scoped=False)
@require_POST
def dial(request: StaffRequest) -> HttpResponse:
    """Call the shop from somebody's phone."""
    with store_scope(request.store.pk):
        inboxes = queries.sandbox_inboxes().values()
        holder = holder_of(request.POST.get("who", ""), inboxes)
        inbox = inbox_for(Medium.PHONE, inboxes)
        if holder is None or inbox is None:
            raise NotFound("There is no phone, or no line to call.", remedy="Reload the page.")
        if not holder.number:
            raise Conflict(f"The shop knows no phone number of {holder.name}.")
        if holder.is_off:
            raise Conflict(f"The phone of {holder.name} is off.", remedy="Switch it on first.")
        actions.take_in_hand(holder=holder)
    shows = not request.POST.get("withheld")
    exchange.dial(store=request.store, inbox=inbox, caller=holder.number, shows=shows)
    return _back(request)


@staff_page("messages:write", scoped=False)
@require_POST
def act(request: StaffRequest, call: uuid.UUID, deed: str) -> HttpResponse:
    """Do something with a call."""
    if deed not in _DEEDS:
        raise NotFound("There is no such button.")
    _DEEDS[deed](request, call)
    return _back(request)


def _press(request: StaffRequest, call: uuid.UUID) -> None:
    key = request.POST.get("key", "")
    if request.POST.get("side") == "colleague":
        exchange.press_as_colleague(store=request.store, call=call, key=key)
    else:
        exchange.press(store=request.store, call=call, key=key)


def _speak(request: StaffRequest, call: uuid.UUID) -> None:
    exchange.speak(store=request.store, call=call, words=request.POST.get("text", ""))


def _take(request: StaffRequest, call: uuid.UUID) -> None:
    exchange.take(store=request.store, call=call, number=request.POST.get("number", ""))


def _decline(request: StaffRequest, call: uuid.UUID) -> None:
    exchange.decline(store=request.store, call=call, number=request.POST.get("number", ""))


def _wait(request: StaffRequest, call: uuid.UUID) -> None:
    exchange.wait(store=request.store, call=call)


def _hang_up(request: StaffRequest, call: uuid.UUID) -> None:
    mine = request.POST.get("side") == "colleague"
    exchange.hang_up(store=request.store, call=call, as_colleague=mine)


_DEEDS: dict[str, Callable[[StaffRequest, uuid.UUID], None]] = {
    "press": _press,
    "speak": _speak,
    "take": _take,
    "decline": _decline,
    "wait": _wait,
    "hang-up": _hang_up,
}


def _back(request: StaffRequest) -> HttpResponse:
    given = request.POST
    kept = {name: given.get(name, "") for name in ("app", "mail", "feed")}
    if given.get("side") != "colleague":
        kept["app"] = Medium.PHONE
    return redirect(page_of(request.store, given.get("who", ""), **kept))
