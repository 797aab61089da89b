"""The own profile: name, password, second factor, stores."""

from typing import cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopbell.accounts.actions import change_user, drop_portrait, save_portrait
from shopbell.accounts.forms.people import ProfileForm
from shopbell.accounts.models import Portrait, User
from shopbell.accounts.permissions import signed_in_page
from shopbell.accounts.queries import stores_of
from shopbell.kit.errors import Invalid, NotFound


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponseBase:
    """Show and change what belongs to the person."""
    user = cast(User, request.user)
    form = ProfileForm(request.POST or None, initial={"name": user.name})
    if form.is_valid():
        change_user(user=user, name=form.cleaned_data["name"])
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    context = {
        "form": form,
        "second_factor": is_mfa_enabled(user),
        "stores": stores_of(user.pk),
        "has_portrait": bool(user.face),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)


@signed_in_page
@require_safe
def portrait(request: HttpRequest) -> HttpResponseBase:
    """Show the own picture."""
    row = Portrait.objects.filter(user=cast(User, request.user)).first()
    if row is None:
        raise NotFound("There is no picture yet.")
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    return HttpResponse(bytes(row.png), content_type="image/png", headers=headers)


@signed_in_page
@require_POST
def save_picture(request: HttpRequest) -> HttpResponseBase:
    """Take the own picture, or take it away."""
    user = cast(User, request.user)
    file = request.FILES.get("picture")
    if "drop" in request.POST:
        drop_portrait(user=user)
        messages.success(request, "Customers see your initials again.")
    elif file is None:
        messages.error(request, "Choose a picture first.")
    else:
        try:
            save_portrait(user=user, content=file.read())
            messages.success(request, "Saved. Customers see it beside your answers in the chat.")
        except Invalid as error:
            messages.error(request, f"{error.message} {error.kept} {error.remedy}".strip())
    return redirect("accounts:profile")
