"""The way in: the front page, one-time links, the first set-up.

A newcomer's mistake: consuming a link on GET. Mail scanners and chat previews open every address;
only the button, a POST, uses it up.
"""

from hmac import compare_digest
from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.actions import set_up_first_store, setup_key, use_login_link
from shopbell.accounts.forms.store import SetupForm
from shopbell.accounts.models import User
from shopbell.accounts.permissions import public_page, signed_in_page
from shopbell.accounts.queries import anybody_works_here, stores_of
from shopbell.kit.errors import Conflict, Forbidden, ShopbellError

ASK_FOR_LINK = "Run “shopbell login-link” on the server; it prints the address to open."


@public_page("It only leads on: to sign-in, to the only store, or to a choice of stores.")
@require_safe
def front(request: HttpRequest) -> HttpResponseBase:
    """Lead to where the visitor works."""
    if not request.user.is_authenticated:
        if not anybody_works_here():
            return render(request, "accounts/nobody_yet.html")
        return redirect("account_login")
    return choose_store(request)


@signed_in_page
@require_safe
def choose_store(request: HttpRequest) -> HttpResponse:
    """Open the only store, or show all of them."""
    stores = stores_of(cast(User, request.user).pk)
    if len(stores) == 1:
        return redirect(f"/s/{stores[0].slug}/")
    return render(request, "accounts/stores.html", {"stores": stores})


@public_page("Whoever holds the link may come in; it is random, short-lived and works once.")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show a button; pressing it signs in."""
    if request.method != "POST":
        # The policy "same-origin" of all pages keeps the token from other sites. A stricter one
        # would make browsers send `Origin: null` with the button, which is refused.
        return render(request, "accounts/link.html")
    user = use_login_link(secret=token)
    goal = reverse("accounts:front")
    if not user.has_usable_password():
        goal = f"{reverse('account_set_password')}?next={goal}"
    return sign_in(request, user, goal)


def sign_in(request: HttpRequest, user: User, goal: str) -> HttpResponseBase:
    """Sign in through allauth, which asks for the second factor if there is one."""
    record_authentication(request, user, method="link")
    response: HttpResponseBase = perform_login(request, user, redirect_url=goal)
    return response


@public_page("There is nobody to sign in yet; the key printed at the start opens it, once.")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponseBase:
    """Make the first store and its owner."""
    if anybody_works_here():
        return redirect("account_login")
    key = request.POST.get("key") or request.GET.get("key", "")
    if not compare_digest(key.encode(), setup_key().encode()):
        raise Forbidden("The first set-up needs its key.", remedy=ASK_FOR_LINK)
    form = SetupForm(request.POST or None)
    if form.is_valid() and (user := _set_up(form)) is not None:
        return sign_in(request, user, reverse("accounts:front"))
    context = {"form": form, "key": key}
    return render(request, "accounts/setup.html", context, status=422 if form.is_bound else 200)


def _set_up(form: SetupForm) -> User | None:
    values = dict(form.cleaned_data)
    name = values.pop("store_name")
    try:
        staff = set_up_first_store(
            organisation=values.pop("organisation") or name,
            slug=values.pop("slug"),
            name=name,
            owner_email=values.pop("email"),
            owner_name=values.pop("name"),
            owner_password=values.pop("password"),
            **values,
        )
    except Conflict:
        raise
    except ShopbellError as error:
        form.add_error(None, error.message)
        return None
    return staff.user
