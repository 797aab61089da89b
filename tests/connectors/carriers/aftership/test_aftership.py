"""AfterShip: the signature on raw bytes, its words in ours, and asking for one parcel."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shopbell.connectors.carriers.aftership import CONNECTOR
from shopbell.connectors.carriers.aftership.connector import shipment
from shopbell.kit.errors import BadSignature, Permanent, Temporary, Unsupported
from shopbell.orders.ports import ShipmentStatus, SubStatus

SECRET = "a webhook secret"


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_a_genuine_webhook_is_accepted(connect: Any, post: Any, recorded: Any) -> None:
    body = recorded("aftership", "exception")
    account = connect(CONNECTOR, webhook_secret="new", previous_webhook_secret=SECRET)
    CONNECTOR.verify(post(body, aftership_hmac_sha256=sign(body)), account)
    CONNECTOR.verify(post(body, aftership_hmac_sha256=sign(body, "new")), account)


def test_every_tampering_is_refused(connect: Any, post: Any, recorded: Any) -> None:
    body = recorded("aftership", "exception")
    account = connect(CONNECTOR, webhook_secret=SECRET)
    reserialised = json.dumps(json.loads(body)).encode()
    for content, signature in [
        (body + b"\n", sign(body)),
        (reserialised, sign(body)),
        (body, sign(body, "another")),
        (body, sign(body)[:-2]),
        (body, sign(body, "")),
        (body, "é"),
        (body, ""),
    ]:
        with pytest.raises(BadSignature):
            CONNECTOR.verify(post(content, aftership_hmac_sha256=signature), account)
    with pytest.raises(BadSignature):
        CONNECTOR.verify(post(body), account)


def test_it_is_filed_under_the_event_id(connect: Any, post: Any, recorded: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    filed = CONNECTOR.identify(post(recorded("aftership", "exception")), account)[0]
    assert filed.provider_id == "3f1c6a2e-0000-4000-8000-00000000a001"
    assert filed.topic == "tracking_update"
    assert filed.sort_at == datetime.fromtimestamp(1795244400, UTC)


def test_without_an_event_id_the_same_bytes_are_the_same_message(connect: Any, post: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    ids = {CONNECTOR.identify(post(b'{"a":1}'), account)[0].provider_id for _ in range(2)}
    assert len(ids) == 1


def test_the_tracking_is_translated(connect: Any, recorded: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    fact: Any = CONNECTOR.parse("", recorded("aftership", "exception"), account).facts[0]
    assert (fact.status, fact.sub_status) == (ShipmentStatus.EXCEPTION, SubStatus.WRONG_ADDRESS)
    assert fact.carrier == "DHL"
    assert [event.status.value for event in fact.events] == [
        "info_received",
        "in_transit",
        "exception",
    ]
    assert fact.events[1].location == "Leipzig, Germany"
    assert fact.expected_from == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert fact.expected_until == datetime(2026, 11, 24, 20, tzinfo=UTC)


def test_an_unknown_tag_falls_back_to_its_words() -> None:
    fact = shipment(
        {"tracking_number": "1", "tag": "Teleported", "subtag_message": "Out for delivery"}
    )
    assert fact is not None
    assert fact.status is ShipmentStatus.OUT_FOR_DELIVERY


def test_a_new_subtag_keeps_the_status_of_its_tag() -> None:
    fact = shipment({"tracking_number": "1", "tag": "Exception", "subtag": "Exception_099"})
    assert fact is not None
    assert (fact.status, fact.sub_status) == (ShipmentStatus.EXCEPTION, SubStatus.NONE)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"msg": null}', b'{"msg": {"checkpoints": 5}}'])
def test_missing_fields_never_raise(connect: Any, body: bytes) -> None:
    assert CONNECTOR.parse("", body, connect(CONNECTOR, webhook_secret=SECRET)).unused


def test_any_one_field_may_be_missing_or_strange(connect: Any, recorded: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    whole = json.loads(recorded("aftership", "exception"))
    strange: list[Any] = [None, 5, "x", [], {}, [None, {"tag": 1}]]
    for key in whole["msg"]:
        for value in strange:
            body = json.dumps(whole | {"msg": whole["msg"] | {key: value}}).encode()
            assert CONNECTOR.parse("", body, account) is not None


def test_a_parcel_is_asked_for_by_its_number(api: Any, connect: Any, recorded: Any) -> None:
    tracking = json.loads(recorded("aftership", "exception"))["msg"]
    other = tracking | {"slug": "gls"}
    api.answers["GET /trackings"] = (200, {"data": {"trackings": [other, tracking]}})
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="key-1", api_base=api.url)
    fact = CONNECTOR.track(account, "00340434161094042557", "dhl")
    assert fact.carrier == "DHL"
    assert api.asked[0]["headers"]["as-api-key"] == "key-1"
    assert "00340434161094042557" in api.asked[0]["query"]


@pytest.mark.parametrize("nested", [True, False])
def test_an_unknown_number_is_handed_over(api: Any, connect: Any, nested: bool) -> None:
    tracking = {"tracking_number": "X1", "slug": "dhl-germany", "tag": "Pending"}
    api.answers["GET /trackings"] = (200, {"data": {"trackings": []}})
    api.answers["POST /trackings"] = (
        201,
        {"data": {"tracking": tracking} if nested else tracking},
    )
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="k", api_base=api.url)
    assert CONNECTOR.track(account, "X1", "dhl").status is ShipmentStatus.PENDING
    assert json.loads(api.asked[1]["body"]) == {"tracking_number": "X1", "slug": "dhl-germany"}


def test_an_unknown_number_stays_unknown_if_handing_over_is_off(api: Any, connect: Any) -> None:
    api.answers["GET /trackings"] = (200, {"data": {"trackings": []}})
    account = connect(
        CONNECTOR, webhook_secret=SECRET, api_key="k", api_base=api.url, register_numbers=False
    )
    with pytest.raises(Permanent):
        CONNECTOR.track(account, "X1", "dhl")
    assert len(api.asked) == 1


def test_a_busy_provider_is_temporary_and_html_is_not_taken_for_an_answer(
    api: Any, connect: Any
) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="k", api_base=api.url)
    for answer in [(429, {}), (503, {}), (200, b"<html>maintenance</html>")]:
        api.answers["GET /trackings"] = answer
        with pytest.raises(Temporary):
            CONNECTOR.track(account, "X1", "")


def test_the_check_tells_a_good_key_from_a_bad_one(api: Any, connect: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET, api_key="k", api_base=api.url)
    api.answers["GET /trackings"] = (401, {})
    assert not CONNECTOR.check(account).ok
    api.answers["GET /trackings"] = (200, {"data": {"trackings": []}})
    assert CONNECTOR.check(account).ok


def test_without_a_key_it_only_receives(connect: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    assert CONNECTOR.check(account).ok
    with pytest.raises(Unsupported):
        CONNECTOR.track(account, "X1", "")
