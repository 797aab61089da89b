"""Pictures from elsewhere in a customer's mail: not shown, shown once, or always for a sender.

Looking never fetches anything new: each choice is a POST, and what it answers with carries a mark
for this person and this mail.
"""

import uuid
from typing import Any

from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import block_pictures, trust_pictures
from shopbell.conversations.models import Entry, PictureTrust, RemotePicture
from shopbell.conversations.original import from_elsewhere
from shopbell.conversations.pictures.addresses import wish_of
from shopbell.conversations.pictures.fetching import host_of, key_of
from shopbell.conversations.views.files import mail_of
from shopbell.kit.errors import NotFound


@staff_page("conversations:read")
@require_safe
def frame(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponse:
    """Show a mail as it came, with the choice about its pictures above it."""
    row = mail_of(number, entry)
    return _frame(request, number, row, shown=_is_trusted(row))


@staff_page("conversations:read")
@require_POST
def show(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponse:
    """Show the pictures of one mail, this time."""
    return _frame(request, number, mail_of(number, entry), shown=True)


@staff_page("conversations:write")
@require_POST
def trust(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponse:
    """Show the pictures of this sender from now on."""
    row = mail_of(number, entry)
    trust_pictures(address=row.sender_address, by=request.user)
    return _frame(request, number, row, shown=True)


@staff_page("conversations:write")
@require_POST
def block(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponse:
    """Ask again from now on."""
    row = mail_of(number, entry)
    block_pictures(address=row.sender_address)
    return _frame(request, number, row, shown=False)


@staff_page("conversations:write")
@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """List whose pictures are always shown."""
    rows = PictureTrust.objects.select_related("user").order_by("address")[:1000]
    return render(request, "conversations/pictures.html", {"senders": list(rows)})


@staff_page("conversations:write")
@require_POST
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponseBase:
    """Take one back."""
    row = PictureTrust.objects.filter(pk=key).first()
    if row is None:
        raise NotFound("There is no such sender.", remedy="Go back to the list.")
    block_pictures(address=row.address)
    notes.success(request, f"Pictures of {row.address} are asked about again.")
    return redirect("inbox:pictures", request.store.slug)


def _frame(request: StaffRequest, number: int, row: Entry, *, shown: bool) -> HttpResponse:
    found = from_elsewhere(row.html)
    context = {
        "number": number,
        "entry": row,
        "count": len(found.addresses),
        "trackers": found.trackers,
        "shown": shown and bool(found.addresses),
        "trusted": _is_trusted(row),
        "may_trust": "@" in row.sender_address
        and not _is_denied(row)
        and may(request.staff, "conversations:write"),
    }
    if context["shown"]:
        context |= _known(request, found.addresses, found.trackers)
        context["wish"] = wish_of(request.user.pk, row.pk)
    return render(request, "conversations/original.html", context)


def _known(request: StaffRequest, addresses: list[str], trackers: list[str]) -> dict[str, Any]:
    """Return what is known of pictures that were fetched before."""
    keys = {key_of(request.store, address): address for address in addresses}
    rows = RemotePicture.objects.filter(key__in=list(keys), is_tracker=True)
    hosts = [host_of(keys[key]) for key in rows.values_list("key", flat=True)]
    names = list(dict.fromkeys([*trackers, *hosts]))
    return {"trackers": names, "count": len(addresses) - len(hosts)}


def _is_trusted(row: Entry) -> bool:
    address = row.sender_address.lower()
    if not address or _is_denied(row):
        return False
    return PictureTrust.objects.filter(address=address).exists()


def _is_denied(row: Entry) -> bool:
    """Whether the mail server said that this sender did not send it."""
    return bool(row.data.get("authenticated") == "fail")
