"""The answer to the last question: one button, after which we go on writing.

A newcomer's mistake: answering at the GET. Scanners of mail open every link, and then nobody would
ever be silent.
"""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shopbell.accounts.links import sign, unsign
from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_silence
from shopbell.customers.events import CustomerDid
from shopbell.customers.models import Customer
from shopbell.events.actions import emit
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound
from shopbell.messaging.context import add_links
from shopbell.messaging.models import Message
from shopbell.web.access import public_page
from shopbell.web.brand import Brand

KIND, PURPOSE, STAYS = "last_question", "stay", "stays"
_WORDS = {
    "en": {
        "ask": "Shall we go on writing?",
        "ask_says": "Press the button and {store} goes on writing to you, as before.",
        "button": "Yes, go on",
        "done": "We go on writing",
        "done_says": "Thank you. You can stop it at any time, by a link in each mail.",
    },
    "de": {
        "ask": "Sollen wir weiter schreiben?",
        "ask_says": "Drücken Sie den Knopf, und {store} schreibt Ihnen weiter wie bisher.",
        "button": "Ja, weiter",
        "done": "Wir schreiben weiter",
        "done_says": "Danke. Sie können das jederzeit beenden, über einen Link in jeder Mail.",
    },
}


def links_of(store: Store, message: Message) -> Mapping[str, str]:
    """Return what the text prints as `links.stay`."""
    return {"stay": f"{settings.BASE_URL}/k/{sign(store, PURPOSE, message.pk)}"}


add_links(KIND, links_of)


@public_page("Whoever reads the mailbox answers the last question by a signed link.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stay(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the button; a POST says that somebody wants to hear from the shop."""
    store, key = unsign(token, PURPOSE)
    with store_scope(store.pk):
        message = Message.objects.select_related("customer").filter(pk=key).first()
        if message is None or message.customer is None or message.customer.erased_at:
            raise NotFound("This link does not lead anywhere any more.")
        if request.method == "POST":
            go_on_writing(store=store, customer=message.customer)
            return HttpResponseRedirect(f"{request.path}?done=1", status=303)
        return _show(request, store, message)


@transaction.atomic
def go_on_writing(*, store: Store, customer: Customer) -> None:
    """Note that somebody wants to hear from the shop; what stopped it for silence is lifted."""
    emit(CustomerDid(customer_id=customer.pk, did=STAYS, data={}, source="link"))
    if customer.email:
        lift_silence(store=store, address=customer.email)


def _show(request: HttpRequest, store: Store, message: Message) -> HttpResponse:
    language = message.locale[:2] if message.locale[:2] in _WORDS else "en"
    words, home = _WORDS[language], store.url or ""
    said = "done" if request.GET.get("done") else "ask"
    context = {
        "brand": Brand(store.name, store.brand_colour, store.logo_url, home),
        "heading": words[said],
        "says": words[f"{said}_says"].format(store=store.name),
        "button": words["button"] if said == "ask" else "",
    }
    with override(language):
        return render(request, "journeys/stay.html", context)
