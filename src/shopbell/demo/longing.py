"""What is sold out in the demo shop, and who waits for it."""

import uuid

from shopbell.accounts.models import Store
from shopbell.demo.catalogue import CURRENCY, PRODUCTS
from shopbell.demo.people import CUSTOMERS
from shopbell.demo.queries import SOURCE
from shopbell.interests.actions import ask_by_shop
from shopbell.interests.reading import Told
from shopbell.interests.words import Words
from shopbell.journeys.actions import switch_on
from shopbell.orders.actions.catalogue import record_products
from shopbell.orders.models import Product
from shopbell.orders.ports import ProductFacts, VariantFacts

WAITING = 5  # people for each product that is sold out


def set_up_waiting(store: Store) -> None:
    """Let people wait for what is sold out, in the scope of the caller."""
    switch_on(key="back_in_stock", by=None)
    for thing in PRODUCTS:
        if thing.stock:
            continue
        variant = VariantFacts(str(thing.variant_id), "", thing.sku, thing.price, 0)
        fact = ProductFacts(
            str(thing.product_id), thing.title, currency=CURRENCY, variants=(variant,)
        )
        record_products(source=SOURCE, facts=[fact])
        product = Product.objects.get(source=SOURCE, source_id=fact.source_id)
        for person in CUSTOMERS[-WAITING:]:  # the first ones write by themselves
            language = person.locale[:2] if person.locale[:2] == "de" else "en"
            told = Told(
                client_id=uuid.uuid4(),
                language=language,
                variant=variant.source_id,
                wording=Words(language).say("wording", store=store.name),
                email=person.email,
            )
            ask_by_shop(
                store=store, product=product, told=told, source="the product's page", is_proved=True
            )
