"""What Shopify's webhooks mean, topic by topic."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.connectors.shops.shopify.topics import TRANSLATIONS
from shopbell.connectors.shops.shopify.vocabulary import SHIPMENT
from shopbell.orders.ports import (
    CartFacts,
    CustomerFacts,
    OrderFacts,
    OrderStatus,
    Parsed,
    PaymentStatus,
    PrivacyFacts,
    ProductFacts,
    RefundFacts,
    ReturnFacts,
    ReturnStatus,
    ShipmentFacts,
    ShipmentItemFacts,
    ShipmentStatus,
    ShopRemoved,
    StockFacts,
    SubStatus,
)
from tests.connectors.shops.ground import account, fixture

SHOP = Shopify()
ACCOUNT = account(
    "shopify", ShopifySettings(domain="lark.myshopify.com", webhook_secret=SecretStr("x"))
)
ORDER_ID = "9007199254740993"


def parse(topic: str, body: dict[str, Any]) -> Parsed:
    return SHOP.parse(topic, json.dumps(body).encode(), ACCOUNT)


def only[F](kind: type[F], topic: str, name: str, **changes: Any) -> F:
    (fact,) = parse(topic, fixture("shopify", name) | changes).facts
    assert isinstance(fact, kind)
    return fact


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def test_a_new_order_is_read_whole() -> None:
    order = only(OrderFacts, "orders/create", "order_created")

    assert (order.source_id, order.number) == (ORDER_ID, "#1042")  # the true id, not the rounded
    assert (order.status, order.payment) == (OrderStatus.OPEN, PaymentStatus.PAID)
    assert (order.currency, order.total, order.subtotal) == ("EUR", 7730, 7240)
    assert (order.shipping, order.tax, order.discount) == (490, 1234, 250)
    assert (order.locale, order.shipping_method) == ("de", "DHL Paket")
    assert (order.note, order.tags) == ("Please ring twice", ("gift", "berlin"))
    assert (order.placed_at, order.updated_at) == (at(21, 8, 59, 58), at(21, 9, 0, 1))
    assert order.status_url == "https://lark.example/orders/abc"
    assert order.edited_at is None
    assert not order.test
    assert order.raw["name"] == "#1042"


def test_the_lines_of_an_order_carry_amounts_after_their_discount() -> None:
    order = only(OrderFacts, "orders/create", "order_created")
    assert order.lines is not None
    teapot, tea = order.lines
    assert (teapot.title, teapot.variant_title, teapot.sku) == ("Stoneware teapot", "Sage", "LRK-1")
    assert (teapot.quantity, teapot.unit_price, teapot.total) == (1, 4990, 4990)
    assert (tea.quantity, tea.unit_price, tea.total) == (2, 1250, 2250)
    assert (tea.product_id, tea.variant_id) == ("5502", "6602")
    assert tea.source_id == "9007199254740993002"


def test_the_buyer_of_an_order_is_read_with_address_and_permissions() -> None:
    order = only(OrderFacts, "orders/create", "order_created")
    assert order.customer is not None
    assert order.shipping_address is not None
    assert order.customer.source_id == "7001002003004"
    assert (order.customer.email, order.customer.phone) == ("ada@example.org", "+49301234567")
    assert order.customer.email_verified
    assert [consent.channel for consent in order.customer.consents] == ["email", "sms"]
    address = order.shipping_address
    assert (address.line1, address.line2) == ("Gartenweg 4", "Hinterhaus")
    assert (address.city, address.postal_code, address.country) == ("Berlin", "10115", "DE")


def test_the_address_in_the_order_is_written_to_and_is_not_verified_by_the_account() -> None:
    order = only(OrderFacts, "orders/create", "order_created", email="other@example.org")
    assert order.customer is not None
    assert order.customer.email == "other@example.org"
    assert not order.customer.email_verified


def test_a_guest_without_address_is_nobody() -> None:
    nothing = {"customer": None, "email": None, "contact_email": "", "shipping_address": None}
    order = only(OrderFacts, "orders/create", "order_created", **nothing)
    assert order.customer is None
    assert order.shipping_address is None


def test_a_cancelled_order_keeps_its_lines() -> None:
    order = only(OrderFacts, "orders/cancelled", "order_cancelled")
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELLED, "customer")
    assert order.payment is PaymentStatus.VOIDED
    assert [line.quantity for line in order.lines or ()] == [1, 2]
    assert [refund.amount for refund in order.refunds] == [0]


def test_the_topic_cancels_even_if_the_body_does_not_say_so() -> None:
    order = only(OrderFacts, "orders/cancelled", "order_created")
    assert order.status is OrderStatus.CANCELLED


def test_an_edit_takes_removed_units_out() -> None:
    order = only(OrderFacts, "orders/updated", "order_after_edit")
    assert [(line.title, line.quantity) for line in order.lines or ()] == [
        ("Stoneware teapot", 1),
        ("Darjeeling first flush", 1),
        ("Tea caddy", 1),
    ]


def test_a_refund_of_sent_goods_leaves_the_lines_as_they_were() -> None:
    order = only(OrderFacts, "orders/updated", "order_partly_refunded")
    assert [line.quantity for line in order.lines or ()] == [1, 2]
    (refund,) = order.refunds
    assert (refund.source_id, refund.order_id) == ("32", ORDER_ID)
    assert (refund.amount, refund.currency) == (1125, "EUR")  # failed and other moves do not count
    assert order.payment is PaymentStatus.PARTIALLY_REFUNDED


def test_a_fulfilled_order_brings_its_parcel() -> None:
    order = only(OrderFacts, "orders/fulfilled", "order_fulfilled")
    (parcel,) = order.shipments
    assert (parcel.source_id, parcel.order_id) == ("4400000000001", ORDER_ID)


def test_an_edit_alone_is_a_partial_order() -> None:
    order = only(OrderFacts, "orders/edited", "order_edited")
    assert order.lines is None
    assert order.status is None
    assert order.total is None
    assert (order.source_id, order.edited_at) == (ORDER_ID, at(21, 9, 30))


def test_a_deleted_order_is_closed_and_not_cancelled() -> None:
    (order,) = parse("orders/delete", {"id": 5}).facts
    assert isinstance(order, OrderFacts)
    assert (order.source_id, order.status) == ("5", OrderStatus.CLOSED)


def test_a_failed_payment_is_a_payment_problem() -> None:
    order = only(OrderFacts, "order_transactions/create", "transaction_failed")
    assert (order.payment, order.updated_at) == (PaymentStatus.FAILED, at(21, 9, 0, 31))
    assert order.source_id == ORDER_ID
    assert order.lines is None


@pytest.mark.parametrize(
    "change", [{"status": "success"}, {"kind": "refund"}, {"kind": "void"}, {"order_id": None}]
)
def test_other_transactions_are_not_used(change: dict[str, Any]) -> None:
    parsed = parse("order_transactions/create", fixture("shopify", "transaction_failed") | change)
    assert parsed.unused
    assert not parsed.facts


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("pending", PaymentStatus.PENDING),
        ("authorized", PaymentStatus.AUTHORISED),
        ("partially_paid", PaymentStatus.PENDING),
        ("refunded", PaymentStatus.REFUNDED),
        ("voided", PaymentStatus.VOIDED),
        ("expired", PaymentStatus.FAILED),
        ("something_new", PaymentStatus.UNKNOWN),
        (None, None),
    ],
)
def test_the_state_of_the_money(word: str | None, meaning: PaymentStatus | None) -> None:
    order = only(OrderFacts, "orders/updated", "order_created", financial_status=word)
    assert order.payment is meaning


def test_a_fulfilment_is_a_parcel_handed_over() -> None:
    parcel = only(ShipmentFacts, "fulfillments/create", "fulfillment")
    assert (parcel.source_id, parcel.order_id) == ("4400000000001", ORDER_ID)
    assert (parcel.tracking_number, parcel.carrier) == ("00340434161094022115", "DHL")
    assert parcel.tracking_url == "https://carrier.example/t/00340434161094022115"
    assert parcel.status is ShipmentStatus.INFO_RECEIVED
    assert [(scan.status, scan.happened_at) for scan in parcel.events] == [
        (ShipmentStatus.INFO_RECEIVED, at(21, 14))
    ]
    assert parcel.items == (
        ShipmentItemFacts("9007199254740993001", 1),
        ShipmentItemFacts("9007199254740993002", 2),
    )
    assert not parcel.cancelled


@pytest.mark.parametrize("word", ["cancelled", "failure", "error"])
def test_a_fulfilment_that_came_to_nothing_is_cancelled(word: str) -> None:
    assert only(ShipmentFacts, "fulfillments/update", "fulfillment", status=word).cancelled


def test_several_tracking_numbers_are_several_parcels() -> None:
    body = fixture("shopify", "fulfillment") | {
        "tracking_numbers": ["A1", "B2", "A1", None, "C3"],
        "tracking_urls": ["https://carrier.example/A1", "javascript:alert(1)"],
    }
    facts = [f for f in parse("fulfillments/update", body).facts if isinstance(f, ShipmentFacts)]
    assert [(f.source_id, f.tracking_number, f.tracking_url) for f in facts] == [
        ("4400000000001", "A1", "https://carrier.example/A1"),
        ("4400000000001-2", "B2", ""),
        ("4400000000001-3", "C3", ""),
    ]
    assert [f.items is None for f in facts] == [False, True, True]


@pytest.mark.parametrize(("word", "meaning"), sorted(SHIPMENT.items()))
def test_every_word_for_a_parcels_progress(
    word: str, meaning: tuple[ShipmentStatus, SubStatus]
) -> None:
    parcel = only(ShipmentFacts, "fulfillments/update", "fulfillment", shipment_status=word)
    assert (parcel.status, parcel.sub_status) == meaning
    event = only(ShipmentFacts, "fulfillment_events/create", "fulfillment_event", status=word)
    assert [(scan.status, scan.sub_status) for scan in event.events] == [meaning]


def test_a_scan_of_a_parcel() -> None:
    parcel = only(ShipmentFacts, "fulfillment_events/create", "fulfillment_event")
    assert (parcel.source_id, parcel.order_id) == ("4400000000001", ORDER_ID)
    assert parcel.status is ShipmentStatus.OUT_FOR_DELIVERY
    (scan,) = parcel.events
    assert (scan.happened_at, scan.location, scan.source_id) == (at(23, 6, 30), "Berlin, DE", "71")
    assert scan.message == "The parcel is in the van"
    assert parcel.expected_until == at(23, 13)


def test_a_late_report_of_an_early_scan_stays_early() -> None:
    event = fixture("shopify", "fulfillment_event")
    late = {"happened_at": "2026-11-22T08:00:00Z", "created_at": "2026-11-25T08:00:00Z"}
    (parcel,) = parse("fulfillment_events/create", event | late).facts
    assert isinstance(parcel, ShipmentFacts)
    assert parcel.updated_at == at(22, 8)


def test_a_scan_with_an_unknown_word_is_not_used() -> None:
    body = fixture("shopify", "fulfillment_event") | {"status": "teleported"}
    assert "teleported" in parse("fulfillment_events/create", body).unused


def test_a_refund() -> None:
    refund = only(RefundFacts, "refunds/create", "refund")
    assert (refund.source_id, refund.order_id) == ("32", ORDER_ID)
    assert (refund.amount, refund.currency) == (1125, "EUR")
    assert (refund.note, refund.created_at) == ("One packet was torn", at(28, 8, 59, 30))


def test_a_refund_without_money_only_brought_goods_back() -> None:
    refund = only(RefundFacts, "refunds/create", "refund", transactions=[])
    assert refund.amount == 0


@pytest.mark.parametrize(
    ("topic", "word", "meaning"),
    [
        ("returns/request", "requested", ReturnStatus.REQUESTED),
        ("returns/approve", "open", ReturnStatus.REGISTERED),
        ("returns/reopen", None, ReturnStatus.REGISTERED),
        ("returns/decline", "declined", ReturnStatus.DECLINED),
        ("returns/cancel", "canceled", ReturnStatus.CANCELLED),
        ("returns/close", None, ReturnStatus.CLOSED),
    ],
)
def test_a_return(topic: str, word: str | None, meaning: ReturnStatus) -> None:
    found = only(ReturnFacts, topic, "return", status=word)
    assert (found.source_id, found.order_id, found.name) == ("51", ORDER_ID, "#1042-R1")
    assert found.status is meaning
    assert found.items == (ShipmentItemFacts("9007199254740993001", 1),)


def test_a_return_whose_order_is_not_named_is_not_used() -> None:
    assert parse("returns/update", {"admin_graphql_api_id": "gid://shopify/Return/51"}).unused
    assert parse("returns/process", {}).unused


@pytest.mark.parametrize("verb", ["create", "update", "enable", "disable"])
def test_a_customer(verb: str) -> None:
    customer = only(CustomerFacts, f"customers/{verb}", "customer")
    assert (customer.source_id, customer.email) == ("7001002003004", "ada@example.org")
    assert (customer.first_name, customer.last_name, customer.country) == ("Ada", "Lindqvist", "DE")
    mail, text = customer.consents
    assert (mail.channel, mail.granted, mail.pending, mail.double_opt_in) == (
        "email", True, False, True,
    )  # fmt: skip
    assert (text.channel, text.granted, text.pending, text.double_opt_in) == (
        "sms", False, False, False,
    )  # fmt: skip
    assert mail.changed_at == datetime(2026, 1, 5, 9, 2, tzinfo=UTC)
    assert mail.source == "shopify"


def test_a_deleted_customer() -> None:
    customer = only(CustomerFacts, "customers/delete", "customer")
    assert customer.deleted
    assert customer.source_id == "7001002003004"
    assert not customer.email


def test_permissions_arrive_by_themselves() -> None:
    mail = only(CustomerFacts, "customers_email_marketing_consent/update", "consent_email")
    text = only(CustomerFacts, "customers_marketing_consent/update", "consent_sms")
    assert (mail.source_id, mail.email) == ("7001002003004", "ada@example.org")
    assert [(c.channel, c.granted, c.pending) for c in mail.consents] == [("email", False, False)]
    assert (text.source_id, text.phone) == ("7001002003004", "+49301234567")
    assert [(c.channel, c.granted, c.pending) for c in text.consents] == [("sms", False, True)]


def test_never_asked_is_not_a_no() -> None:
    body = fixture("shopify", "consent_email")
    state = {"state": "not_subscribed", "opt_in_level": None, "consent_updated_at": None}
    silent = parse(
        "customers_email_marketing_consent/update", body | {"email_marketing_consent": state}
    )
    assert silent.unused
    state["consent_updated_at"] = "2026-11-20T08:00:00Z"
    (told,) = parse(
        "customers_email_marketing_consent/update", body | {"email_marketing_consent": state}
    ).facts
    assert isinstance(told, CustomerFacts)
    assert [consent.granted for consent in told.consents] == [False]


def test_privacy_requests_are_passed_on_with_their_deadline() -> None:
    access = only(PrivacyFacts, "customers/data_request", "data_request")
    assert (access.kind, access.request_id, access.due_days) == ("access", "9999", 30)
    assert access.order_ids == (ORDER_ID,)
    assert access.customer is not None
    assert access.customer.email == "ada@example.org"
    (erase,) = parse("customers/redact", {"customer": {"id": 7}, "orders_to_redact": [1, 2]}).facts
    (shop,) = parse("shop/redact", {}).facts
    assert isinstance(erase, PrivacyFacts)
    assert isinstance(shop, PrivacyFacts)
    assert (erase.kind, erase.order_ids) == ("erase", ("1", "2"))
    assert (shop.kind, shop.customer) == ("erase_shop", None)


def test_a_product_with_prices_only_where_they_are_sure() -> None:
    product = only(ProductFacts, "products/update", "product")
    assert (product.title, product.product_type, product.active) == (
        "Stoneware teapot",
        "Pots",
        True,
    )
    assert product.image_url == "https://cdn.example/teapot.jpg"
    assert [(v.source_id, v.price, v.stock) for v in product.variants or ()] == [
        ("6601", 4990, 12),
        ("6602", None, -1),
    ]
    assert not only(ProductFacts, "products/update", "product", status="archived").active
    assert only(ProductFacts, "products/delete", "product").deleted


def test_stock_carts_and_checkouts() -> None:
    stock = only(StockFacts, "inventory_levels/update", "stock")
    assert (stock.inventory_item_id, stock.available) == ("8801", 3)
    checkout = only(CartFacts, "checkouts/update", "checkout")
    assert (checkout.source_id, checkout.email, checkout.total) == (
        "2200000000001",
        "ada@example.org",
        5480,
    )
    assert checkout.recover_url == "https://lark.example/recover/t0k3n"
    assert not checkout.completed
    done = only(CartFacts, "checkouts/update", "checkout", completed_at="2026-11-21T09:59:58Z")
    assert done.completed
    assert only(CartFacts, "checkouts/delete", "checkout").deleted
    cart = only(CartFacts, "carts/update", "cart")
    assert (cart.source_id, cart.currency, cart.total) == ("c4rt", "EUR", 8980)
    assert [(line.quantity, line.unit_price, line.total) for line in cart.lines] == [
        (2, 4490, 8980)
    ]


def test_uninstalling_ends_everything() -> None:
    removed = only(ShopRemoved, "app/uninstalled", "uninstalled")
    assert removed.at == at(21, 19)


@pytest.mark.parametrize(
    "topic", ["themes/update", "metaobjects/create", "customer.tags_added", "brand/new_thing", ""]
)
def test_other_topics_are_known_and_not_used(topic: str) -> None:
    parsed = parse(topic, {"id": 1})
    assert parsed.facts == ()
    assert parsed.unused.endswith(".")


@pytest.mark.parametrize("topic", sorted(TRANSLATIONS))
def test_an_empty_body_never_raises(topic: str) -> None:
    parsed = parse(topic, {})
    assert bool(parsed.facts) != bool(parsed.unused)


@pytest.mark.parametrize("topic", sorted(TRANSLATIONS))
def test_fields_of_a_version_to_come_are_passed_over(topic: str) -> None:
    body = fixture("shopify", "order_created") | {"order_id": 1, "brand_new": {"a": [1]}, "id": 7}
    parsed = parse(topic, body)
    assert bool(parsed.facts) != bool(parsed.unused)
