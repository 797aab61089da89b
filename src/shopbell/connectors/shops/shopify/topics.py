"""Which translation a topic gets. Everything not listed is known and not used, or unknown.

A newcomer's mistake: raising for a topic nobody has heard of. Shopify adds topics every quarter.
"""

from collections.abc import Callable

from shopbell.connectors.reading import Doc
from shopbell.connectors.shops.shopify import goods, orders, parcels, people, vocabulary
from shopbell.orders.ports import Parsed

type Translate = Callable[[str, Doc], Parsed]

TRANSLATIONS: dict[str, Translate] = {
    "orders/create": orders.parse_order,
    "orders/updated": orders.parse_order,
    "orders/paid": orders.parse_order,
    "orders/cancelled": orders.parse_order,
    "orders/fulfilled": orders.parse_order,
    "orders/partially_fulfilled": orders.parse_order,
    "orders/edited": orders.parse_edited_order,
    "orders/delete": orders.parse_deleted_order,
    "order_transactions/create": orders.parse_transaction,
    "refunds/create": orders.parse_refund,
    "fulfillments/create": parcels.parse_fulfillment,
    "fulfillments/update": parcels.parse_fulfillment,
    "fulfillment_events/create": parcels.parse_fulfillment_event,
    "returns/request": parcels.parse_return,
    "returns/approve": parcels.parse_return,
    "returns/decline": parcels.parse_return,
    "returns/cancel": parcels.parse_return,
    "returns/close": parcels.parse_return,
    "returns/reopen": parcels.parse_return,
    "returns/process": parcels.parse_return,
    "returns/update": parcels.parse_return,
    "customers/create": people.parse_customer,
    "customers/update": people.parse_customer,
    "customers/enable": people.parse_customer,
    "customers/disable": people.parse_customer,
    "customers/delete": people.parse_deleted_customer,
    "customers_email_marketing_consent/update": people.parse_consent,
    "customers_marketing_consent/update": people.parse_consent,
    "customers/data_request": people.parse_privacy,
    "customers/redact": people.parse_privacy,
    "shop/redact": people.parse_privacy,
    "app/uninstalled": people.parse_uninstalled,
    "products/create": goods.parse_product,
    "products/update": goods.parse_product,
    "products/delete": goods.parse_deleted_product,
    "inventory_levels/update": goods.parse_stock,
    "carts/create": goods.parse_cart,
    "carts/update": goods.parse_cart,
    "checkouts/create": goods.parse_checkout,
    "checkouts/update": goods.parse_checkout,
    "checkouts/delete": goods.parse_checkout,
}

# What the audit subscribes to. The privacy topics cannot be subscribed through the API: they are
# entered in the app's own settings. Carts are left out: they name nobody and are many.
WANTED = tuple(
    topic
    for topic in TRANSLATIONS
    if topic not in people.PRIVACY
    and not topic.startswith("carts/")
    and topic not in ("returns/update", "returns/process")
)


def translate(topic: str, doc: Doc) -> Parsed:
    """Return what a webhook means. Never raises for content."""
    translation = TRANSLATIONS.get(topic)
    if translation is not None:
        return translation(topic, doc)
    if not topic:
        return Parsed(unused="The webhook names no topic.")
    family = topic.replace(".", "/").split("/")[0]
    reason = vocabulary.UNUSED.get(family, "Nothing here depends on it.")
    return Parsed(unused=f"{topic[:100]} is not used. {reason}")
