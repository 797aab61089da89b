"""What templates may print: plain JSON built for a batch of messages with few queries.

The shape is documented in `rendering/CONTEXT.md`. A newcomer's mistake: putting model objects in;
templates get plain values only.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.messaging.links import click_url, preferences_url, tracking_url
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Medium
from shopbell.messaging.rendering.parcels import expected_text, gsm_text, status_text
from shopbell.orders.models import Line, Order, Product, Refund, Return, Shipment, TrackingEvent
from shopbell.orders.queries import public_tracking_link
from shopbell.orders.variants import variant_of, variants_of

type Json = dict[str, Any]
type Links = Callable[[Store, Message], Mapping[str, str]]

_links_of_kinds: dict[str, Links] = {}


def add_links(kind: str, links: Links) -> None:
    """Let texts of a kind print `links.<name>` as an engine above makes them for a message."""
    _links_of_kinds[kind] = links


@dataclass(frozen=True, slots=True)
class Place:
    """In which language and zone dates are said: that of the text found, that of the customer."""

    locale: str
    zone: str
    medium: str


@dataclass(slots=True)
class Loaded:
    """Rows needed by a batch, by id."""

    lines: dict[uuid.UUID, list[Line]] = field(default_factory=dict)
    parcels: dict[uuid.UUID, list[Shipment]] = field(default_factory=dict)
    scans: dict[uuid.UUID, TrackingEvent] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)  # shown, but not what a message is about


def contexts(store: Store, messages: Sequence[Message], places: Sequence[Place]) -> list[Json]:
    """Return the template context of each message (order, shipment, customer preloaded)."""
    loaded = _load(messages)
    store_part = _store(store)
    return [
        _told(_context(store, store_part, message, loaded, place))
        for message, place in zip(messages, places, strict=True)
    ]


def _told(value: Any) -> Any:
    """Leave out what nobody told: in Liquid an empty string counts as something."""
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items() if item not in ("", None)}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value


def _load(messages: Sequence[Message]) -> Loaded:
    loaded = Loaded()
    shown = [m.data["shown_order"] for m in messages if "shown_order" in m.data]
    if shown:
        rows_of_orders = Order.objects.filter(pk__in=shown).defer("payload")
        loaded.orders = {str(row.pk): row for row in rows_of_orders}
    orders = {message.order_id for message in messages if message.order_id}
    with_lines = orders | {row.pk for row in loaded.orders.values()}
    for line in Line.objects.filter(order_id__in=with_lines).order_by("position"):
        loaded.lines.setdefault(line.order_id, []).append(line)
    if any(message.shipment_id for message in messages):
        rows = Shipment.objects.filter(order_id__in=orders, cancelled=False).defer("payload")
        for parcel in rows.order_by("created_at", "id"):
            loaded.parcels.setdefault(parcel.order_id, []).append(parcel)  # type: ignore[arg-type]
        loaded.scans = _latest_scans(m.shipment_id for m in messages if m.shipment_id)
    refunds = [m.data["refund_id"] for m in messages if "refund_id" in m.data]
    if refunds:
        loaded.refunds = {str(row.pk): row for row in Refund.objects.filter(pk__in=refunds)}
    returns = [m.data["return_id"] for m in messages if "return_id" in m.data]
    if returns:
        loaded.returns = {str(row.pk): row for row in Return.objects.filter(pk__in=returns)}
    products = [m.data["product"]["id"] for m in messages if "product" in m.data]
    if products:
        rows_of_products = Product.objects.filter(pk__in=products).defer("payload")
        loaded.products = {str(row.pk): row for row in rows_of_products}
    return loaded


def _latest_scans(shipments: Iterable[uuid.UUID]) -> dict[uuid.UUID, TrackingEvent]:
    rows = (
        TrackingEvent.objects.filter(shipment_id__in=set(shipments))
        .order_by("shipment_id", "-happened_at", "-id")
        .distinct("shipment_id")
    )
    return {row.shipment_id: row for row in rows}


def store_context(store: Store) -> Json:
    """Return what templates may print about a store."""
    part: Json = _told(_store(store))
    return part


def _store(store: Store) -> Json:
    return {
        "name": store.name,
        "url": store.url or (f"https://{store.domain}" if store.domain else ""),
        "logo_url": store.logo_url,
        "brand_colour": store.brand_colour,
        "address": store.postal_address,
        "help_url": store.help_url,
        "help_email": store.help_email,
        "phone": store.phone,
        "hours": store.hours,
    }


def _context(
    store: Store, store_part: Json, message: Message, loaded: Loaded, place: Place
) -> Json:
    order, shipment = message.order, message.shipment
    context: Json = {
        "store": store_part,
        "customer": _customer(message.customer, message),
        "links": _links(store, message),
        "message": {
            "kind": message.kind,
            **({"existing_customer": True} if message.data.get("existing_customer") else {}),
        },
    }
    if order is not None:
        lines = loaded.lines.get(order.pk, [])
        context["order"] = _order(order, lines)
        if shipment is not None:
            context["shipment"] = _shipment(shipment, lines, loaded, place)
        returned = loaded.returns.get(str(message.data.get("return_id")))
        if returned is not None:
            context["return"] = {
                "name": returned.name,
                "status": returned.status,
                "items": _items(returned.items, lines),
            }
    shown = loaded.orders.get(str(message.data.get("shown_order")))
    if shown is not None and order is None:
        context["order"] = _order(shown, loaded.lines.get(shown.pk, []))
        context["links"]["track"] = tracking_url(store, shown)
    refund = loaded.refunds.get(str(message.data.get("refund_id")))
    if refund is not None:
        context["refund"] = {"amount": refund.amount, "currency": refund.currency}
    about = message.data.get("product", {})
    if (product := loaded.products.get(about.get("id", ""))) is not None:
        context["product"] = _product(product, about)
    context.update(message.data.get("context", {}))
    return context


def _product(product: Product, about: Mapping[str, Any]) -> Json:
    """Return a thing as it is now; `was` only if it cost more then."""
    told = variant_of(product, str(about.get("variant", "")))
    priced = told or next(iter(variants_of(product)), None)
    price, was = priced.price if priced else None, about.get("was")
    return {
        "title": product.title,
        "variant": told.title if told else "",
        "url": product.url,
        "image_url": product.image_url,
        "price": price,
        "was": was if was and price is not None and was > price else None,
        "currency": product.currency,
        "stock": told.stock if told else None,
    }


def _links(store: Store, message: Message) -> Json:
    choose = preferences_url(store, message)
    links: Json = {"preferences": choose, "unsubscribe": choose}
    if message.order_id:
        links["track"] = click_url(store, message)
    if message.kind in _links_of_kinds:
        links |= _links_of_kinds[message.kind](store, message)
    return links


def _customer(customer: Customer | None, message: Message) -> Json:
    name = customer.name if customer else message.to_name
    return {
        "first_name": customer.first_name if customer else "",
        "last_name": customer.last_name if customer else "",
        "name": name,
        "email": customer.email if customer else message.to_address,
        "locale": message.locale,
        "attributes": dict(customer.attributes) if customer else {},
    }


def _order(order: Order, lines: list[Line]) -> Json:
    return {
        "number": order.number or order.source_id,
        "placed_at": _iso(order.placed_at),
        "total": order.total,
        "subtotal": order.subtotal,
        "shipping": order.shipping,
        "tax": order.tax,
        "discount": order.discount,
        "currency": order.currency,
        "payment_status": order.payment,
        "cancel_reason": order.cancel_reason,
        "shipping_method": order.shipping_method,
        "address": order.address,
        "status_url": order.status_url,
        "lines": [
            {
                "title": line.title,
                "variant": line.variant,
                "quantity": line.quantity,
                "total": line.total,
                "unit_price": line.unit_price,
                "image_url": line.image_url,
                "sku": line.sku,
            }
            for line in lines
            if line.quantity > 0
        ],
    }


def _shipment(shipment: Shipment, lines: list[Line], loaded: Loaded, place: Place) -> Json:
    parcels = loaded.parcels.get(shipment.order_id, [])  # type: ignore[arg-type]
    ids = [parcel.pk for parcel in parcels]
    scan = loaded.scans.get(shipment.pk)
    expected = expected_text(
        shipment.expected_from, shipment.expected_until, place.locale, place.zone
    )
    result: Json = {
        "tracking_number": shipment.tracking_number,
        "tracking_url": public_tracking_link(shipment),
        "carrier": shipment.carrier,
        "status": shipment.status,
        "sub_status": shipment.sub_status,
        "status_text": status_text(shipment.status, shipment.sub_status, place.locale),
        "expected_text": gsm_text(expected) if place.medium == Medium.SMS else expected,
        "expected_from": _iso(shipment.expected_from),
        "expected_until": _iso(shipment.expected_until),
        "promised_on": shipment.promised_on.isoformat() if shipment.promised_on else "",
        "pickup_point": shipment.pickup_point,
        "items": _items(shipment.items, lines),
        "number": ids.index(shipment.pk) + 1 if shipment.pk in ids else 1,
        "count": max(len(ids), 1),
    }
    if scan is not None:
        result["last_event"] = {
            "message": scan.message,
            "location": scan.location,
            "at": _iso(scan.happened_at),
        }
    return result


def _items(items: list[Json], lines: list[Line]) -> list[Json]:
    by_id = {line.source_id: line for line in lines}
    return [
        {
            "title": by_id[item["line_id"]].title,
            "variant": by_id[item["line_id"]].variant,
            "quantity": item["quantity"],
            "image_url": by_id[item["line_id"]].image_url,
        }
        for item in items
        if item.get("line_id") in by_id
    ]


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
