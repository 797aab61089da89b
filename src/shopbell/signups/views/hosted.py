"""The form as customers see it, hosted or in a frame in the shop's page. It needs no script.

No cookie is read, so there is no cross-site forgery to guard against: whoever may see the page may
send it. Its answer is one and the same for every address.
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
from shopbell.connections.models import Connection
from shopbell.consent.queries import topics
from shopbell.kit.db.scope import store_scope
from shopbell.kit.text import first_language
from shopbell.messaging.ports import CHANNELS
from shopbell.messaging.strangers import TooOften
from shopbell.messaging.views.chat_link import chat_link
from shopbell.signups.actions import sign_up
from shopbell.signups.models import Signup, SignupForm
from shopbell.signups.phones import inbox_for, words_to_send
from shopbell.signups.queries import is_late, signup_form
from shopbell.signups.reading import TRAP, client_id_of, read
from shopbell.signups.words import Words
from shopbell.web.access import public_page
from shopbell.web.brand import Brand

OPEN = "Customers sign up; the page shows nobody's data but what they type."
# Any shop's page may show the form in a frame: it has no session that could be misused there.
POLICY: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": ["*"]}


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a form."""

    request: HttpRequest
    store: Store
    form: SignupForm
    words: Words
    is_preview: bool = False  # in the editor: nothing can be sent

    @property
    def is_framed(self) -> bool:
        """Whether it stands in the shop's page."""
        return "frame" in self.request.GET or self.is_preview

    def address(self, name: str) -> str:
        """Return the address of one of its pages, in this language."""
        there = reverse(f"signups:{name}", args=[self.store.slug, self.form.slug])
        query = {"lang": self.words.language} | ({"frame": "1"} if self.is_framed else {})
        return f"{there}?{urlencode(query)}"


@public_page(OPEN)
@csrf_exempt
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, store: str, form: str) -> HttpResponseBase:
    """Show a form; a POST sends it."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        visit = visit_of(request, place, signup_form(form))
        if not is_usable(visit.form):
            return render_page(visit, "signups/said.html", {"said": "closed"}, status=410)
        if request.method == "POST":
            return _send(visit)
        return form_page(visit, uuid.uuid4(), page=request.GET.get("from", ""))


@public_page(OPEN)
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_safe
def sent(request: HttpRequest, store: str, form: str) -> HttpResponseBase:
    """Say where to look now: the same to everybody."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        visit = visit_of(request, place, signup_form(form))
        is_text = visit.form.channel == "sms"
        thanks = "" if is_text else visit.form.wording(visit.words.language).thanks
        context = {"said": "sms" if is_text else "sent", "thanks": thanks}
        return render_page(visit, "signups/said.html", context)


@public_page(OPEN)
@xframe_options_exempt
@csp_override(POLICY)
@never_cache
@require_safe
def chat(request: HttpRequest, store: str, form: str) -> HttpResponseBase:
    """Show the message that stands ready in the chat, with a picture of the link for desks."""
    place = store_by_slug(store)
    with store_scope(place.pk):
        visit = visit_of(request, place, signup_form(form))
        code = request.GET.get("code", "").upper()
        row = Signup.objects.filter(form=visit.form, code=code).first() if code else None
        inbox = inbox_for(visit.form.channel)
        if row is None or inbox is None or row.confirmed_at is not None or is_late(row):
            return HttpResponseRedirect(visit.address("page"), status=302)
        return render_page(visit, "signups/chat.html", ready_message(visit, row, inbox))


def ready_message(visit: Visit, row: Signup, inbox: Connection) -> dict[str, Any]:
    """Return the link with its picture; a sandbox's number is nobody's, so it has none."""
    import segno

    row.form = visit.form
    words = words_to_send(visit.store, row)
    is_sandbox = CHANNELS.get(inbox.connector).capabilities.sandbox
    link = "" if is_sandbox else chat_link(inbox, words)
    picture = segno.make(link, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    return {
        "others": [],  # the message is in one language already
        "link": link,
        "picture": picture if link else "",
        "ready": words,
        "self": visit.words.say("chat_self", number=inbox.address),
    }


def is_usable(form: SignupForm) -> bool:
    """Return whether people can sign up by a form now: it is open, and its channel connected."""
    if form.channel != "email" and inbox_for(form.channel) is None:
        return False
    return form.is_open


def visit_of(request: HttpRequest, store: Store, form: SignupForm) -> Visit:
    """Return the look at a form, in the best of its languages."""
    told = request.headers.get("Accept-Language", "").split(",")
    wishes = [request.GET.get("lang", ""), *(each.split(";")[0] for each in told), store.locale]
    return Visit(request, store, form, Words(first_language(wishes, form.languages)))


def _send(visit: Visit) -> HttpResponseBase:
    post, store = visit.request.POST, visit.store
    mark, told = client_id_of(post), read(visit.form, post, visit.words)
    if mark is None or told.mistakes:
        return _again(visit, told.client_id, told.mistakes, visit.words.say("wrong"), 422)
    if is_too_quick(store, mark, post.get("stamp", "")):
        return _again(visit, mark, {}, visit.words.say("too_fast"), 422)
    remote = str(visit.request.META.get("REMOTE_ADDR", ""))
    try:
        row = sign_up(store=store, form=visit.form, told=told, remote=remote)
    except TooOften as error:
        said = visit.words.say("limited", time=visit.words.minutes(error.seconds))
        answer = _again(visit, mark, {}, said, 429)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    there = f"{visit.address('chat')}&code={row.code}" if row.code else visit.address("sent")
    return HttpResponseRedirect(there, status=303)


def _again(
    visit: Visit, mark: uuid.UUID, mistakes: dict[str, str], alert: str, status: int
) -> HttpResponse:
    """Show the form once more, with everything that was typed."""
    post = visit.request.POST
    return form_page(
        visit,
        mark,
        page=post.get("page", ""),
        status=status,
        stamp=post.get("stamp", ""),
        typed={
            "email": post.get("email", ""),
            "phone": post.get("phone", ""),
            "topics": post.getlist("topics"),
        },
        mistakes=mistakes,
        alert=alert,
    )


def form_page(
    visit: Visit,
    mark: uuid.UUID,
    *,
    page: str,
    stamp: str = "",
    typed: dict[str, Any] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Return the form with what was typed, `more` about what is wrong with it."""
    language, chosen = visit.words.language, (typed or {}).get("topics")
    offered = [row for row in topics() if row.key in visit.form.topics]
    context = {
        "texts": visit.form.wording(language),
        "topics": [
            (row.key, row.name_in(language), chosen is None or row.key in chosen) for row in offered
        ],
        "email": (typed or {}).get("email", ""),
        "phone": (typed or {}).get("phone", ""),
        "channel": visit.form.channel,
        "client_id": mark,
        "stamp": stamp if is_stamp(visit.store, mark, stamp) else stamp_of(visit.store, mark),
        "from": page,
        "trap": TRAP,
        "action": visit.address("page"),
    }
    return render_page(visit, "signups/form.html", context | more, status=status)


def frame_of(store: Store, words: Words, title: str) -> dict[str, Any]:
    """Return what every page for customers needs."""
    home = store.url or (f"https://{store.domain}" if store.domain else "")
    return {
        "brand": Brand(store.name, store.brand_colour, store.logo_url, home),
        "labels": words.labels,
        "title": title,
    }


def render_page(
    visit: Visit, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Return one of the form's pages in its language."""
    title = visit.form.wording(visit.words.language).title
    others = [Words(code) for code in visit.form.languages if code != visit.words.language]
    frame = frame_of(visit.store, visit.words, title)
    frame |= {"is_framed": visit.is_framed, "is_preview": visit.is_preview, "others": others}
    with override(visit.words.language):
        answer = render(visit.request, template, frame | context, status=status)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(answer, ["Accept-Language"])
    return answer
