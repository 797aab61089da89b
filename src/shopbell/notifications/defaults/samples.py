"""Made-up but complete contexts, for the live preview and for tests. Nobody real is in them."""

from typing import Any

from shopbell.messaging.samples import sample_basics, sample_lines

type Context = dict[str, Any]

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
        "lines": sample_lines(),
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
        "items": [
            {key: line[key] for key in ("title", "variant", "quantity")} for line in sample_lines()
        ],
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
    context = sample_basics(kind, locale)
    context["order"] = _order()
    context["links"]["track"] = "https://lark.example/t/sample"
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
