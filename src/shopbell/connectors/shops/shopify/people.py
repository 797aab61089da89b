"""Customers, their marketing permission, and the privacy requests Shopify passes on.

A newcomer's mistake: reading `not_subscribed` as a refusal. Without a date it means that nobody
ever asked, so it says nothing.
"""

from datetime import datetime

from shopbell.connectors.reading import Doc
from shopbell.connectors.shops.shopify import vocabulary
from shopbell.connectors.shops.shopify.ids import own_id
from shopbell.orders.ports import ConsentFacts, CustomerFacts, Parsed, PrivacyFacts, ShopRemoved

CHANNELS = (("email", "email_marketing_consent"), ("sms", "sms_marketing_consent"))
NOBODY = "The message names no customer."
WHATSAPP_ATTRIBUTE = "whatsapp_updates"  # the cart attribute described in README.md


def parse_customer(topic: str, doc: Doc) -> Parsed:
    """`customers/create`, `update`, `enable` and `disable`."""
    customer = read_customer(doc)
    if not (customer.source_id or customer.email or customer.phone):
        return Parsed(unused=NOBODY)
    return Parsed((customer,))


def parse_deleted_customer(topic: str, doc: Doc) -> Parsed:
    """`customers/delete`."""
    source_id = own_id(doc)
    if not source_id:
        return Parsed(unused=NOBODY)
    return Parsed((CustomerFacts(source_id=source_id, deleted=True, raw=doc.raw),))


def parse_consent(topic: str, doc: Doc) -> Parsed:
    """`customers_email_marketing_consent/update` and `customers_marketing_consent/update` (SMS)."""
    customer = CustomerFacts(
        source_id=doc.ident("customer_id") or own_id(doc),
        email=doc.text("email_address", "email", limit=320),
        phone=doc.text("phone", limit=40),
        consents=read_consents(doc),
        raw=doc.raw,
    )
    if not (customer.source_id or customer.email or customer.phone):
        return Parsed(unused=NOBODY)
    if not customer.consents:
        return Parsed(unused="The message says neither yes nor no.")
    return Parsed((customer,))


def read_customer(doc: Doc) -> CustomerFacts:
    """Return a customer; everything may be missing."""
    address = doc.doc("default_address")
    return CustomerFacts(
        source_id=own_id(doc),
        email=doc.text("email", limit=320),
        phone=doc.text("phone", limit=40) or address.text("phone", limit=40),
        first_name=doc.text("first_name", limit=150),
        last_name=doc.text("last_name", limit=150),
        locale=doc.text("locale", limit=20),
        country=address.country("country_code", "country"),
        email_verified=doc.flag("verified_email"),
        consents=read_consents(doc),
        updated_at=doc.time("updated_at", "created_at"),
        raw=doc.raw,
    )


def read_consents(doc: Doc) -> tuple[ConsentFacts, ...]:
    """Return the permissions the shop states; nothing where it states nothing."""
    found = []
    for channel, key in CHANNELS:
        told = doc.doc(key)
        changed_at = told.time("consent_updated_at")
        found.append(
            read_consent(channel, told.lower("state"), told.lower("opt_in_level"), changed_at)
        )
    return tuple(consent for consent in found if consent is not None)


def read_consent(
    channel: str, state: str, level: str, changed_at: datetime | None
) -> ConsentFacts | None:
    """Return one permission, or None if the shop never asked."""
    meaning = vocabulary.CONSENT.get(state)
    if meaning is None and state == vocabulary.NEVER_ASKED and changed_at is not None:
        meaning = (False, False)
    if meaning is None:
        return None
    granted, pending = meaning
    return ConsentFacts(
        channel=channel,
        granted=granted,
        pending=pending,
        double_opt_in=level in vocabulary.DOUBLE_OPT_IN,
        changed_at=changed_at,
        source="shopify",
    )


def read_checkout_consents(doc: Doc) -> tuple[ConsentFacts, ...]:
    """Return the permission a buyer gave in the cart: delivery updates by WhatsApp.

    Only a yes counts. An empty box on a later order takes nothing back.
    """
    for attribute in doc.docs("note_attributes"):
        named = attribute.text("name", limit=100).strip().lower() == WHATSAPP_ATTRIBUTE
        if named and attribute.lower("value").strip() in vocabulary.YES:
            return (
                ConsentFacts(
                    channel="whatsapp",
                    granted=True,
                    purpose="order_updates",
                    changed_at=doc.time("processed_at", "created_at"),
                    source="checkout",
                ),
            )
    return ()


PRIVACY = {
    "customers/data_request": ("access", "orders_requested"),
    "customers/redact": ("erase", "orders_to_redact"),
    "shop/redact": ("erase_shop", ""),
}


def parse_privacy(topic: str, doc: Doc) -> Parsed:
    """The three privacy topics. They are recorded even if the body says little."""
    kind, orders_key = PRIVACY[topic]
    person = doc.doc("customer")
    customer = CustomerFacts(
        source_id=own_id(person),
        email=person.text("email", limit=320),
        phone=person.text("phone", limit=40),
    )
    orders = (Doc({"id": value}).ident("id") for value in doc.values(orders_key))
    facts = PrivacyFacts(
        kind=kind,
        customer=customer if person else None,
        order_ids=tuple(order for order in orders if order),
        request_id=own_id(doc.doc("data_request")),
        raw=doc.raw,
    )
    return Parsed((facts,))


def parse_uninstalled(topic: str, doc: Doc) -> Parsed:
    """`app/uninstalled`."""
    return Parsed((ShopRemoved(at=doc.time("updated_at")),))
