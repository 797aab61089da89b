"""The form by which somebody asks to be told, hosted or in a frame in the shop's page.

It needs no script. No cookie is read, so there is no cross-site forgery to guard against. Its
answer is one and the same for every address.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_slug
from shopbell.accounts.stamps import is_stamp, is_too_quick, stamp_of
from shopbell.interests.actions import ask_to_wait
from shopbell.interests.reading import TRAP, client_id_of, read
from shopbell.interests.words import LANGUAGES, Words
from shopbell.kit.db.scope import store_scope
from shopbell.kit.text import first_language
from shopbell.messaging.strangers import TooOften
from shopbell.orders.models import Product
from shopbell.orders.variants import Variant, product_named, variants_of
from shopbell.web.access import public_page
from shopbell.web.brand import Brand

OPEN = "Customers ask to be told; the page shows the shop's product and what they type."
# Any shop's page may show the form in a frame: it has no session that could be misused there.
POLICY: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": ["*"]}


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at the form of a product."""

    request: HttpRequest
    store: Store
    words: Words
    product: Product | None

    @property
    def asked(self) -> dict[str, str]:
        """What the address says about the product, and whether it is a frame."""
        names = ("product", "variant", "source", "frame")
        told = {name: self.request.GET.get(name, "")[:120].replace("\0", "") for name in names}
        return {name: value for name, value in told.items() if value}

    def address(self, name: str, **more: str) -> str:
        """Return the address of one of its pages, in this language."""
        there = reverse(f"interests:{name}", args=[self.store.slug])
        return f"{there}?{urlencode(self.asked | {'lang': self.words.language} | more)}"


@public_page(OPEN)
@csrf_exempt
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, store: str) -> HttpResponseBase:
    """Show the form of a product; a POST sends it."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        visit = _visit(request, place)
        if visit.product is None or not variants_of(visit.product):
            return _render(visit, "interests/said.html", {"said": "unknown"}, status=404)
        if request.method == "POST":
            return _send(visit, visit.product)
        return _form(visit, uuid.uuid4(), page=request.GET.get("from", ""))


@public_page(OPEN)
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_safe
def sent(request: HttpRequest, store: str) -> HttpResponseBase:
    """Say where to look now: the same to everybody."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        return _render(_visit(request, place), "interests/said.html", {"said": "sent"})


def _visit(request: HttpRequest, store: Store) -> Visit:
    told = request.headers.get("Accept-Language", "").split(",")
    wishes = [request.GET.get("lang", ""), *(each.split(";")[0] for each in told), store.locale]
    bare = Visit(request, store, Words(first_language(wishes, LANGUAGES)), None)
    asked = bare.asked
    found = product_named(asked.get("product", ""), asked.get("source", ""))
    return Visit(request, store, bare.words, found)


def _send(visit: Visit, product: Product) -> HttpResponseBase:
    post, store = visit.request.POST, visit.store
    mark, told = client_id_of(post), read(product, post, visit.words, store.name)
    if mark is None or told.mistakes:
        return _again(visit, told.client_id, told.mistakes, visit.words.say("wrong"), 422)
    if is_too_quick(store, mark, post.get("stamp", "")):
        return _again(visit, mark, {}, visit.words.say("too_fast"), 422)
    remote = str(visit.request.META.get("REMOTE_ADDR", ""))
    try:
        ask_to_wait(store=store, product=product, told=told, remote=remote)
    except TooOften as error:
        said = visit.words.say("limited", time=visit.words.minutes(error.seconds))
        answer = _again(visit, mark, {}, said, 429)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return HttpResponseRedirect(visit.address("sent"), status=303)


def _again(
    visit: Visit, mark: uuid.UUID, mistakes: dict[str, str], alert: str, status: int
) -> HttpResponse:
    """Show the form once more, with everything that was typed."""
    post = visit.request.POST
    return _form(
        visit,
        mark,
        page=post.get("page", ""),
        status=status,
        stamp=post.get("stamp", ""),
        email=post.get("email", ""),
        chosen=post.get("variant", ""),
        mistakes=mistakes,
        alert=alert,
    )


def _form(
    visit: Visit,
    mark: uuid.UUID,
    *,
    page: str,
    stamp: str = "",
    chosen: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    assert visit.product is not None
    wish = chosen or visit.asked.get("variant", "")
    variants = _offered(variants_of(visit.product), wish)
    if not variants:
        return _render(visit, "interests/said.html", {"said": "in_stock"})
    context = {
        "variants": variants,
        "chosen": wish or (variants[0].source_id if len(variants) == 1 else ""),
        "client_id": mark,
        "stamp": stamp if is_stamp(visit.store, mark, stamp) else stamp_of(visit.store, mark),
        "from": page,
        "trap": TRAP,
        "action": visit.address("page"),
        "wording": visit.words.say("wording", store=visit.store.name),
    }
    return _render(visit, "interests/form.html", context | more, status=status)


def _offered(variants: list[Variant], wish: str) -> list[Variant]:
    """Return what can be waited for: what is sold out, or is not told to be there."""
    absent = [each for each in variants if each.stock is None or each.is_sold_out]
    named = [each for each in absent if each.source_id == wish]
    return named if wish and any(each.source_id == wish for each in variants) else absent


def frame_of(store: Store, words: Words, title: str) -> dict[str, Any]:
    """Return what every page for customers needs."""
    home = store.url or (f"https://{store.domain}" if store.domain else "")
    return {
        "brand": Brand(store.name, store.brand_colour, store.logo_url, home),
        "labels": words.labels,
        "title": title,
    }


def _render(
    visit: Visit, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    frame = frame_of(visit.store, visit.words, visit.words.say("title")) | {
        "is_framed": "frame" in visit.asked,
        "product": visit.product,
        "others": [
            (Words(code), visit.address("page", lang=code))
            for code in LANGUAGES
            if code != visit.words.language
        ],
    }
    with override(visit.words.language):
        answer = render(visit.request, template, frame | context, status=status)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(answer, ["Accept-Language"])
    return answer
