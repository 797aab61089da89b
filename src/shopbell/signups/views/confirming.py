"""The link of the mail: looking at it changes nothing, its one button does.

A newcomer's mistake: confirming at the GET. Scanners of mail open every link, so then a scanner
would have agreed.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shopbell.accounts.links import unsign
from shopbell.accounts.models import Store
from shopbell.consent.queries import topics
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, NotFound
from shopbell.kit.text import masked_address
from shopbell.signups.actions import confirm_signup
from shopbell.signups.models import Signup
from shopbell.signups.queries import is_late
from shopbell.signups.views.hosted import frame_of
from shopbell.signups.words import Words
from shopbell.web.access import public_page


@public_page("Whoever reads the mailbox confirms a sign-up by a signed link.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the button; a POST grants what was asked for, once."""
    store, key = unsign(token, "signup")
    with store_scope(store.pk):
        rows = Signup.objects.select_related("form", "customer")
        signup = rows.filter(pk=key, customer__isnull=False).first()
        if signup is None:
            raise NotFound("This link does not lead anywhere any more.")
        if request.method == "POST":
            return _press(request, store, signup)
        said = _said(signup, request.GET.get("done") == "1")
        return _show(request, store, signup, said)


def _press(request: HttpRequest, store: Store, signup: Signup) -> HttpResponseBase:
    remote = str(request.META.get("REMOTE_ADDR", ""))
    try:
        is_news = confirm_signup(store=store, signup=signup, remote=remote)
    except Conflict:
        return _show(request, store, signup, "late", status=410)
    there = f"{request.path}?done=1" if is_news else request.path
    return HttpResponseRedirect(there, status=303)


def _said(signup: Signup, is_done: bool) -> str:
    if signup.confirmed_at is not None:
        return "done" if is_done else "again"
    return "late" if is_late(signup) else "confirm"


def _show(
    request: HttpRequest, store: Store, signup: Signup, said: str, status: int = 200
) -> HttpResponse:
    words = Words(signup.language)
    names = [row.name_in(signup.language) for row in topics() if row.key in signup.topics]
    address = masked_address(signup.email)
    query = f"?lang={signup.language}"
    context = frame_of(store, words, signup.form.wording(signup.language).title) | {
        "said": said,
        "says": words.say("confirm_says", store=store.name, address=address),
        "about": words.say("confirm_topics", topics=", ".join(names)) if names else "",
        "wording": signup.wording,
        "form_url": reverse("signups:page", args=[store.slug, signup.form.slug]) + query,
    }
    with override(signup.language):
        return render(request, "signups/confirm.html", context, status=status)
