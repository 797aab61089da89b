"""The little shop where visitors buy as a customer. Open to everybody; only demo stores have one.

A newcomer's mistake: opening it to strangers when a real mail server is connected. Whoever fills in
an address would then make us write to it; so without a sandbox only staff may order.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from shopbell.accounts.links import sign, unsign
from shopbell.accounts.models import Store
from shopbell.accounts.queries import stores_of
from shopbell.contact_forms.queries import first_open_form
from shopbell.conversations.visitors import chat_inbox
from shopbell.demo.actions import place_demo_order
from shopbell.demo.catalogue import FREE_SHIPPING_FROM, PRODUCTS, DemoProduct
from shopbell.demo.forms import MOST, PREFIX, VISITOR, CheckoutForm
from shopbell.demo.models import Wish, WishState
from shopbell.demo.queries import SOURCE, demo_store
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Forbidden, NotFound
from shopbell.messaging.inboxes import inboxes
from shopbell.messaging.links import tracking_url
from shopbell.messaging.ports import CHANNELS, Medium
from shopbell.orders.models import Order
from shopbell.signups.queries import first_open_signup_form
from shopbell.web.access import public_page
from shopbell.web.brand import Brand

OPEN = "Visitors try the demo as a customer of its simulated shop; nothing of the store is shown."


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products of one kind, each with the units in the basket."""

    title: str
    products: list[tuple[DemoProduct, int]]


@public_page(OPEN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shop(request: HttpRequest, store: str) -> HttpResponseBase:
    """Show the shop; POST places an order."""
    place = demo_store(store)
    form = CheckoutForm(request.POST) if request.method == "POST" else CheckoutForm(initial=VISITOR)
    if form.is_bound and form.is_valid():
        _refuse_strangers(request, place)
        lines = {key: count for key, count in form.units().items() if count}
        wish = place_demo_order(store=place, customer=form.customer().as_dict(), lines=lines)
        return redirect("demo:thanks", sign(place, "demo-order", wish.pk))
    units = form.units() if form.is_bound else {}
    context = {
        "store": place,
        "brand": _brand(place),
        "form": form,
        "shelves": _shelves(units),
        "prefix": PREFIX,
        "most": MOST,
        "free_from": FREE_SHIPPING_FROM,
        "chat": _chat_of(place),
        "contact": _contact_of(place),
        "news": _news_of(place),
    }
    return render(request, "demo/shop.html", context, status=422 if form.is_bound else 200)


@public_page("The buyer's own signed link.")
@never_cache
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """Show what became of an order; asks again until the webhook has arrived."""
    store, wish_id = unsign(token, "demo-order")
    with store_scope(store.pk):
        wish = Wish.objects.filter(pk=wish_id, verb="place").first()
        if wish is None:
            raise NotFound("This order was forgotten: the demo remembers orders for a day.")
        order = Order.objects.filter(
            source=SOURCE, source_id=wish.answer.get("order", ""), is_stub=False
        ).first()
        context = {
            "store": store,
            "brand": _brand(store),
            "wish": wish,
            "refused": wish.state == WishState.REFUSED,
            "order": order,
            "tracking": tracking_url(store, order) if order else "",
            "sandbox": _sandbox_of(store, order),
            "shop": reverse("demo:shop", args=[store.slug]),
        }
        part = "#state" if request.headers.get("HX-Request") else ""
        return render(request, f"demo/thanks.html{part}", context)


def _chat_of(store: Store) -> str:
    """Return the address of the chat's script, if the chat is on."""
    with store_scope(store.pk):
        try:
            chat_inbox()
        except NotFound:
            return ""
    return reverse("widget:loader", args=[store.slug])


def _contact_of(store: Store) -> str:
    """Return the address of the contact form, if there is one."""
    with store_scope(store.pk):
        form = first_open_form()
    return reverse("contact_forms:page", args=[store.slug, form.slug]) if form else ""


def _news_of(store: Store) -> str:
    """Return the address of the sign-up form, if there is one."""
    with store_scope(store.pk):
        form = first_open_signup_form()
    return reverse("signups:page", args=[store.slug, form.slug]) if form else ""


def _sandbox_of(store: Store, order: Order | None) -> str:
    page = reverse("sandbox:index", args=[store.slug])
    return f"{page}?who={order.customer_id}" if order and order.customer_id else page


def _refuse_strangers(request: HttpRequest, store: Store) -> None:
    with store_scope(store.pk):
        real = [
            row
            for medium, row in inboxes().items()
            if medium != Medium.CHAT and not CHANNELS.get(row.connector).capabilities.sandbox
        ]
    if not real:
        return
    staff = request.user.is_authenticated and store in stores_of(request.user.pk)
    if not staff:
        raise Forbidden(
            "This demo sends real messages now, so only its staff may place orders.",
            remedy="Sign in first.",
        )


def _shelves(units: dict[str, int]) -> list[Shelf]:
    kinds = dict.fromkeys(product.kind for product in PRODUCTS)
    return [
        Shelf(kind, [(each, units.get(each.key, 0)) for each in PRODUCTS if each.kind == kind])
        for kind in kinds
    ]


def _brand(store: Store) -> Brand:
    return Brand(store.name, store.brand_colour, store.logo_url, "")
