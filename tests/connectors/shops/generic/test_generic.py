"""The generic shop: Standard Webhooks signatures (R-23) and the canonical JSON."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shopbell.connections.ports import RawRequest
from shopbell.connectors.shops.generic import schema
from shopbell.connectors.shops.generic.settings import GenericShopSettings
from shopbell.connectors.shops.generic.shop import PARSERS, GenericShop
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Invalid, Unsupported
from shopbell.orders.ports import (
    CartFacts,
    CustomerFacts,
    OrderFacts,
    OrderStatus,
    PaymentStatus,
    ProductFacts,
    RefundFacts,
    ReturnFacts,
    ReturnStatus,
    ShipmentFacts,
    ShipmentStatus,
)
from tests.connectors.shops.ground import (
    account,
    check_storable,
    fixture,
    flipped,
    mutated,
    request,
)

SHOP = GenericShop()
KEY = b"0123456789abcdef01234567"
SETTINGS = GenericShopSettings(
    webhook_secret=SecretStr("whsec_" + base64.b64encode(KEY).decode()),
    previous_webhook_secret=SecretStr("the old plain secret"),
)
ACCOUNT = account("generic", SETTINGS)
BODY = json.dumps(fixture("generic", "event")).encode()
NOW = datetime(2026, 11, 21, 9, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.at(NOW):
        yield


def signature(key: bytes, body: bytes, stamp: str, message_id: str = "msg_1") -> str:
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed(body: bytes = BODY, *, key: bytes = KEY, offset: int = 0, **headers: str) -> RawRequest:
    stamp = str(int(NOW.timestamp()) + offset)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(
        body,
        {
            "webhook-id": "msg_1",
            "webhook-timestamp": stamp,
            "webhook-signature": signature(key, body, stamp),
            **told,
        },
    )


def refused(sent: RawRequest) -> None:
    with pytest.raises(BadSignature):
        SHOP.verify(sent, ACCOUNT)


@pytest.mark.parametrize("offset", [0, -300, 300])
def test_a_signed_request_passes_within_the_tolerance(offset: int) -> None:
    SHOP.verify(signed(offset=offset), ACCOUNT)


@pytest.mark.parametrize("offset", [-301, 301, -86_400])
def test_an_old_or_future_request_is_refused(offset: int) -> None:
    refused(signed(offset=offset))


def test_the_old_secret_counts_during_a_rotation() -> None:
    SHOP.verify(signed(key=b"the old plain secret"), ACCOUNT)
    refused(signed(key=b"a third secret"))


def test_an_unmarked_base64_secret_counts_both_ways() -> None:
    text = base64.b64encode(KEY).decode()
    plain = account("generic", GenericShopSettings(webhook_secret=SecretStr(text)))
    SHOP.verify(signed(key=KEY), plain)
    SHOP.verify(signed(key=text.encode()), plain)


def test_one_fitting_signature_among_several_is_enough() -> None:
    good = signed().headers["webhook-signature"]
    SHOP.verify(signed(BODY, webhook_signature=f"v2,xyz v1,AAAA {good} v1a,x"), ACCOUNT)


@pytest.mark.parametrize("name", ["webhook_id", "webhook_timestamp", "webhook_signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = {name: ""}
    refused(signed(BODY, key=KEY, offset=0, **headers))


@pytest.mark.parametrize("stamp", ["now", "-5", "1e9", "٣", "1795251610.5", "9" * 30])
def test_a_time_that_is_no_time_is_refused(stamp: str) -> None:
    refused(signed(BODY, webhook_timestamp=stamp))


def test_every_flipped_byte_is_refused() -> None:
    good = signed().headers["webhook-signature"]
    for body in flipped(BODY):
        refused(signed(body, webhook_signature=good))
    for header in flipped(good.encode()):
        refused(signed(BODY, webhook_signature=header.decode("latin-1")))
    refused(signed(BODY, webhook_id="msg_2"))
    refused(signed(BODY, webhook_timestamp=str(int(NOW.timestamp()) + 1)))
    refused(signed(BODY, webhook_signature=f"{good},{good}"))
    refused(signed(json.dumps(json.loads(BODY), indent=1).encode(), webhook_signature=good))


def test_a_request_is_filed_under_its_id_and_type() -> None:
    (filed,) = SHOP.identify(signed(), ACCOUNT)
    assert (filed.provider_id, filed.topic) == ("msg_1", "order.updated")
    assert filed.sort_at == datetime(2026, 11, 21, 9, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"type": null}', b'{"type": []}'])
def test_a_body_without_a_type_can_never_be_understood(body: bytes) -> None:
    with pytest.raises(Invalid):
        SHOP.identify(signed(body), ACCOUNT)


def test_the_settings_want_a_usable_secret() -> None:
    for secret in ("short", "whsec_not base64", "whsec_"):
        with pytest.raises(ValidationError):
            GenericShopSettings(webhook_secret=SecretStr(secret))
    assert all(field.description for field in GenericShopSettings.model_fields.values())


def test_an_event_becomes_facts() -> None:
    parsed = SHOP.parse("order.updated", BODY, ACCOUNT)
    (order,) = parsed.facts
    assert isinstance(order, OrderFacts)
    assert order.source_id == "1001"


def test_unknown_types_are_kept_and_not_used() -> None:
    assert (
        "weather" in SHOP.parse("weather.changed", b'{"type": "weather.changed"}', ACCOUNT).unused
    )


@pytest.mark.parametrize("noun", sorted(PARSERS))
def test_an_event_without_data_is_refused_with_a_reason(noun: str) -> None:
    for body in (b"{}", b'{"data": []}', b'{"data": {}}', b'{"data": {"id": []}}'):
        with pytest.raises(Invalid) as caught:
            SHOP.parse(f"{noun}.updated", body, ACCOUNT)
        assert caught.value.fields


def test_deleted_events() -> None:
    def deleted(noun: str, data: dict[str, Any]) -> Any:
        (fact,) = SHOP.parse(f"{noun}.deleted", json.dumps({"data": data}).encode(), ACCOUNT).facts
        return fact

    assert deleted("product", {"id": "p"}).deleted
    assert deleted("customer", {"id": "c"}).deleted
    assert deleted("cart", {"id": "k"}).deleted
    assert deleted("shipment", {"id": "s", "order_id": "o"}).cancelled
    assert deleted("order", {"id": "o", "anything": 1}).status is OrderStatus.CLOSED


def test_nothing_can_be_read_back() -> None:
    with pytest.raises(Unsupported):
        SHOP.changes(ACCOUNT, "orders", None, "")
    with pytest.raises(Unsupported):
        SHOP.audit(ACCOUNT)
    assert SHOP.check(ACCOUNT).ok
    assert SHOP.kinds == ()


def test_an_order_is_read_whole() -> None:
    order = schema.parse_order(fixture("generic", "order"))
    assert (order.source_id, order.number) == ("1001", "#1001")
    assert (order.status, order.payment) == (OrderStatus.OPEN, PaymentStatus.PAID)
    assert (order.total, order.subtotal, order.shipping) == (7730, 7240, 490)
    assert (order.tax, order.discount, order.currency) == (1234, 250, "EUR")
    assert order.placed_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert order.promised_on == date(2026, 11, 24)
    assert order.customer is not None
    assert (order.customer.email, order.customer.country) == ("ada@example.org", "DE")
    assert [(c.channel, c.granted, c.purpose) for c in order.customer.consents] == [
        ("email", True, "marketing")
    ]
    assert [(line.source_id, line.unit_price, line.total) for line in order.lines or ()] == [
        ("1", 4990, 4990),
        ("2", 1125, 2250),
    ]
    (parcel,) = order.shipments
    assert (parcel.source_id, parcel.order_id, parcel.status) == (
        "p1",
        "1001",
        ShipmentStatus.IN_TRANSIT,
    )
    assert [scan.location for scan in parcel.events] == ["Leipzig"]
    assert [(refund.amount, refund.currency) for refund in order.refunds] == [(1125, "EUR")]
    assert order.shipping_address is not None
    assert order.shipping_address.city == "Berlin"
    assert order.raw == fixture("generic", "order")


def test_what_is_left_out_is_not_told() -> None:
    order = schema.parse_order({"id": 7})
    assert (order.source_id, order.lines, order.total, order.status) == ("7", None, None, None)
    assert schema.parse_order({"id": "7", "lines": []}).lines == ()
    assert schema.parse_product({"id": "7"}).variants is None
    assert schema.parse_shipment({"id": "7", "order_id": "8"}).items is None


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("49.90", "EUR", 4990), (49.9, "eur", 4990), (49, "EUR", 4900), ("1000", "JPY", 1000),
     ("1.234", "KWD", 1234), ("-5.00", "EUR", -500), ("0", "EUR", 0), (" 1.5 ", "EUR", 150)],
)  # fmt: skip
def test_amounts_are_decimals_of_their_currency(amount: Any, currency: str, minor: int) -> None:
    assert schema.parse_order({"id": "1", "total": amount, "currency": currency}).total == minor


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        ({}, "id", "is missing"),
        ({"id": ""}, "id", "must not be empty"),
        ({"id": "1", "totl": "1"}, "totl", "spelling"),
        ({"id": "1", "total": "1,50", "currency": "EUR"}, "total", "amount"),
        ({"id": "1", "total": True, "currency": "EUR"}, "total", "amount"),
        ({"id": "1", "total": "NaN", "currency": "EUR"}, "total", "amount"),
        ({"id": "1", "total": "1e400", "currency": "EUR"}, "total", "amount"),
        ({"id": "1", "total": "1.50"}, "total", "needs a currency"),
        ({"id": "1", "total": "1.505", "currency": "EUR"}, "total", "more decimals"),
        ({"id": "1", "total": "1.5", "currency": "JPY"}, "total", "more decimals"),
        ({"id": "1", "currency": "Euro"}, "currency", "three letters"),
        (
            {"id": "1", "lines": [{"title": "x", "quantity": 1, "total": "1"}]},
            "lines.0.total",
            "currency",
        ),
        ({"id": "1", "lines": [{"title": "x"}]}, "lines.0.quantity", "is missing"),
        ({"id": "1", "lines": [{"title": "x", "quantity": -1}]}, "lines.0.quantity", "at least 0"),
        (
            {"id": "1", "lines": [{"title": "x", "quantity": "two"}]},
            "lines.0.quantity",
            "whole number",
        ),
        ({"id": "1", "lines": {}}, "lines", "must be a list"),
        ({"id": "1", "placed_at": "2026-11-21T10:00:00"}, "placed_at", "needs a zone"),
        ({"id": "1", "placed_at": "yesterday"}, "placed_at", "must be a time"),
        ({"id": "1", "promised_on": "24.11.2026"}, "promised_on", "must be a date"),
        ({"id": "1", "status": "shipped"}, "status", "must be one of"),
        ({"id": "1", "status_url": "javascript:alert(1)"}, "status_url", "https://"),
        ({"id": "1", "customer": {}}, "customer", "needs an id, an email or a phone"),
        (
            {"id": "1", "customer": {"id": "1", "country": "Germany"}},
            "customer.country",
            "two letters",
        ),
        ({"id": "1", "shipments": [{"id": "s", "status": "lost"}]}, "shipments.0.status", "one of"),
        ({"id": "1", "refunds": [{"id": "r", "amount": "1"}]}, "refunds.0.amount", "currency"),
        ({"id": "1", "test": "maybe"}, "test", "true or false"),
        ({"id": "1", "number": ["x"]}, "number", "must be a text"),
        ({"id": "x" * 121}, "id", "too long (at most 120"),
        ("not an object", "order", "must be an object"),
        (None, "order", "must be an object"),
    ],
)
def test_mistakes_are_named_in_plain_words(data: Any, path: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        schema.parse_order(data)
    assert said in caught.value.fields[path]
    assert path in caught.value.message or path == "order"


def test_the_other_nouns() -> None:
    shipment = schema.parse_shipment(
        {"id": "s1", "order_id": 7, "status": "out_for_delivery", "sub_status": "delayed",
         "expected_until": "2026-11-24T18:00:00+01:00", "items": [{"line_id": 1, "quantity": 2}]}
    )  # fmt: skip
    assert isinstance(shipment, ShipmentFacts)
    assert (shipment.order_id, shipment.status) == ("7", ShipmentStatus.OUT_FOR_DELIVERY)
    product = schema.parse_product(
        {
            "id": "p",
            "title": "Teapot",
            "currency": "EUR",
            "variants": [{"id": "v", "price": "1.50"}],
        }
    )
    assert isinstance(product, ProductFacts)
    assert [variant.price for variant in product.variants or ()] == [150]
    customer = schema.parse_customer(
        {"email": "a@example.org", "consents": [{"channel": "sms", "granted": False}]}
    )
    assert isinstance(customer, CustomerFacts)
    assert [consent.granted for consent in customer.consents] == [False]
    refund = schema.parse_refund({"id": "r", "order_id": "7", "amount": "5", "currency": "EUR"})
    assert isinstance(refund, RefundFacts)
    assert refund.amount == 500
    returned = schema.parse_return({"id": "x", "order_id": "7", "status": "received"})
    assert isinstance(returned, ReturnFacts)
    assert returned.status is ReturnStatus.RECEIVED
    cart = schema.parse_cart(
        {
            "id": "k",
            "currency": "EUR",
            "lines": [{"title": "x", "quantity": 2, "unit_price": "1.50"}],
        }
    )
    assert isinstance(cart, CartFacts)
    assert cart.total == 300


def test_a_refund_on_its_own_names_its_order() -> None:
    with pytest.raises(Invalid) as caught:
        schema.parse_refund({"id": "r", "amount": "5", "currency": "EUR"})
    assert caught.value.fields == {"order_id": "is missing"}


def test_texts_that_postgresql_refuses_are_mended() -> None:
    order = schema.parse_order({"id": "1", "note": "a\0b\ud800c"})
    order.note.encode()
    assert "\0" not in order.note


def test_odd_values_are_refused_or_understood_and_nothing_else() -> None:
    chance = random.Random(20261121)
    bodies = [mutated(fixture("generic", "order"), chance) for _ in range(1500)]
    outcomes = [_outcome(body) for body in bodies]
    assert set(outcomes) == {"understood", "refused"}


def _outcome(data: Any) -> str:
    """Any other exception than `Invalid` fails the test."""
    try:
        parsed = SHOP.parse("order.updated", json.dumps({"data": data}).encode(), ACCOUNT)
    except Invalid:
        return "refused"
    check_storable(parsed)
    return "understood"


def test_time_moves_the_tolerance() -> None:
    sent = signed()
    with clock.at(NOW + timedelta(seconds=301)):
        refused(sent)
