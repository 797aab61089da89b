"""The own profile: name, password, second factor, stores."""

from typing import cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shopbell.accounts.actions import change_user
from shopbell.accounts.forms.people import ProfileForm
from shopbell.accounts.models import User
from shopbell.accounts.permissions import signed_in_page
from shopbell.accounts.queries import stores_of


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
    }
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)
