"""Nodes of the GraphQL API turned into the same facts as the webhooks.

A newcomer's mistake: expecting the webhook's field names. GraphQL has gids, capitals and
`…Set { shopMoney }`; the vocabulary tables are shared, the readers are not.
"""

from collections import Counter

from shopbell.connectors.reading import Doc, bounded
from shopbell.connectors.shops.shopify import vocabulary
from shopbell.connectors.shops.shopify.ids import true_id
from shopbell.connectors.shops.shopify.orders import remaining
from shopbell.connectors.shops.shopify.parcels import handed_over
from shopbell.connectors.shops.shopify.people import read_consent
from shopbell.orders.ports import (
    AddressFacts,
    ConsentFacts,
    CustomerFacts,
    LineFacts,
    OrderFacts,
    OrderStatus,
    PaymentStatus,
    ProductFacts,
    RefundFacts,
    ReturnFacts,
    ShipmentFacts,
    ShipmentItemFacts,
    SubStatus,
    TrackingFacts,
    VariantFacts,
)


def node_id(doc: Doc) -> str:
    """Return the number in a node's `id`."""
    return true_id(doc.text("id", limit=200))


def _money(doc: Doc, key: str, currency: str) -> int | None:
    return doc.doc(key).doc("shopMoney").amount("amount", currency)


def read_order(doc: Doc, lines: list[Doc] | None = None) -> OrderFacts | None:
    """Return the order; `lines` replaces the first page of lines if there were more."""
    source_id = node_id(doc)
    if not source_id:
        return None
    currency = doc.currency("currencyCode")
    line_nodes = lines if lines is not None else list(doc.doc("lineItems").docs("nodes"))
    payment = doc.lower("displayFinancialStatus")
    return OrderFacts(
        source_id=source_id,
        number=doc.text("name", limit=120),
        status=_status(doc),
        payment=vocabulary.PAYMENT.get(payment, PaymentStatus.UNKNOWN) if payment else None,
        cancel_reason=doc.lower("cancelReason"),
        currency=currency,
        total=_money(doc, "totalPriceSet", currency),
        subtotal=_money(doc, "subtotalPriceSet", currency),
        shipping=_money(doc, "totalShippingPriceSet", currency),
        tax=_money(doc, "totalTaxSet", currency),
        discount=_money(doc, "totalDiscountsSet", currency),
        customer=_order_customer(doc),
        lines=_lines(doc, line_nodes, currency),
        shipments=tuple(
            parcel
            for fulfillment in doc.docs("fulfillments")
            for parcel in read_fulfillment(fulfillment, source_id)
        ),
        refunds=tuple(
            RefundFacts(
                source_id=node_id(refund),
                order_id=source_id,
                amount=_money(refund, "totalRefundedSet", currency) or 0,
                currency=currency,
                created_at=refund.time("createdAt"),
                note=refund.text("note"),
            )
            for refund in doc.docs("refunds")
            if node_id(refund)
        ),
        shipping_address=_address(doc.doc("shippingAddress")),
        shipping_method=doc.doc("shippingLine").text("title", limit=200),
        locale=doc.text("customerLocale", limit=20),
        note=doc.text("note", limit=5000),
        tags=tuple(tag[:120] for tag in doc.values("tags") if isinstance(tag, str)),
        test=doc.flag("test"),
        placed_at=doc.time("processedAt", "createdAt"),
        updated_at=doc.time("updatedAt"),
        status_url=doc.url("statusPageUrl"),
        raw=doc.raw,
    )


def _status(doc: Doc) -> OrderStatus:
    if doc.time("cancelledAt"):
        return OrderStatus.CANCELLED
    return OrderStatus.CLOSED if doc.time("closedAt") else OrderStatus.OPEN


def _lines(doc: Doc, nodes: list[Doc], currency: str) -> tuple[LineFacts, ...]:
    """The same rule as for webhooks (see `orders.py`): a difference would look like an edit."""
    refunded: Counter[str] = Counter()
    for refund in doc.docs("refunds"):
        for item in refund.doc("refundLineItems").docs("nodes"):
            if item.lower("restockType") != "cancel":
                refunded[node_id(item.doc("lineItem"))] += item.units("quantity")
    lines = [_line(node, currency, refunded) for node in nodes]
    kept = tuple(line for line in lines if line.quantity > 0)
    return kept or tuple(_line(node, currency, None) for node in nodes)


def _line(doc: Doc, currency: str, refunded: Counter[str] | None) -> LineFacts:
    quantity = doc.units("quantity")
    if refunded is not None:
        quantity = remaining(quantity, doc.count("currentQuantity"), refunded[node_id(doc)])
    price = _money(doc, "originalUnitPriceSet", currency) or 0
    discount = _money(doc, "totalDiscountSet", currency) or 0
    return LineFacts(
        source_id=node_id(doc),
        title=doc.text("title"),
        quantity=quantity,
        unit_price=price,
        total=bounded(price * quantity - discount),
        sku=doc.text("sku", limit=200),
        variant_title=doc.text("variantTitle", limit=300),
        product_id=node_id(doc.doc("product")),
        variant_id=node_id(doc.doc("variant")),
        image_url=doc.doc("image").url("url"),
    )


def read_fulfillment(doc: Doc, order_id: str) -> tuple[ShipmentFacts, ...]:
    """Return the parcels of one fulfilment, numbered as in `parcels.py`."""
    source_id = node_id(doc)
    if not source_id:
        return ()
    told = vocabulary.SHIPMENT.get(doc.lower("displayStatus"))
    status, sub_status = told or (None, SubStatus.NONE)
    scans = () if told else handed_over(doc.lower("status"), source_id, doc.time("createdAt"))
    tracking = list(doc.docs("trackingInfo")) or [Doc(None)]
    items = _items(doc.doc("fulfillmentLineItems"))
    return tuple(
        ShipmentFacts(
            source_id=source_id if place == 0 else f"{source_id}-{place + 1}",
            order_id=order_id,
            tracking_number=parcel.text("number", limit=120),
            tracking_url=parcel.url("url"),
            carrier=parcel.text("company", limit=120),
            status=scans[0].status if scans else status,
            sub_status=sub_status,
            cancelled=doc.lower("status") in vocabulary.COMES_TO_NOTHING,
            items=items if place == 0 else None,
            events=scans + (_events(doc) if place == 0 else ()),
            expected_until=doc.time("estimatedDeliveryAt"),
            created_at=doc.time("createdAt"),
            updated_at=doc.time("updatedAt"),
        )
        for place, parcel in enumerate(tracking)
    )


def _items(connection: Doc) -> tuple[ShipmentItemFacts, ...] | None:
    """Return the items, or None ("not told") if there are more than one page."""
    if not connection or connection.doc("pageInfo").flag("hasNextPage"):
        return None
    found = ((node_id(i.doc("lineItem")), i.units("quantity")) for i in connection.docs("nodes"))
    return tuple(ShipmentItemFacts(line, count) for line, count in found if line and count > 0)


def _events(doc: Doc) -> tuple[TrackingFacts, ...]:
    found = []
    for event in doc.doc("events").docs("nodes"):
        meaning = vocabulary.SHIPMENT.get(event.lower("status"))
        happened_at = event.time("happenedAt")
        if meaning is not None and happened_at is not None:
            place = (event.text("city", limit=100), event.text("country", limit=60))
            found.append(
                TrackingFacts(
                    status=meaning[0],
                    happened_at=happened_at,
                    sub_status=meaning[1],
                    message=event.text("message"),
                    location=", ".join(filter(None, place)),
                    source_id=node_id(event),
                )
            )
    return tuple(sorted(found, key=lambda scan: scan.happened_at))


def read_returns(doc: Doc) -> tuple[ReturnFacts, ...]:
    """Return the returns of an order node."""
    order_id = node_id(doc)
    found = []
    for item in doc.doc("returns").docs("nodes"):
        status = vocabulary.RETURN.get(item.lower("status"))
        if order_id and node_id(item) and status is not None:
            found.append(
                ReturnFacts(
                    source_id=node_id(item),
                    order_id=order_id,
                    status=status,
                    name=item.text("name", limit=120),
                )
            )
    return tuple(found)


def _address(doc: Doc) -> AddressFacts | None:
    if not doc:
        return None
    lines = [doc.text(key, limit=300) for key in ("company", "address1", "address2")]
    told = [line for line in lines if line]
    return AddressFacts(
        name=doc.text("name", limit=300),
        line1=told[0] if told else "",
        line2=", ".join(told[1:]),
        city=doc.text("city", limit=200),
        postal_code=doc.text("zip", limit=40),
        region=doc.text("provinceCode", "province", limit=100),
        country=doc.country("countryCodeV2"),
        phone=doc.text("phone", limit=40),
    )


def _order_customer(doc: Doc) -> CustomerFacts | None:
    person = read_customer(doc.doc("customer"))
    address = doc.doc("shippingAddress")
    email = doc.text("email", limit=320) or person.email
    facts = CustomerFacts(
        source_id=person.source_id,
        email=email,
        phone=doc.text("phone", limit=40) or person.phone or address.text("phone", limit=40),
        first_name=person.first_name or address.text("firstName", limit=150),
        last_name=person.last_name or address.text("lastName", limit=150),
        locale=doc.text("customerLocale", limit=20),
        country=address.country("countryCodeV2") or person.country,
        email_verified=person.email_verified and email == person.email,
        consents=person.consents,
        updated_at=person.updated_at,
    )
    return facts if facts.source_id or facts.email or facts.phone else None


def read_customer(doc: Doc) -> CustomerFacts:
    """Return a customer node."""
    email, phone = doc.doc("defaultEmailAddress"), doc.doc("defaultPhoneNumber")
    consents = (_consent("email", email), _consent("sms", phone))
    return CustomerFacts(
        source_id=node_id(doc),
        email=email.text("emailAddress", limit=320),
        phone=phone.text("phoneNumber", limit=40)
        or doc.doc("defaultAddress").text("phone", limit=40),
        first_name=doc.text("firstName", limit=150),
        last_name=doc.text("lastName", limit=150),
        locale=doc.text("locale", limit=20),
        country=doc.doc("defaultAddress").country("countryCodeV2"),
        email_verified=doc.flag("verifiedEmail"),
        consents=tuple(consent for consent in consents if consent is not None),
        updated_at=doc.time("updatedAt"),
        raw=doc.raw or None,
    )


def _consent(channel: str, doc: Doc) -> ConsentFacts | None:
    return read_consent(
        channel,
        doc.lower("marketingState"),
        doc.lower("marketingOptInLevel"),
        doc.time("marketingUpdatedAt"),
    )


def read_product(doc: Doc, currency: str) -> ProductFacts | None:
    """Return a product node; `currency` is the shop's."""
    source_id = node_id(doc)
    if not source_id:
        return None
    return ProductFacts(
        source_id=source_id,
        title=doc.text("title"),
        url=doc.url("onlineStoreUrl"),
        image_url=doc.doc("featuredMedia").doc("preview").doc("image").url("url"),
        product_type=doc.text("productType", limit=200),
        active=doc.lower("status") in ("", "active"),
        currency=currency,
        variants=tuple(
            VariantFacts(
                source_id=node_id(variant),
                title=variant.text("title", limit=300),
                sku=variant.text("sku", limit=200),
                price=variant.amount("price", currency),
                stock=variant.count("inventoryQuantity"),
            )
            for variant in doc.doc("variants").docs("nodes")
            if node_id(variant)
        ),
        updated_at=doc.time("updatedAt"),
        raw=doc.raw,
    )
