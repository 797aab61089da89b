"""A shop with a mug that is sold out, and people who want to be told when it is back."""

import re
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client

from shopbell.accounts.models import Store
from shopbell.accounts.stamps import stamp_of
from shopbell.interests.actions import ask_by_shop
from shopbell.interests.calling import call_next
from shopbell.interests.mails import asking_url
from shopbell.interests.models import Arrival, Asking, Waiting
from shopbell.interests.reading import Told
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.actions.catalogue import record_products
from shopbell.orders.models import Product
from shopbell.orders.ports import ProductFacts, VariantFacts
from tests.journeys.ground import work

SHOP = "shopify/main"
MUG = "/products/mug"
FORM = "/back-in-stock/{}/?product=mug&variant=sage&lang=en"


def set_stock(store: Store, stock: int | None, price: int = 1850, white: int = 5) -> Product:
    """Let the shop tell how many sage mugs there are and what they cost."""
    variants = (
        VariantFacts("sage", "Sage", price=price, stock=stock),
        VariantFacts("white", "White", price=1750, stock=white),
    )
    fact = ProductFacts(
        "mug", "Stoneware mug", f"https://lark.example{MUG}", currency="EUR", variants=variants
    )
    with store_scope(store.pk):
        record_products(source=SHOP, facts=[fact])
        return Product.objects.get(source_id="mug")


def wait(store: Store, product: Product, email: str, variant: str = "sage") -> Waiting:
    """Put somebody in the list, as a shop does that answers for the address."""
    told = Told(uuid.uuid4(), "en", variant, "Tell me when it is back.", email)
    with store_scope(store.pk):
        row = ask_by_shop(
            store=store, product=product, told=told, source="the shop", is_proved=True
        )
    assert row is not None
    return row


def send_form(store: Store, email: str, remote: str = "81.2.69.142", **changes: Any) -> Any:
    """Fill the form in as a person does, without a script."""
    client = Client(REMOTE_ADDR=remote)
    shown: Any = client.get(FORM.format(store.slug))
    hidden = dict(
        re.findall(
            r'<input type="hidden" name="(\w+)" value="([^"]*)"', unescape(shown.content.decode())
        )
    )
    with clock.at(clock.now() - timedelta(seconds=60)):
        hidden["stamp"] = stamp_of(store, uuid.UUID(hidden["client_id"]))
    return client.post(FORM.format(store.slug), hidden | {"email": email} | changes)


def link(store: Store) -> str:
    """Return the path in the newest mail."""
    with store_scope(store.pk):
        url = asking_url(store, Asking.objects.exclude(customer=None).order_by("-created_at")[0])
    return url[url.index("/w/") :]


def states(store: Store) -> dict[str, str]:
    """Return where each stands."""
    with store_scope(store.pk):
        rows = Waiting.objects.values_list("customer__email", "state")
        return dict(rows)


def call(store: Store) -> None:
    """Let the hours between two batches pass."""
    with store_scope(store.pk):
        for arrival in Arrival.objects.select_for_update().filter(is_over=False):
            call_next(arrival=arrival)
    work()
