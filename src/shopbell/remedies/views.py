"""Asking for remedies in a dialog, and the page with what waits and what was done."""

import json
import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.models import Conversation
from shopbell.conversations.queries import conversation_by_number
from shopbell.kit.errors import Invalid, NotFound
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed
from shopbell.orders.queries import order_with_parcels
from shopbell.remedies.actions import (
    Wish,
    approve_remedy,
    ask_remedy,
    decline_remedy,
    save_remedy_policy,
    settle_remedy,
)
from shopbell.remedies.checks import Asker, money_left
from shopbell.remedies.forms import PolicyForm, RemedyForm, WhyForm, plain
from shopbell.remedies.models import Remedy
from shopbell.remedies.policy import VARIABLES, remedy_policy
from shopbell.remedies.queries import remedies, remedies_of, remedy_by_id, waiting_remedies
from shopbell.remedies.words import BUTTONS
from shopbell.web.paging import page_of


@staff_page("remedies:write")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest, order: uuid.UUID, deed: str) -> HttpResponseBase:
    """Show the dialog for one deed; a POST asks for it."""
    row, wanted = _order(order), _deed(deed)
    given = request.POST if request.method == "POST" else request.GET
    case = _case(row, given.get("case", ""))
    left = money_left(row, remedies_of([row.pk]))
    form = _form(request, row, wanted, case, left)
    if request.method == "POST" and form.is_valid():
        try:
            return _asked(request, _write(request, row, wanted, case, form))
        except Invalid as error:
            for name, said in error.fields.items():
                form.add_error(name if name in form.fields else None, said)
    context = {
        "form": form, "order": row, "deed": wanted, "title": f"{BUTTONS[wanted]} {row}",
        "verb": BUTTONS[wanted], "case": case, "left": left,
        "text": _preview(request, row, wanted, case),
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    return render(request, "remedies/dialog.html", context, status=status)


@staff_page("remedies:read")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List what waits for a person, and what was done."""
    waiting = list(waiting_remedies()[:100])
    rows = remedies().exclude(pk__in=[row.pk for row in waiting])
    context = {
        "waiting": waiting,
        "page": page_of(rows, cursor=request.GET.get("at"), time="created_at", key="id"),
        "may_approve": may(request.staff, "remedies:approve"),
    }
    return render(request, "remedies/index.html", context)


@staff_page("desk:write")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: StaffRequest) -> HttpResponseBase:
    """Show limits, reasons and texts; a POST saves them."""
    form = PolicyForm(request.POST if request.method == "POST" else None, store=request.store)
    if request.method == "POST" and form.is_valid():
        save_remedy_policy(store=request.store, policy=form.saved())
        notes.success(request, "Saved. It counts from the next request on.")
        return redirect("remedies:setup", request.store.slug)
    context = {"form": form, "variables": VARIABLES.items()}
    return render(request, "remedies/setup.html", context, status=422 if form.errors else 200)


@staff_page("remedies:approve")
@require_POST
def approve(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Let it be done."""
    row = approve_remedy(store=request.store, remedy=remedy_by_id(key), by=request.staff)
    return _decided(request, row, "Approved. The shop is asked now.")


@staff_page("remedies:write")
@require_POST
def decline(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Turn it down, or take the own request back."""
    form = WhyForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    row = decline_remedy(remedy=remedy_by_id(key), by=request.staff, why=why)
    return _decided(request, row, "Declined. Nothing was asked of the shop.")


@staff_page("remedies:approve")
@require_POST
def settle(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Say of something unclear whether it was done."""
    done = request.POST.get("done") == "yes"
    row = settle_remedy(remedy=remedy_by_id(key), by=request.staff, done=done)
    return _decided(request, row, "Noted as done." if done else "Noted as not done.")


def _preview(request: StaffRequest, order: Order, deed: Deed, case: Conversation | None) -> str:
    """Return what the customer will read, with gaps for what is not known yet."""
    locale = (case.locale if case else "") or request.store.locale
    text = remedy_policy(request.store).text(deed, locale)
    known = {
        "order": str(order),
        "first_name": case.customer.first_name if case and case.customer else "",
        "label": "",
    }
    for name in VARIABLES:
        text = text.replace("{{" + name + "}}", known.get(name, "…"))
    return text.replace("**", "")


def _order(key: uuid.UUID) -> Order:
    row = order_with_parcels(key)
    if row is None:
        raise NotFound("There is no such order.", remedy="Check the address.")
    return row


def _deed(name: str) -> Deed:
    if name not in Deed:
        raise NotFound("Nothing like that can be asked of a shop.")
    return Deed(name)


def _case(order: Order, number: str) -> Conversation | None:
    """Return the conversation, if it is of the order's customer: nobody else is told."""
    if not number.isdigit() or len(number) > 9:
        return None
    row = conversation_by_number(int(number))
    return row if row.customer_id and row.customer_id == order.customer_id else None


def _form(
    request: StaffRequest, order: Order, deed: Deed, case: Conversation | None, left: int
) -> RemedyForm:
    initial: dict[str, Any] = {
        "case": case.number if case else None,
        "client_id": uuid.uuid4(),
        "amount": plain(left, order.currency) if deed == Deed.REFUND else "",
    }
    return RemedyForm(
        request.POST if request.method == "POST" else None,
        initial=initial, order=order, deed=deed, left=left,
        policy=remedy_policy(request.store), may_tell=case is not None,
    )  # fmt: skip


def _write(
    request: StaffRequest, order: Order, deed: Deed, case: Conversation | None, form: RemedyForm
) -> Remedy:
    values = form.cleaned_data
    return ask_remedy(
        store=request.store,
        order=order,
        by=Asker(request.user, request.staff.role, str(request.user)),
        wish=Wish(
            deed=deed,
            reason=values["reason"],
            amount=values.get("amount"),
            items=form.items,
            note=values["note"],
            client_id=values["client_id"],
            conversation=case,
            tell=values.get("tell", False),
        ),
    )


def _asked(request: StaffRequest, row: Remedy) -> HttpResponseBase:
    said = "The shop is asked now." if not row.why_waits else "It waits for approval."
    return _answer(request, row, said, "green" if not row.why_waits else "brass")


def _decided(request: StaffRequest, row: Remedy, said: str) -> HttpResponseBase:
    return _answer(request, row, said, "green")


def _answer(request: StaffRequest, row: Remedy, said: str, tone: str) -> HttpResponseBase:
    if request.headers.get("HX-Request") != "true":
        if row.conversation is not None:
            return redirect("inbox:show", request.store.slug, row.conversation.number)
        return redirect("remedies:index", request.store.slug)
    told: dict[str, Any] = {
        "dialog:close": {}, "remedies:changed": {}, "toast": {"message": said, "tone": tone},
    }  # fmt: skip
    if row.conversation is not None:
        told["desk:changed"] = {"number": row.conversation.number}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
