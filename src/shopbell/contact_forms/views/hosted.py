"""The form as customers see it: hosted, or in a frame in the shop's page. It needs no script.

No cookie is read, so there is no cross-site forgery to guard against: whoever may see the page may
send it. What makes it sent once is the id the page is given.
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

from shopbell.accounts.links import sign, unsign
from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_slug
from shopbell.accounts.stamps import is_stamp, is_too_quick, stamp_of
from shopbell.contact_forms.actions import submit_form
from shopbell.contact_forms.definition import text_of
from shopbell.contact_forms.holders import (
    STRANGER,
    Holder,
    holder_by_word,
    holder_of,
    holder_of_link,
)
from shopbell.contact_forms.models import ContactForm
from shopbell.contact_forms.page import Page, Painter
from shopbell.contact_forms.queries import entry_of, first_open_form, form_by_slug
from shopbell.contact_forms.reading import Reader, client_id_of
from shopbell.contact_forms.words import Words
from shopbell.conversations.models import Entry
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound
from shopbell.kit.text import first_language, masked_address
from shopbell.messaging.strangers import TooOften
from shopbell.web.access import public_page
from shopbell.web.brand import Brand

OPEN = "Customers write to the shop; the page shows nobody's data but what they type."
# Any shop's page may show the form in a frame: it has no session that could be misused there.
POLICY: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": ["*"]}


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a form."""

    request: HttpRequest
    store: Store
    form: ContactForm
    words: Words

    @property
    def is_framed(self) -> bool:
        """Whether it stands in the shop's page."""
        return "frame" in self.request.GET


@public_page(OPEN)
@require_safe
def first(request: HttpRequest, store: str) -> HttpResponseBase:
    """Lead to the store's first form."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        form = first_open_form()
    if form is None:
        raise NotFound("This shop has no contact form.")
    there = reverse("contact_forms:page", args=[place.slug, form.slug])
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{there}?{query}" if query else there)


@public_page(OPEN)
@csrf_exempt
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, store: str, form: str) -> HttpResponseBase:
    """Show a form; a POST sends it, or only brings the shop's word for who it is."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        visit = _visit(request, place, form_by_slug(form))
        if request.method == "POST" and client_id_of(request.POST):
            return _send(visit)
        return _blank(visit)


@public_page("Whoever sent a form sees that it has come, by a signed link.")
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say that it has come."""
    place, key = unsign(token, "form-thanks")
    with store_scope(place.pk):
        entry = Entry.objects.select_related("conversation").filter(pk=key).first()
        if entry is None:
            raise NotFound("This message is not there any more.")
        visit = _visit(request, place, form_by_slug(entry.data["form"]["slug"]))
        definition, words = visit.form.definition, visit.words
        hours = definition.answer_hours
        context = _frame(visit) | {
            "thanks": text_of(definition.thanks, words.language, visit.form.languages),
            "number": words.say("number", number=entry.conversation.number),
            "within": words.say("within", time=words.time(hours)) if hours else "",
            "goes_to": words.say("goes_to", address=masked_address(entry.sender_address)),
            "form_url": _address(visit),
        }
        return _render(visit, "contact_forms/thanks.html", context)


def _visit(request: HttpRequest, store: Store, form: ContactForm) -> Visit:
    told = request.headers.get("Accept-Language", "").split(",")
    wishes = [request.GET.get("lang", ""), *(each.split(";")[0] for each in told), store.locale]
    return Visit(request, store, form, Words(first_language(wishes, form.languages)))


def _blank(visit: Visit) -> HttpResponse:
    request = visit.request
    if not visit.form.is_open:
        return _render(visit, "contact_forms/closed.html", _frame(visit), status=410)
    holder = holder_of_link(visit.store, request.GET.get("t", ""))
    if request.method == "POST":
        by_word = holder_by_word(visit.store, request.POST.get("identity", ""))
        holder = by_word if by_word is not STRANGER else holder
    typed = {"topic": request.GET.get("topic", "")}
    shown = Painter.of(visit.form, visit.words, holder=holder, typed=typed).page()
    return _form(visit, shown, uuid.uuid4(), page=request.GET.get("from", ""))


def _send(visit: Visit) -> HttpResponseBase:
    post, store = visit.request.POST, visit.store
    mark = client_id_of(post)
    assert mark is not None
    known = entry_of(mark)
    if known is not None:
        return _to_thanks(visit, known)
    if not visit.form.is_open:
        return _render(visit, "contact_forms/closed.html", _frame(visit), status=410)
    holder = holder_of(store, post.get("ticket", ""))
    reader = Reader(visit.form.definition, visit.form.languages, visit.words, holder)
    told = reader.read(post, visit.request.FILES.getlist("files"))
    if reader.mistakes:
        return _again(visit, holder, mark, 422, mistakes=reader.mistakes)
    if is_too_quick(store, mark, post.get("stamp", "")):
        return _again(visit, holder, mark, 422, alert=visit.words.say("too_fast"))
    remote = str(visit.request.META.get("REMOTE_ADDR", ""))
    try:
        entry = submit_form(store=store, form=visit.form, told=told, holder=holder, remote=remote)
    except TooOften as error:
        said = visit.words.say("limited", time=visit.words.minutes(error.seconds))
        answer = _again(visit, holder, mark, 429, alert=said)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return _to_thanks(visit, entry)


def _again(
    visit: Visit,
    holder: Holder,
    mark: uuid.UUID,
    status: int,
    *,
    mistakes: dict[str, str] | None = None,
    alert: str = "",
) -> HttpResponse:
    """Show the form once more, with everything that was typed."""
    wrong = dict(mistakes or {})
    if visit.request.FILES and "files" not in wrong:
        wrong["files"] = visit.words.say("files_again")
    post = visit.request.POST
    painter = Painter.of(visit.form, visit.words, holder=holder, typed=post.dict(), mistakes=wrong)
    shown = painter.page(alert)
    return _form(
        visit, shown, mark, page=post.get("page", ""), stamp=post.get("stamp", ""), status=status
    )


def _form(
    visit: Visit, shown: Page, mark: uuid.UUID, *, page: str, stamp: str = "", status: int = 200
) -> HttpResponse:
    context = _frame(visit) | {
        "form": visit.form,
        "page": shown,
        "client_id": mark,
        "stamp": stamp if is_stamp(visit.store, mark, stamp) else stamp_of(visit.store, mark),
        "from": page,
        "action": _address(visit),
    }
    return _render(visit, "contact_forms/form.html", context, status=status)


def _address(visit: Visit) -> str:
    there = reverse("contact_forms:page", args=[visit.store.slug, visit.form.slug])
    query = {"lang": visit.words.language} | ({"frame": "1"} if visit.is_framed else {})
    return f"{there}?{urlencode(query)}"


def _to_thanks(visit: Visit, entry: Entry) -> HttpResponseRedirect:
    there = reverse("contact_forms:thanks", args=[sign(visit.store, "form-thanks", entry.pk)])
    query = {"lang": visit.words.language} | ({"frame": "1"} if visit.is_framed else {})
    return HttpResponseRedirect(f"{there}?{urlencode(query)}", status=303)


def _frame(visit: Visit) -> dict[str, Any]:
    store = visit.store
    home = store.url or (f"https://{store.domain}" if store.domain else "")
    others = [code for code in visit.form.languages if code != visit.words.language]
    return {
        "brand": Brand(store.name, store.brand_colour, store.logo_url, home, visit.words.direction),
        "words": visit.words,
        "is_framed": visit.is_framed,
        "others": [Words(code) for code in others],
        "store_name": store.name,
        "labels": visit.words.labels,
    }


def _render(
    visit: Visit, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    with override(visit.words.language):
        answer = render(visit.request, template, context, status=status)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(answer, ["Accept-Language"])
    return answer
