"""EasyPost: its NFKD-normalised signature, its words in ours, and asking for one parcel."""

import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest

from shopbell.connectors.carriers.easypost import CONNECTOR
from shopbell.connectors.carriers.easypost.connector import shipment
from shopbell.kit.errors import BadSignature, Permanent, Unsupported
from shopbell.orders.ports import ShipmentStatus, SubStatus

SECRET = "sécret ﬁne"


def sign(body: bytes, secret: str = SECRET) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def test_a_genuine_webhook_is_accepted(connect: Any, post: Any, recorded: Any) -> None:
    body = recorded("easypost", "delivered")
    account = connect(CONNECTOR, webhook_secret="new", previous_webhook_secret=SECRET)
    CONNECTOR.verify(post(body, x_hmac_signature=sign(body)), account)
    CONNECTOR.verify(post(body, x_hmac_signature=sign(body, "new")), account)


def test_every_tampering_is_refused(connect: Any, post: Any, recorded: Any) -> None:
    body = recorded("easypost", "delivered")
    account = connect(CONNECTOR, webhook_secret=SECRET)
    plain = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    for content, signature in [
        (body + b" ", sign(body)),
        (body.replace(b"delivered", b"failure  "), sign(body)),
        (body, sign(body, "another")),
        (body, sign(body).removeprefix("hmac-sha256-hex=")),
        (body, "hmac-sha256-hex=" + plain),
        (body, "hmac-sha256-hex="),
        (body, "hmac-sha256-hex=é"),
        (body, ""),
    ]:
        with pytest.raises(BadSignature):
            CONNECTOR.verify(post(content, x_hmac_signature=signature), account)
    with pytest.raises(BadSignature):
        CONNECTOR.verify(post(body), account)


def test_it_is_filed_under_the_event_id(connect: Any, post: Any, recorded: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    filed = CONNECTOR.identify(post(recorded("easypost", "delivered")), account)[0]
    assert (filed.provider_id, filed.topic) == ("evt_0000000000000001", "tracker.updated")
    assert filed.sort_at == datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_the_tracker_is_translated(connect: Any, recorded: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    fact: Any = CONNECTOR.parse("", recorded("easypost", "delivered"), account).facts[0]
    assert (fact.status, fact.sub_status) == (ShipmentStatus.DELIVERED, SubStatus.SIGNED)
    assert fact.carrier == "USPS"
    assert fact.events[2].sub_status is SubStatus.WEATHER
    assert fact.events[3].location == "HERNANDO, FL, US"
    assert fact.expected_until == datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert fact.updated_at == datetime(2026, 11, 21, 11, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("failure", "refused", (ShipmentStatus.EXCEPTION, SubStatus.REFUSED)),
        ("failure", "delivery_exception", (ShipmentStatus.ATTEMPT_FAIL, SubStatus.NONE)),
        ("return_to_sender", "return", (ShipmentStatus.EXCEPTION, SubStatus.RETURNING)),
        ("in_transit", "missorted", (ShipmentStatus.IN_TRANSIT, SubStatus.DELAYED)),
        ("unknown", "expired", (ShipmentStatus.EXPIRED, SubStatus.NONE)),
        (
            "available_for_pickup",
            "brand_new",
            (ShipmentStatus.AVAILABLE_FOR_PICKUP, SubStatus.NONE),
        ),
        ("out for delivery", "", (ShipmentStatus.OUT_FOR_DELIVERY, SubStatus.NONE)),
    ],
)
def test_status_and_detail_together_say_what_happened(
    status: str, detail: str, expected: tuple[ShipmentStatus, SubStatus]
) -> None:
    fact = shipment({"tracking_code": "1", "status": status, "status_detail": detail})
    assert fact is not None
    assert (fact.status, fact.sub_status) == expected


def test_events_about_other_things_are_recorded_as_not_used(connect: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    body = b'{"description": "batch.updated", "result": {"object": "Batch", "id": "batch_1"}}'
    assert "Batch" in CONNECTOR.parse("batch.updated", body, account).unused


def test_any_one_field_may_be_missing_or_strange(connect: Any, recorded: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    whole = json.loads(recorded("easypost", "delivered"))
    strange: list[Any] = [None, 5, "x", [], {}, [None, {"status": 1, "tracking_location": "x"}]]
    for key in whole["result"]:
        for value in strange:
            body = json.dumps(whole | {"result": whole["result"] | {key: value}}).encode()
            assert CONNECTOR.parse("", body, account) is not None
    assert CONNECTOR.parse("", b"[]", account).unused


def test_a_parcel_is_asked_for_by_its_number(api: Any, connect: Any, recorded: Any) -> None:
    tracker = json.loads(recorded("easypost", "delivered"))["result"]
    api.answers["GET /trackers"] = (200, {"trackers": [tracker], "has_more": False})
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="EZAK1", api_base=api.url)
    assert CONNECTOR.track(account, "9400109104250532908587", "usps").carrier == "USPS"
    assert api.asked[0]["headers"]["authorization"].startswith("Basic ")


def test_an_unknown_number_is_handed_over(api: Any, connect: Any) -> None:
    api.answers["GET /trackers"] = (200, {"trackers": []})
    api.answers["POST /trackers"] = (
        201,
        {"object": "Tracker", "tracking_code": "X1", "status": "unknown"},
    )
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="EZAK1", api_base=api.url)
    assert CONNECTOR.track(account, "X1", "").status is ShipmentStatus.PENDING


def test_refusals_have_their_own_errors(api: Any, connect: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="EZAK1", api_base=api.url)
    api.answers["GET /trackers"] = (401, {"error": {"code": "APIKEY.INACTIVE"}})
    with pytest.raises(Permanent):
        CONNECTOR.track(account, "X1", "")
    assert not CONNECTOR.check(account).ok
    api.answers["GET /trackers"] = (200, {"trackers": []})
    assert CONNECTOR.check(account).ok
    with pytest.raises(Unsupported):
        CONNECTOR.track(connect(CONNECTOR, webhook_secret=SECRET), "X1", "")
