"""Customer pages by signed link: tracking, files, click and open links.

GET never changes what a customer gets. A click is counted, an open only with permission.
"""

import base64
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from shopbell.accounts.links import sign, unsign
from shopbell.accounts.models import Store
from shopbell.contact_forms.queries import first_open_form
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import NotFound
from shopbell.kit.handouts import handout_of
from shopbell.kit.media import file_bytes
from shopbell.messaging.engagement import is_machine, record_click, record_open
from shopbell.messaging.followed import follow_link, note_machine
from shopbell.messaging.models import Message
from shopbell.orders.queries import order_with_parcels
from shopbell.portal.tracking import tracking_view
from shopbell.web.access import public_page
from shopbell.web.brand import Brand

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def brand_of(store: Store) -> Brand:
    """Return what the page shows of the store."""
    home = store.url or (f"https://{store.domain}" if store.domain else "")
    return Brand(store.name, store.brand_colour, store.logo_url, home)


@public_page("Customers follow their order by a signed link.")
@never_cache
@require_safe
def track(request: HttpRequest, token: str) -> HttpResponse:
    """Show an order's parcels."""
    store, order_id = unsign(token, "track")
    with store_scope(store.pk):
        order = order_with_parcels(order_id)
        if order is None or order.is_stub:
            raise NotFound("This link does not lead anywhere any more.")
        view = tracking_view(store, order, request.GET.get("lang", ""))
        context = {
            "view": view,
            "words": view.words,
            "store": store,
            "brand": brand_of(store),
            "other": "de" if view.words.language == "en" else "en",
            "help_words": view.words.say("page.help"),
            "help_form": _form_of(store, token),
            "help_mail": f"mailto:{store.help_email}?subject={quote(view.title)}",
            "phone_words": view.words.say("page.phone", phone=store.phone),
            "phone_link": f"tel:{store.phone.replace(' ', '')}",
        }
        part = "#parcels" if request.headers.get("HX-Request") else ""
        with override(view.words.language):
            return render(request, f"portal/track.html{part}", context)


def _form_of(store: Store, token: str) -> str:
    """Return the contact form, with the link by which the order need not be typed in."""
    form = first_open_form()
    return f"/contact/{store.slug}/{form.slug}?t={token}" if form else ""


@public_page("A provider fetches the file of a message by a signed address, for an hour.")
@never_cache
@require_safe
def file(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the file that the address names."""
    found = handout_of(token)
    if found is None:
        raise NotFound("This link does not lead anywhere any more.")
    return HttpResponse(
        file_bytes(found.key),
        content_type=found.content_type,
        headers={
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@public_page("Links in messages lead here and on to the tracking page.")
@never_cache
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponseRedirect:
    """Count a click and go on to the tracking page."""
    store, message_id = unsign(token, "click")
    with store_scope(store.pk):
        message = Message.objects.select_related("order").filter(pk=message_id).first()
        if message is None or message.order is None:
            raise NotFound("This link does not lead anywhere any more.")
        if request.method == "GET" and not is_machine(request.headers):
            record_click(message=message)
        else:
            note_machine(message=message)
        return redirect(f"/t/{sign(store, 'track', message.order.pk)}")


@public_page("Links in offers lead here and on to where they led before.")
@never_cache
@require_safe
def follow(request: HttpRequest, token: str, place: int) -> HttpResponseRedirect:
    """Go on to where a link of an offer leads; note the click where that is allowed."""
    store, message_id = unsign(token, "link")
    with store_scope(store.pk):
        message = Message.objects.defer("html", "text").filter(pk=message_id).first()
        links = message.data.get("links") or [] if message is not None else []
        if message is None or place >= len(links):
            raise NotFound("This link does not lead anywhere any more.")
        machine = request.method != "GET" or is_machine(request.headers)
        follow_link(store=store, message=message, place=place, is_machine=machine)
        return HttpResponseRedirect(links[place])


@public_page("The one-pixel picture in mails of stores that measure opens.")
@never_cache
@require_GET
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with a pixel; note the open only where store and customer allow it right now."""
    store, message_id = unsign(token, "open")
    with store_scope(store.pk):
        message = Message.objects.filter(pk=message_id).first()
        if message is not None and not is_machine(request.headers):
            record_open(store=store, message=message)
    return HttpResponse(_GIF, content_type="image/gif")
