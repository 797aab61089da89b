"""Shopify's signatures and how its webhooks are filed (R-23)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shopbell.connections.ports import RawRequest
from shopbell.connectors.shops.shopify.settings import ShopifySettings
from shopbell.connectors.shops.shopify.shop import Shopify
from shopbell.kit.errors import BadSignature, Invalid
from tests.connectors.shops.ground import account, fixture, flipped, hmac_base64, request

SHOP = Shopify()
SETTINGS = ShopifySettings(
    domain="lark.myshopify.com",
    webhook_secret=SecretStr("new secret"),
    previous_webhook_secret=SecretStr("old secret"),
)
ACCOUNT = account("shopify", SETTINGS)
BODY = json.dumps(fixture("shopify", "order_created")).encode()


def signed(body: bytes = BODY, *, secret: str = "new secret", **headers: str) -> RawRequest:
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return request(
        body,
        {
            "X-Shopify-Hmac-Sha256": hmac_base64(secret, body),
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Shop-Domain": "lark.myshopify.com",
            "X-Shopify-Event-Id": "ev-1",
            "X-Shopify-Webhook-Id": "wh-1",
            "X-Shopify-Triggered-At": "2026-11-21T09:00:01.123456789Z",
            **told,
        },
    )


@pytest.mark.parametrize("secret", ["new secret", "old secret"])
def test_both_secrets_are_valid_during_a_rotation(secret: str) -> None:
    SHOP.verify(signed(secret=secret), ACCOUNT)


@pytest.mark.parametrize("secret", ["", "new secret ", "another", "NEW SECRET"])
def test_a_wrong_secret_is_refused(secret: str) -> None:
    with pytest.raises(BadSignature):
        SHOP.verify(signed(secret=secret), ACCOUNT)


def test_the_old_secret_ends_with_the_rotation() -> None:
    settings = SETTINGS.model_copy(update={"previous_webhook_secret": None})
    with pytest.raises(BadSignature):
        SHOP.verify(signed(secret="old secret"), account("shopify", settings))


def test_every_flipped_byte_of_the_body_is_refused() -> None:
    good = hmac_base64("new secret", BODY)
    tampered = list(flipped(BODY))
    for body in tampered:
        with pytest.raises(BadSignature):
            SHOP.verify(signed(body, x_shopify_hmac_sha256=good), ACCOUNT)
    assert len(tampered) >= 200


def test_every_flipped_byte_of_the_header_is_refused() -> None:
    good = hmac_base64("new secret", BODY).encode()
    for header in flipped(good):
        with pytest.raises(BadSignature):
            SHOP.verify(signed(x_shopify_hmac_sha256=header.decode("latin-1")), ACCOUNT)


@pytest.mark.parametrize(
    "shape", ["", " {0}", "{0} ", "{0},{0}", "{0}, {0}", "sha256={0}", "é", "\ud800"]
)
def test_a_missing_or_double_or_dressed_up_header_is_refused(shape: str) -> None:
    header = shape.format(hmac_base64("new secret", BODY))
    with pytest.raises(BadSignature):
        SHOP.verify(signed(x_shopify_hmac_sha256=header), ACCOUNT)


def test_no_header_at_all_is_refused() -> None:
    with pytest.raises(BadSignature):
        SHOP.verify(request(BODY, {}), ACCOUNT)


def test_the_same_json_written_differently_is_refused() -> None:
    good = hmac_base64("new secret", BODY)
    for body in (json.dumps(json.loads(BODY), indent=1).encode(), BODY + b"\n", b""):
        with pytest.raises(BadSignature):
            SHOP.verify(signed(body, x_shopify_hmac_sha256=good), ACCOUNT)


def test_a_webhook_of_another_shop_is_refused_even_if_signed() -> None:
    with pytest.raises(BadSignature, match="another shop"):
        SHOP.verify(signed(x_shopify_shop_domain="thief.myshopify.com"), ACCOUNT)
    SHOP.verify(signed(x_shopify_shop_domain="LARK.myshopify.com"), ACCOUNT)
    SHOP.verify(signed(x_shopify_shop_domain=""), ACCOUNT)


def test_a_webhook_is_filed_under_topic_and_event() -> None:
    (filed,) = SHOP.identify(signed(), ACCOUNT)
    assert (filed.provider_id, filed.topic) == ("orders/create:ev-1", "orders/create")
    assert filed.sort_at == datetime(2026, 11, 21, 9, 0, 1, 123456, tzinfo=UTC)


def test_a_duplicate_through_another_subscription_has_the_same_key() -> None:
    (first,) = SHOP.identify(signed(), ACCOUNT)
    (second,) = SHOP.identify(signed(x_shopify_webhook_id="wh-2"), ACCOUNT)
    (other,) = SHOP.identify(signed(x_shopify_topic="orders/paid"), ACCOUNT)
    assert first.provider_id == second.provider_id != other.provider_id


def test_without_an_event_id_the_webhook_id_and_then_the_body_is_the_key() -> None:
    (by_webhook,) = SHOP.identify(signed(x_shopify_event_id=""), ACCOUNT)
    assert by_webhook.provider_id == "orders/create:wh-1"
    nothing = {"x_shopify_event_id": "", "x_shopify_webhook_id": "", "x_shopify_triggered_at": "?"}
    (by_body,) = SHOP.identify(signed(BODY, **nothing), ACCOUNT)
    (again,) = SHOP.identify(signed(BODY, **nothing), ACCOUNT)
    (other,) = SHOP.identify(signed(b"{}", **nothing), ACCOUNT)
    assert by_body.provider_id == again.provider_id != other.provider_id
    assert by_body.sort_at is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'"x"', b"\xff", b"{'a': 1}", b"NaN", b"[" * 5000]
)
def test_what_is_no_json_object_can_never_be_understood(body: bytes) -> None:
    with pytest.raises(Invalid):
        SHOP.identify(signed(body), ACCOUNT)
    with pytest.raises(Invalid):
        SHOP.parse("orders/create", body, ACCOUNT)


def test_json_that_postgresql_would_refuse_is_accepted_and_mended() -> None:
    body = (
        b'\xef\xbb\xbf{"id": 1, "name": "#1\\ud800\\u0000", "big": 1e999, "n": 99999999999999999}'
    )
    (filed,) = SHOP.identify(signed(body), ACCOUNT)
    assert filed.topic == "orders/create"
    (order,) = SHOP.parse("orders/create", body, ACCOUNT).facts
    assert "\0" not in repr(order)
    json.dumps(getattr(order, "raw", None), allow_nan=False, ensure_ascii=False).encode()


def test_a_bomb_of_nested_lists_is_refused() -> None:
    body = b'{"id": 1, "x": ' + b"[" * 900 + b"]" * 900 + b"}"
    with pytest.raises(Invalid, match="nested"):
        SHOP.parse("orders/create", body, ACCOUNT)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("lark.myshopify.com", "lark.myshopify.com"),
        ("https://Lark.myshopify.com/admin", "lark.myshopify.com"),
    ],
)
def test_the_domain_may_be_pasted_from_the_browser(given: str, kept: str) -> None:
    settings = ShopifySettings(domain=given, webhook_secret=SecretStr("x"))
    assert settings.domain == kept
    assert settings.endpoint == "https://lark.myshopify.com/admin/api/2026-01"


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "not a domain"},
        {"domain": ""},
        {"webhook_secret": ""},
        {"previous_webhook_secret": ""},
        {"api_version": "newest"},
        {"token": "x"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ShopifySettings.model_validate(
            {"domain": "lark.myshopify.com", "webhook_secret": "x", **wrong}
        )


def test_every_setting_explains_itself_and_secrets_do_not_show() -> None:
    assert all(field.description for field in ShopifySettings.model_fields.values())
    assert "new secret" not in repr(SETTINGS)
