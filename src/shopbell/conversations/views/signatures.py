"""Signatures: everybody keeps their own; who manages the desk keeps those for all."""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.connections.models import Connection, ConnectionState
from shopbell.conversations.actions import drop_signature, save_signature
from shopbell.conversations.composing import markdown_to_html
from shopbell.conversations.forms import LANGUAGES, SignatureForm
from shopbell.conversations.models import Signature
from shopbell.conversations.signatures import VARIABLES, in_words, signatures_seen_by
from shopbell.kit.errors import Conflict, NotFound

_EXAMPLE = "Kind regards\n{{agent.name}}\n{{store.name}}"


@staff_page("conversations:write")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: StaffRequest) -> HttpResponseBase:
    """List the signatures; a POST adds one."""
    return _form(request, None)


@staff_page("conversations:write")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Change one."""
    return _form(request, _find(request, key))


@staff_page("conversations:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Throw one away."""
    drop_signature(row=_find(request, key))
    notes.success(request, "Thrown away.")
    return redirect("inbox:signatures", request.store.slug)


@staff_page("conversations:write")
@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    """Show what a signature looks like, with this person's name. Nothing is saved."""
    text = in_words(request.POST.get("text", "")[:2_000], request.store, request.user)
    return HttpResponse(markdown_to_html(text))


def _form(request: StaffRequest, row: Signature | None) -> HttpResponseBase:
    manages = may(request.staff, "desk:write")
    inboxes = _mail_inboxes()
    initial: dict[str, Any] = {"text": _EXAMPLE}
    if row is not None:
        initial = {"whose": "me" if row.user_id else "all", "inbox": str(row.inbox_id or "")}
        initial |= {"locale": row.locale, "text": row.text}
    data = request.POST if request.method == "POST" else None
    form = SignatureForm(data, initial=initial, inboxes=inboxes, for_all=manages)
    if data is not None and form.is_valid() and _saved(request, form, row):
        notes.success(request, "Saved.")
        return redirect("inbox:signatures", request.store.slug)
    seen = signatures_seen_by(request.user, all_of_them=manages)
    context = {
        "form": form,
        "row": row,
        "form_title": "Change it" if row else "Add one",
        "signatures": [_shown(request, each, manages) for each in seen],
        "variables": VARIABLES.items(),
        "preview": markdown_to_html(
            in_words(str(form["text"].value() or ""), request.store, request.user)
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "conversations/signatures.html", context, status=status)


def _saved(request: StaffRequest, form: SignatureForm, row: Signature | None) -> bool:
    values = form.cleaned_data
    owner = (row.user if row and row.user_id else request.user) if values["whose"] == "me" else None
    inbox = next((each for each in _mail_inboxes() if str(each.pk) == values["inbox"]), None)
    try:
        save_signature(
            user=owner, inbox=inbox, locale=values["locale"], text=values["text"], row=row
        )
    except Conflict as error:
        form.add_error(None, f"{error.message} {error.remedy}")
        return False
    return True


def _shown(request: StaffRequest, row: Signature, manages: bool) -> dict[str, Any]:
    return {
        "row": row,
        "whose": "Everybody" if row.user is None else str(row.user),
        "where": row.inbox.address or row.inbox.slug if row.inbox else "every inbox",
        "language": LANGUAGES.get(row.locale, row.locale) if row.locale else "",
        "html": markdown_to_html(in_words(row.text, request.store, row.user or request.user)),
        "may_change": manages or row.user_id == request.user.pk,
    }


def _mail_inboxes() -> list[Connection]:
    rows = Connection.objects.filter(family="channel", address__contains="@")
    return list(rows.exclude(state=ConnectionState.REMOVED).order_by("address"))


def _find(request: StaffRequest, key: uuid.UUID) -> Signature:
    row = Signature.objects.select_related("user", "inbox").filter(pk=key).first()
    own = row is not None and row.user_id == request.user.pk
    if row is None or not (own or may(request.staff, "desk:write")):
        raise NotFound("There is no such signature.", remedy="Go back to the list.")
    return row
