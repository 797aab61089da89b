"""The store's settings."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.actions import change_store
from shopbell.accounts.forms.store import COLOUR, StoreForm
from shopbell.accounts.permissions import may, staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.web.brand import tones


@staff_page("settings:read")
@require_safe
def settings(request: StaffRequest) -> HttpResponse:
    """Show the settings; whoever may not change them sees them greyed."""
    form = StoreForm(store=request.store)
    return _page(request, form, 200)


@staff_page("settings:write")
@require_POST
def save_settings(request: StaffRequest) -> HttpResponseBase:
    """Save the settings."""
    form = StoreForm(request.POST, store=request.store)
    if not form.is_valid():
        return _page(request, form, 422)
    change_store(store=request.store, **form.changes())
    messages.success(request, "Saved. New messages use it from now on.")
    return redirect("accounts:settings", request.store.slug)


def _page(request: StaffRequest, form: StoreForm, status: int) -> HttpResponse:
    editable = may(request.staff, "settings:write")
    if not editable:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "editable": editable,
        "show_keys": may(request.staff, "keys:write"),
        "remind": editable and not is_mfa_enabled(request.user),
        "preview": tones(request.store.brand_colour),
    }
    return render(request, "accounts/settings.html", context, status=status)


@staff_page("settings:read")
@require_safe
def colour_preview(request: StaffRequest) -> HttpResponse:
    """Answer how a colour looks on light and dark; a broken one shows nothing."""
    colour = request.GET.get("brand_colour", "")
    made = tones(colour) if COLOUR.regex.fullmatch(colour) else None  # type: ignore[union-attr]
    return render(request, "accounts/colour_preview.html", {"preview": made})
