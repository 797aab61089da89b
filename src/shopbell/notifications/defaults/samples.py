"""Made-up but complete contexts, for the live preview and for tests. Nobody real is in them."""

from copy import deepcopy
from typing import Any

Context = dict[str, Any]

_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 56 56'%3E"
    "%3Crect width='56' height='56' fill='%23{ground}'/%3E"
    "%3Ccircle cx='28' cy='28' r='14' fill='%23{shape}'/%3E%3C/svg%3E"
)

_LINES = [
    {
        "title": "Stoneware mug",
        "variant": "Sage, 300 ml",
        "quantity": 2,
        "unit_price": 1850,
        "total": 3700,
        "sku": "MUG-SAGE",
        "image_url": _PICTURE.format(ground="e8ece4", shape="8aa287"),
    },
    {
        "title": "Linen tea towel",
        "variant": "Natural",
        "quantity": 1,
        "unit_price": 1490,
        "total": 1490,
        "sku": "TOWEL-NAT",
        "image_url": _PICTURE.format(ground="f3ecdd", shape="c9a86a"),
    },
]

_EXPECTED = {"en": "Tuesday, 24 November, 14–17 h", "de": "Dienstag, 24. November, 14–17 Uhr"}
_STATUS = {
    "dispatched": ("in_transit", "Handed to the carrier", "An den Paketdienst übergeben"),
    "in_transit": ("in_transit", "On its way", "Unterwegs"),
    "out_for_delivery": ("out_for_delivery", "Out for delivery", "In Zustellung"),
    "delivery_attempted": ("attempt_fail", "Nobody was at home", "Niemand angetroffen"),
    "ready_for_pickup": ("available_for_pickup", "Ready to be picked up", "Abholbereit"),
    "pickup_reminder": ("available_for_pickup", "Ready to be picked up", "Abholbereit"),
    "delayed": ("in_transit", "Delayed at the sorting centre", "Verspätung im Paketzentrum"),
    "exception": ("exception", "The address label is damaged", "Adressaufkleber beschädigt"),
    "delivered": ("delivered", "Delivered", "Zugestellt"),
}
_AT_PICKUP = frozenset({"delivery_attempted", "ready_for_pickup", "pickup_reminder"})


def _store() -> Context:
    return {
        "name": "Lark & Larder",
        "url": "https://lark.example",
        "brand_colour": "#2f6b4f",
        "address": "12 Mill Lane, 10115 Berlin",
        "help_url": "https://lark.example/help",
        "help_email": "hello@lark.example",
        "phone": "+49 30 1234567",
        "hours": "Mon–Fri, 9–17 h",
    }


def _order() -> Context:
    return {
        "number": "#4833",
        "placed_at": "2026-11-20T17:03:00+00:00",
        "currency": "EUR",
        "subtotal": 5190,
        "discount": 500,
        "shipping": 490,
        "tax": 827,
        "total": 5180,
        "payment_status": "paid",
        "shipping_method": "DHL Paket",
        "status_url": "https://lark.example/orders/4833",
        "lines": deepcopy(_LINES),
        "address": {
            "name": "Nora Winter",
            "line1": "Kastanienallee 7",
            "line2": "Hinterhaus, 2. OG",
            "city": "Berlin",
            "postal_code": "10435",
            "country": "Germany",
        },
    }


def _shipment(kind: str, language: str) -> Context:
    status, english, german = _STATUS[kind]
    said = german if language == "de" else english
    shipment: Context = {
        "number": 1,
        "count": 2,
        "carrier": "DHL",
        "tracking_number": "00340434161094042557",
        "tracking_url": "https://www.dhl.example/track/00340434161094042557",
        "status": status,
        "status_text": said,
        "expected_from": "2026-11-24T13:00:00+00:00",
        "expected_until": "2026-11-24T16:00:00+00:00",
        "expected_text": _EXPECTED.get(language, _EXPECTED["en"]),
        "promised_on": "2026-11-23",
        "items": [{key: line[key] for key in ("title", "variant", "quantity")} for line in _LINES],
        "last_event": {"message": said, "location": "Berlin", "at": "2026-11-23T08:51:00+00:00"},
    }
    if kind in _AT_PICKUP:
        shipment["pickup_point"] = "Kiosk Sonnenblume, Kastanienallee 40"
    if kind == "delivered":
        del shipment["expected_from"], shipment["expected_until"], shipment["expected_text"]
    return shipment


def sample_context(kind: str, locale: str = "en") -> Context:
    """Return a context in which everything is known, for one kind of message."""
    language = locale.replace("_", "-").split("-")[0].lower()
    context: Context = {
        "store": _store(),
        "customer": {
            "first_name": "Nora",
            "last_name": "Winter",
            "name": "Nora Winter",
            "email": "nora@example.com",
            "locale": locale,
        },
        "order": _order(),
        "links": {
            "track": "https://lark.example/t/sample",
            "preferences": "https://lark.example/u/sample",
        },
        "message": {"kind": kind},
    }
    if kind in _STATUS:
        context["shipment"] = _shipment(kind, language)
    if kind == "order_cancelled":
        context["order"]["cancel_reason"] = (
            "Sie haben uns darum gebeten." if language == "de" else "You asked us to."
        )
    if kind in ("return_registered", "return_received"):
        context["return"] = {
            "name": "R-4833-1",
            "status": "open",
            "items": [{"title": "Linen tea towel", "variant": "Natural", "quantity": 1}],
        }
    if kind == "refunded":
        context["refund"] = {"amount": 1490, "currency": "EUR"}
    return context


def minimal_context(kind: str, locale: str = "en") -> Context:
    """Return a context in which only what is always known is there: a guest, no link, no dates."""
    context: Context = {
        "store": {"name": "Lark & Larder"},
        "customer": {"locale": locale},
        "order": {
            "number": "4834",
            "currency": "EUR",
            "lines": [{"title": "Stoneware mug", "quantity": 1}],
        },
        "links": {},
        "message": {"kind": kind},
    }
    if kind in _STATUS:
        context["shipment"] = {"status": _STATUS[kind][0]}
    if kind in ("return_registered", "return_received"):
        context["return"] = {"status": "open"}
    if kind == "refunded":
        context["refund"] = {"amount": 1490}
    return context
