"""What the send gate is told of prices: nobody hears that something costs less which does not."""

import uuid
from collections.abc import Sequence

from shopbell.messaging.gate import Answer, Ruling, rulings
from shopbell.messaging.models import Message
from shopbell.orders.models import Product
from shopbell.orders.variants import Variant, variant_of

DEARER = "costs_as_before"


@rulings
def still_cheaper(messages: Sequence[Message]) -> Ruling | None:
    """Leave out what says that something costs less, when it does no more or is gone."""
    told = {
        message.pk: message.data["product"]
        for message in messages
        if message.data.get("product", {}).get("was")
    }
    if not told:
        return None
    keys = {uuid.UUID(each["id"]) for each in told.values()}
    products = Product.objects.defer("payload").in_bulk(keys)

    def ruling(message: Message) -> tuple[Answer, str, str] | None:
        about = told.get(message.pk)
        if about is None:
            return None
        product = products.get(uuid.UUID(about["id"]))
        now: Variant | None = variant_of(product, about.get("variant", "")) if product else None
        if product is None or now is None or not product.active or now.is_sold_out:
            return Answer.SKIP, DEARER, "It cannot be bought any more."
        if now.price is None or now.price >= about["was"]:
            return Answer.SKIP, DEARER, "It costs as much as before again."
        return None

    return ruling
