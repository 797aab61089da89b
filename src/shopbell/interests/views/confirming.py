"""The link of the mail: it puts somebody in the list, and later takes them off it.

A newcomer's mistake: confirming at the GET. Scanners of mail open every link, so then a scanner
would have agreed.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shopbell.accounts.links import unsign
from shopbell.accounts.models import Store
from shopbell.interests.actions import confirm_asking, is_late, leave_list
from shopbell.interests.models import Asking, Waiting, WaitingState
from shopbell.interests.views.hosted import frame_of
from shopbell.interests.words import Words
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, NotFound
from shopbell.kit.text import masked_address
from shopbell.orders.variants import variant_of
from shopbell.web.access import public_page


@public_page("Whoever reads the mailbox confirms by a signed link that they want to be told.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the button; a POST puts them in the list once, or takes them off it."""
    store, key = unsign(token, "asking")
    with store_scope(store.pk):
        rows = Asking.objects.select_related("product", "customer").defer("product__payload")
        asking = rows.filter(pk=key, customer__isnull=False).first()
        if asking is None:
            raise NotFound("This link does not lead anywhere any more.")
        if request.method == "POST":
            return _press(request, store, asking)
        return _show(request, store, asking, _said(asking))


def _press(request: HttpRequest, store: Store, asking: Asking) -> HttpResponseBase:
    if "leave" in request.POST:
        waiting = _waiting(asking)
        if waiting is not None:
            leave_list(waiting=waiting, because="They left the list.")
    else:
        try:
            confirm_asking(
                store=store, asking=asking, remote=str(request.META.get("REMOTE_ADDR", ""))
            )
        except Conflict:
            return _show(request, store, asking, "late", status=410)
    return HttpResponseRedirect(request.path, status=303)


def _waiting(asking: Asking) -> Waiting | None:
    return Waiting.objects.filter(
        customer=asking.customer, product=asking.product, variant=asking.variant
    ).first()


def _said(asking: Asking) -> str:
    if asking.confirmed_at is None:
        return "late" if is_late(asking) else "confirm"
    waiting = _waiting(asking)
    state = waiting.state if waiting is not None else WaitingState.LEFT
    return str(state) if state in (WaitingState.LEFT, WaitingState.BOUGHT) else "done"


def _show(
    request: HttpRequest, store: Store, asking: Asking, said: str, status: int = 200
) -> HttpResponse:
    words, product = Words(asking.language), asking.product
    variant = variant_of(product, asking.variant)
    thing = ", ".join(filter(None, [product.title, variant.title if variant else ""]))
    told = {"store": store.name, "address": masked_address(asking.email), "thing": thing}
    query = {"product": product.source_id, "source": product.source, "variant": asking.variant}
    context = frame_of(store, words, words.say(said)) | {
        "said": said,
        "heading": words.say(said),
        "says": words.say(f"{said}_says", **told),
        "wording": asking.wording,
        "form_url": f"{reverse('interests:page', args=[store.slug])}?{urlencode(query)}",
    }
    with override(asking.language):
        return render(request, "interests/confirm.html", context, status=status)
