"""WooCommerce: signatures (R-23), how webhooks are filed, and what they mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shopbell.connections.ports import RawRequest
from shopbell.connectors.shops.woocommerce.settings import WooCommerceSettings
from shopbell.connectors.shops.woocommerce.shop import WooCommerce
from shopbell.kit.errors import BadSignature, Invalid
from shopbell.orders.ports import (
    CustomerFacts,
    OrderFacts,
    OrderStatus,
    Parsed,
    PaymentStatus,
    ProductFacts,
    ShipmentItemFacts,
    ShipmentStatus,
)
from tests.connectors.shops.ground import account, fixture, flipped, hmac_base64, request

SHOP = WooCommerce()
SETTINGS = WooCommerceSettings(
    url="lark.example/",
    webhook_secret=SecretStr("new secret"),
    previous_webhook_secret=SecretStr("old secret"),
)
ACCOUNT = account("woocommerce", SETTINGS)
BODY = json.dumps(fixture("woocommerce", "order")).encode()


def signed(body: bytes = BODY, *, secret: str = "new secret", **headers: str) -> RawRequest:
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return request(
        body,
        {
            "X-WC-Webhook-Signature": hmac_base64(secret, body),
            "X-WC-Webhook-Topic": "order.updated",
            "X-WC-Webhook-Delivery-ID": "d1",
            "X-WC-Webhook-Source": "https://lark.example/",
            **told,
        },
    )


def parse(topic: str, body: dict[str, Any]) -> Parsed:
    return SHOP.parse(topic, json.dumps(body).encode(), ACCOUNT)


def order(name: str = "order", **changes: Any) -> OrderFacts:
    (fact,) = parse("order.updated", fixture("woocommerce", name) | changes).facts
    assert isinstance(fact, OrderFacts)
    return fact


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def test_a_signed_webhook_passes_with_the_new_and_the_old_secret() -> None:
    SHOP.verify(signed(), ACCOUNT)
    SHOP.verify(signed(secret="old secret"), ACCOUNT)


def test_a_wrong_secret_or_no_signature_is_refused() -> None:
    good = hmac_base64("new secret", BODY)
    for header in ("", "x", f"{good}, {good}", hmac_base64("third", BODY), good.rstrip("=")):
        with pytest.raises(BadSignature):
            SHOP.verify(signed(BODY, x_wc_webhook_signature=header), ACCOUNT)
    with pytest.raises(BadSignature):
        SHOP.verify(request(BODY, {}), ACCOUNT)


def test_every_flipped_byte_is_refused() -> None:
    good = hmac_base64("new secret", BODY)
    for body in flipped(BODY):
        with pytest.raises(BadSignature):
            SHOP.verify(signed(body, x_wc_webhook_signature=good), ACCOUNT)
    for header in flipped(good.encode()):
        with pytest.raises(BadSignature):
            SHOP.verify(signed(BODY, x_wc_webhook_signature=header.decode("latin-1")), ACCOUNT)


def test_the_same_json_written_differently_is_refused() -> None:
    good = hmac_base64("new secret", BODY)
    again = json.dumps(json.loads(BODY), indent=1).encode()
    with pytest.raises(BadSignature):
        SHOP.verify(signed(again, x_wc_webhook_signature=good), ACCOUNT)


def test_a_repeated_delivery_has_the_same_key() -> None:
    (first,) = SHOP.identify(signed(), ACCOUNT)
    (second,) = SHOP.identify(signed(), ACCOUNT)
    assert first == second
    assert first.topic == "order.updated"


def test_two_orders_of_one_second_share_the_delivery_id_and_are_both_kept() -> None:
    (first,) = SHOP.identify(signed(), ACCOUNT)
    (second,) = SHOP.identify(signed(b'{"id": 4712}'), ACCOUNT)
    assert first.provider_id != second.provider_id


def test_without_a_delivery_id_the_body_is_the_key() -> None:
    (first,) = SHOP.identify(signed(BODY, x_wc_webhook_delivery_id=""), ACCOUNT)
    (other,) = SHOP.identify(signed(b"{}", x_wc_webhook_delivery_id=""), ACCOUNT)
    assert first.provider_id != other.provider_id


def test_a_signed_ping_is_taken_and_not_used() -> None:
    ping = signed(b"webhook_id=12", x_wc_webhook_topic="")
    SHOP.verify(ping, ACCOUNT)
    (filed,) = SHOP.identify(ping, ACCOUNT)
    assert filed.topic == "ping"
    parsed = SHOP.parse(filed.topic, ping.body, ACCOUNT)
    assert parsed.unused
    assert not parsed.facts


def test_an_unsigned_ping_is_refused_like_anything_unsigned() -> None:
    with pytest.raises(BadSignature):
        SHOP.verify(request(b"webhook_id=12", {}), ACCOUNT)


@pytest.mark.parametrize("body", [b"", b"webhook_id=12&x=1", b"[]", b"{", b"null"])
def test_what_is_no_json_object_can_never_be_understood(body: bytes) -> None:
    with pytest.raises(Invalid):
        SHOP.identify(signed(body), ACCOUNT)
    with pytest.raises(Invalid):
        SHOP.parse("order.updated", body, ACCOUNT)


def test_an_order_is_read_whole() -> None:
    found = order()
    assert (found.source_id, found.number) == ("4711", "L-4711")
    assert (found.status, found.payment) == (OrderStatus.OPEN, PaymentStatus.PAID)
    assert (found.currency, found.total, found.subtotal) == ("EUR", 7730, 7490)
    assert (found.shipping, found.tax, found.discount) == (490, 1234, 250)
    assert (found.placed_at, found.updated_at) == (at(21, 9), at(21, 9, 0, 5))
    assert (found.shipping_method, found.note) == ("DHL Paket", "Please ring twice")
    assert found.customer is not None
    assert (found.customer.source_id, found.customer.email) == ("25", "ada@example.org")
    assert found.shipping_address is not None
    assert found.shipping_address.country == "DE"
    assert found.shipments == ()
    tea, leaves = found.lines or ()
    assert (tea.title, tea.variant_title) == ("Tea & Cup", "Sage")
    assert (tea.quantity, tea.unit_price, tea.variant_id) == (1, 4990, "94")
    assert (leaves.quantity, leaves.unit_price, leaves.total) == (2, 1125, 2250)


def test_a_guest_has_no_id() -> None:
    found = order(customer_id=0)
    assert found.customer is not None
    assert found.customer.source_id == ""


@pytest.mark.parametrize(
    ("word", "paid", "life", "money"),
    [
        ("pending", False, OrderStatus.OPEN, PaymentStatus.PENDING),
        ("on-hold", False, OrderStatus.OPEN, PaymentStatus.PENDING),
        ("processing", True, OrderStatus.OPEN, PaymentStatus.PAID),
        ("processing", False, OrderStatus.OPEN, PaymentStatus.PAID),
        ("completed", True, OrderStatus.OPEN, PaymentStatus.PAID),
        ("cancelled", False, OrderStatus.CANCELLED, None),
        ("cancelled", True, OrderStatus.CANCELLED, PaymentStatus.PAID),
        ("refunded", True, OrderStatus.CLOSED, PaymentStatus.REFUNDED),
        ("failed", False, OrderStatus.OPEN, PaymentStatus.FAILED),
        ("trash", False, OrderStatus.CLOSED, None),
        ("wc-completed", True, OrderStatus.OPEN, PaymentStatus.PAID),
        ("made-to-order", True, OrderStatus.OPEN, PaymentStatus.PAID),
        ("made-to-order", False, OrderStatus.OPEN, None),
    ],
)
def test_every_status(
    word: str, paid: bool, life: OrderStatus, money: PaymentStatus | None
) -> None:
    changes: dict[str, Any] = {"status": word}
    if not paid:
        changes |= {"date_paid": None, "date_paid_gmt": None}
    found = order(**changes)
    assert (found.status, found.payment) == (life, money)


def test_cash_at_the_door_is_not_paid_yet() -> None:
    unpaid: dict[str, Any] = {"date_paid": None, "date_paid_gmt": None, "payment_method": "cod"}
    assert order("order", **unpaid).payment is PaymentStatus.PENDING


@pytest.mark.parametrize("word", ["checkout-draft", "auto-draft", "wc-checkout-draft"])
def test_a_shopper_at_the_checkout_is_not_an_order(word: str) -> None:
    parsed = parse("order.created", fixture("woocommerce", "order") | {"status": word})
    assert "checkout" in parsed.unused


def test_a_refund_inside_the_order() -> None:
    found = order("order_refunded")
    (refund,) = found.refunds
    assert (refund.source_id, refund.order_id) == ("726", "4711")
    assert (refund.amount, refund.currency) == (1125, "EUR")
    assert refund.note == "One packet was torn"
    assert found.payment is PaymentStatus.PARTIALLY_REFUNDED
    whole = order("order_refunded", refunds=[{"id": 1, "total": "-77.30"}])
    assert whole.payment is PaymentStatus.REFUNDED


def test_a_completed_order_is_a_parcel_without_a_number() -> None:
    (parcel,) = order("order_completed").shipments
    assert (parcel.source_id, parcel.order_id) == ("4711-1", "4711")
    assert (parcel.tracking_number, parcel.status) == ("", ShipmentStatus.INFO_RECEIVED)
    assert [(scan.status, scan.happened_at) for scan in parcel.events] == [
        (ShipmentStatus.INFO_RECEIVED, at(21, 14))
    ]
    assert parcel.items == (ShipmentItemFacts("315", 1), ShipmentItemFacts("316", 2))


def test_a_later_note_in_the_order_tells_the_same_hand_over() -> None:
    (before,) = order("order_completed").shipments
    (after,) = order("order_completed", date_modified_gmt="2026-11-24T09:00:00").shipments
    assert before.events == after.events


def test_tracking_numbers_of_plugins_fill_the_parcels() -> None:
    first, second = order("order_tracked").shipments
    assert (first.source_id, first.tracking_number) == ("4711-1", "00340434161094022115")
    assert (first.carrier, first.created_at) == ("dhl", at(21, 12))
    assert first.tracking_url == "https://carrier.example/t/00340434161094022115"
    assert (second.source_id, second.tracking_number) == ("4711-2", "RK-9")
    assert (second.carrier, second.tracking_url) == ("Radkurier", "")
    assert first.items is None


@pytest.mark.parametrize(
    "meta",
    [
        {"_tracking_number": "N1", "_tracking_provider": "GLS"},
        {"_aftership_tracking_number": "N1", "_aftership_tracking_provider_name": "GLS"},
        {"_aftership_tracking_items": [{"tracking_number": "N1", "slug": "GLS"}]},
        {"ywot_tracking_code": "N1", "ywot_carrier_name": "GLS"},
    ],
)
def test_other_plugins_are_read_too(meta: dict[str, Any]) -> None:
    entries = [{"id": 1, "key": key, "value": value} for key, value in meta.items()]
    (parcel,) = order(meta_data=entries).shipments
    assert (parcel.tracking_number, parcel.carrier) == ("N1", "GLS")


@pytest.mark.parametrize(
    "methods", [[], [{"method_id": "local_pickup"}], [{"method_id": "pickup_location:2"}]]
)
def test_downloads_and_pickup_make_no_parcel(methods: list[Any]) -> None:
    assert order("order_completed", shipping_lines=methods).shipments == ()


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("shipped", ShipmentStatus.INFO_RECEIVED),
        ("out-for-delivery", ShipmentStatus.OUT_FOR_DELIVERY),
        ("delivered", ShipmentStatus.DELIVERED),
    ],
)
def test_statuses_of_shipping_plugins(word: str, meaning: ShipmentStatus) -> None:
    (parcel,) = order(status=word).shipments
    assert parcel.status is meaning
    assert parcel.events[-1].status is meaning


def test_customers_and_products() -> None:
    (customer,) = parse("customer.updated", fixture("woocommerce", "customer")).facts
    (product,) = parse("product.updated", fixture("woocommerce", "product")).facts
    assert isinstance(customer, CustomerFacts)
    assert isinstance(product, ProductFacts)
    assert (customer.source_id, customer.email, customer.phone) == (
        "25",
        "ada@example.org",
        "+49301234567",
    )
    assert (product.title, product.product_type, product.active) == ("Tea & Cup", "Pots", True)
    (variant,) = product.variants or ()
    assert (variant.source_id, variant.price, variant.stock) == ("93", 4990, 12)
    variable = fixture("woocommerce", "product") | {"variations": [94, 95, None]}
    (product,) = parse("product.updated", variable).facts
    assert isinstance(product, ProductFacts)
    assert [v.source_id for v in product.variants or ()] == ["94", "95"]
    assert parse("product.updated", variable | {"type": "variation"}).unused


def test_deleted_things() -> None:
    (gone,) = parse("order.deleted", {"id": 4711}).facts
    (nobody,) = parse("customer.deleted", {"id": 25}).facts
    (nothing,) = parse("product.deleted", {"id": 93}).facts
    assert isinstance(gone, OrderFacts)
    assert isinstance(nobody, CustomerFacts)
    assert isinstance(nothing, ProductFacts)
    assert gone.status is OrderStatus.CLOSED
    assert nobody.deleted
    assert nothing.deleted


@pytest.mark.parametrize(
    "topic",
    ["coupon.created", "action.woocommerce_add_to_cart", "subscription.updated", "new.x", ""],
)
def test_other_topics_are_known_and_not_used(topic: str) -> None:
    assert parse(topic, {"id": 1}).unused.endswith(".")


@pytest.mark.parametrize("resource", ["order", "customer", "product"])
@pytest.mark.parametrize("event", ["created", "updated", "deleted", "restored"])
def test_an_empty_body_never_raises(resource: str, event: str) -> None:
    assert parse(f"{resource}.{event}", {}).unused


def test_settings_explain_themselves_and_mend_the_address() -> None:
    assert SETTINGS.endpoint == "https://lark.example/wp-json/wc/v3"
    assert all(field.description for field in WooCommerceSettings.model_fields.values())
    with pytest.raises(ValidationError):
        WooCommerceSettings(url="x", webhook_secret=SecretStr(""))
