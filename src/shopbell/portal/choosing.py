"""The page on which customers choose what they get, and the one that mails the link to it.

GET changes nothing: scanners of mail open every link. A POST needs no cookie, so that mail programs
can unsubscribe by RFC 8058 and the page works in any browser.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shopbell.accounts.links import unsign
from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_slug
from shopbell.customers.normalise import email_key
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound
from shopbell.messaging.models import Message
from shopbell.portal.measuring import let_measure
from shopbell.portal.own_data import ask_for_data, is_too_often, wait_answer
from shopbell.portal.preferences import (
    change_preference,
    choose_offers,
    choose_own_language,
    come_back,
    leave_by_one_click,
    pause,
    preferences_view,
    say_why,
    switch_topic,
)
from shopbell.portal.views import brand_of
from shopbell.portal.words import Words, language_of
from shopbell.signups.mails import ask_for_preferences_link
from shopbell.web.access import public_page
from shopbell.web.limits import Window

LINKS = Window(5, 600)  # by network
CHANGES = Window(60, 600)
TRAP = "website"
DONE = (
    "on", "off", "topic_on", "topic_off", "saved", "paused", "resumed", "often", "dull",
    "language", "data", "data_asked", "wait",
)  # fmt: skip


@public_page("Customers choose what they get by a signed link; mail programs unsubscribe by POST.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show what a customer gets; POST changes it (RFC 8058 one-click needs no cookie)."""
    store, message_id = unsign(token, "preferences")
    with store_scope(store.pk):
        message = Message.objects.select_related("customer", "order").filter(pk=message_id).first()
        if message is None:
            raise NotFound("This link does not lead anywhere any more.")
        wish = request.GET.get("lang", "")
        if request.method == "POST":
            if request.POST.get("List-Unsubscribe") == "One-Click":
                leave_by_one_click(store=store, message=message)
                return HttpResponse("Unsubscribed.", content_type="text/plain")
            if is_too_often(request, store, CHANGES):
                return wait_answer(request)
            what = request.POST.get("do", "")
            done = ask_for_data(request, store, message, wish) if what == "data" else ""
            done = done or _change(request, store, message)
            keeps = wish and what != "language"
            query = {"done": done} | ({"lang": wish} if keeps else {})
            return HttpResponseRedirect(f"{request.path}?{urlencode(query)}", status=303)
        view, done = preferences_view(store, message, wish), request.GET.get("done", "")
        said = view.words.say(f"preferences.done_{done}") if done in DONE else ""
        other = "de" if view.words.language == "en" else "en"
        context = {
            "view": view,
            "brand": brand_of(store),
            "said": said,
            "other": other,
            "erase_url": f"{request.path}/erase?{urlencode({'lang': view.words.language})}",
        }
        with override(view.words.language):
            return render(request, "portal/preferences.html", context)


def _change(request: HttpRequest, store: Store, message: Message) -> str:
    """Do what a button says, and return what to say about it."""
    post = request.POST
    wanted, what = post.getlist("topics"), post.get("do", "")
    if what == "choose":
        frequency = post.get("frequency", "")
        stays = choose_offers(store=store, message=message, wanted=wanted, frequency=frequency)
        return "saved" if stays else "off"
    if what == "pause":
        pause(message=message, span=post.get("span", ""))
        return "paused" if post.get("span") != "end" else "resumed"
    if what == "measure":
        let_measure(message=message, wanted=post.get("wanted") == "yes")
        return "saved"
    if what == "why":
        because = post.get("because", "")
        say_why(message=message, because=because)
        return because
    if what == "return":
        come_back(store=store, message=message, how=post.get("how", ""), wanted=wanted)
        return "on"
    if what == "language":
        choose_own_language(message=message, language=post.get("language", ""))
        return "language"
    is_wanted = post.get("wanted") == "yes"
    if what == "topic":
        switch_topic(message=message, wanted=is_wanted)
        return "topic_on" if is_wanted else "topic_off"
    change_preference(
        store=store, message=message, purpose=post.get("purpose", ""), wanted=is_wanted
    )
    return "on" if is_wanted else "off"


@public_page("Anybody asks for the link to their own choices; it comes by mail, or nothing does.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_link(request: HttpRequest, store: str) -> HttpResponseBase:
    """Mail the link to who has an address; the page says the same to everybody."""
    place = store_by_slug(store)
    wishes = request.headers.get("Accept-Language", "").split(",")
    told = [request.GET.get("lang", ""), *(each.split(";")[0] for each in wishes)]
    words = Words(language_of(*told, place.locale), place.timezone)
    problem, status = "", 200
    if request.method == "POST":
        problem, status = _take(request, place, words)
        if not problem:
            query = urlencode({"sent": "1", "lang": words.language})
            return HttpResponseRedirect(f"{request.path}?{query}", status=303)
    context = {
        "words": words,
        "brand": brand_of(place),
        "other": "de" if words.language == "en" else "en",
        "is_sent": request.GET.get("sent") == "1",
        "problem": problem,
        "email": request.POST.get("email", ""),
        "trap": TRAP,
    }
    with override(words.language):
        return render(request, "portal/link.html", context, status=status)


def _take(request: HttpRequest, store: Store, words: Words) -> tuple[str, int]:
    """Take a wish for a link; returns what is wrong with it, for people, and the status."""
    post = request.POST
    address = email_key(post.get("email", "")[:254])
    if not address:
        return words.say("preferences.link_wrong"), 422
    if is_too_often(request, store, LINKS):
        return words.say("preferences.link_wait"), 429
    if not post.get(TRAP, "").strip():
        with store_scope(store.pk):
            ask_for_preferences_link(store=store, address=address, language=words.language)
    return "", 200
