"""API keys: made, shown once, revoked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.actions import create_api_key, revoke_api_key
from shopbell.accounts.forms.people import KeyForm
from shopbell.accounts.permissions import staff_page
from shopbell.accounts.queries import api_key, keys_of_store
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit import clock
from shopbell.kit.errors import Conflict


@staff_page("keys:write")
@require_safe
def keys(request: StaffRequest) -> HttpResponse:
    """List the keys."""
    return _page(request, KeyForm())


@staff_page("keys:write")
@require_POST
def create_key(request: StaffRequest) -> HttpResponse:
    """Make a key and show it this once."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        made, raw = create_api_key(created_by=request.user, **form.cleaned_data)
    except Conflict as error:
        form.add_error("name", f"{error.message} {error.remedy}")
        return _page(request, form, status=422)
    return _page(request, KeyForm(), made=made.name, raw=raw)


@staff_page("keys:write")
@require_POST
def revoke_key(request: StaffRequest, key: UUID) -> HttpResponseBase:
    """Revoke a key; whoever uses it is refused from now on."""
    found = api_key(key)
    revoke_api_key(key=found)
    messages.success(request, f"The key “{found.name}” is revoked.")
    return redirect("accounts:keys", request.store.slug)


def _page(
    request: StaffRequest, form: KeyForm, *, made: str = "", raw: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "keys": keys_of_store(), "made": made, "raw": raw, "now": clock.now()}
    return render(request, "accounts/keys.html", context, status=status)
