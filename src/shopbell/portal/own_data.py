"""What customers ask about their own data: to see it, to take it along, to have it erased.

GET changes nothing. The link of a message is enough to ask, and never to read: the data goes to the
customer's mailbox, and erasing is done by a person (decision 0300).
"""

from datetime import datetime
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.links import unsign
from shopbell.accounts.models import Store
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid, NotFound
from shopbell.messaging.models import Message
from shopbell.portal.views import brand_of
from shopbell.portal.words import Words, language_of
from shopbell.privacy.actions import COPY, ERASURE, answered_by, ask_staff, mail_data
from shopbell.privacy.files import data_file
from shopbell.privacy.links import whose_data
from shopbell.privacy.queries import data_of
from shopbell.web.access import public_page
from shopbell.web.limits import Window, network_of, width_of

ASKING = Window(10, 600)  # by network
READING = Window(30, 600)


def is_too_often(request: HttpRequest, store: Store, window: Window) -> bool:
    """Count a request of a network; returns whether it has to wait."""
    remote = str(request.META.get("REMOTE_ADDR", ""))
    return bool(window.take((store.pk, network_of(remote)), width=width_of(remote)))


def wait_answer(request: HttpRequest) -> HttpResponse:
    """Lead back to the page, which says that many came from this connection."""
    return HttpResponseRedirect(f"{request.path}?done=wait", status=303)


def ask_for_data(request: HttpRequest, store: Store, message: Message, wish: str) -> str:
    """Mail the link to the data, or ask the staff for somebody without mail; what to say of it."""
    customer = message.customer
    if customer is None or customer.erased_at is not None:
        raise Invalid("We keep nothing about this address that could be sent.")
    if is_too_often(request, store, ASKING):
        return "wait"
    words = _words(store, message, wish)
    if customer.email:
        mail_data(store=store, customer=customer, language=words.language)
        return "data"
    ask_staff(
        customer=customer,
        about=COPY,
        subject=words.say("data.copy_subject"),
        words=words.say("data.copy_words"),
        message=message,
    )
    return "data_asked"


def _words(store: Store, message: Message, wish: str) -> Words:
    customer = message.customer
    chosen = customer.chosen_locale if customer else ""
    return Words(language_of(wish, chosen, message.locale, store.locale), store.timezone)


@public_page("Customers ask for their data to be erased, by a signed link; a person does it.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say what would go and what stays; POST asks the staff to do it."""
    store, message_id = unsign(token, "preferences")
    with store_scope(store.pk):
        message = Message.objects.select_related("customer").filter(pk=message_id).first()
        if message is None or message.customer is None or message.customer.erased_at is not None:
            raise NotFound("This link does not lead anywhere any more.")
        words, by, problem = _words(store, message, request.GET.get("lang", "")), "", ""
        if request.method == "POST":
            if is_too_often(request, store, ASKING):
                problem = words.say("preferences.link_wait")
            else:
                row = ask_staff(
                    customer=message.customer,
                    about=ERASURE,
                    subject=words.say("data.erase_subject"),
                    words=words.say("data.erase_words"),
                    message=message,
                )
                until = str(int(answered_by(row).timestamp()))
                query = urlencode({"asked": until, "lang": str(words.language)})
                return HttpResponseRedirect(f"{request.path}?{query}", status=303)
        by = _day(words, request.GET.get("asked", ""))
        context = _page(store, words, by=by, problem=problem, back=f"/u/{token}")
        status = 429 if problem else 200
        with override(words.language):
            return render(request, "portal/erase.html", context, status=status)


def _day(words: Words, asked: str) -> str:
    """Return the day in the address in words, "" where there is none that can be."""
    if not asked.isdecimal() or len(asked) > 10:
        return ""
    return words.long_day(datetime.fromtimestamp(int(asked), tz=clock.now().tzinfo))


@public_page("Customers read what is kept of them, by a link that was mailed to them for a day.")
@never_cache
@require_safe
def show(request: HttpRequest, token: str, until: int) -> HttpResponse:
    """Show a customer's data in words."""
    store, customer = whose_data(token, until)
    with store_scope(store.pk):
        _count_reading(request, store)
        chosen = customer.chosen_locale or customer.locale
        language = language_of(request.GET.get("lang", ""), chosen, store.locale)
        words = Words(language, store.timezone)
        context = _page(store, words, data=data_of(customer), file=f"{request.path}/data.json")
        with override(language):
            return render(request, "portal/data.html", context)


@public_page("Customers take along what is kept of them, by a link that was mailed to them.")
@never_cache
@require_safe
def download(request: HttpRequest, token: str, until: int) -> HttpResponse:
    """Hand out a customer's data as one JSON file."""
    store, customer = whose_data(token, until)
    with store_scope(store.pk):
        _count_reading(request, store)
        return data_file(store, customer)


def _count_reading(request: HttpRequest, store: Store) -> None:
    if is_too_often(request, store, READING):
        raise Invalid("Many asked from your connection. Please wait a few minutes.")


def _page(store: Store, words: Words, **more: Any) -> dict[str, Any]:
    return {
        "store": store,
        "words": words,
        "brand": brand_of(store),
        "other": "de" if words.language == "en" else "en",
        **more,
    }
