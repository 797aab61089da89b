"""The open carrier webhook: signatures, every shape of body, and what it cannot do."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from shopbell.connectors import signatures
from shopbell.connectors.carriers.generic import CONNECTOR
from shopbell.kit import clock
from shopbell.kit.errors import BadSignature, Unsupported
from shopbell.orders.ports import ShipmentFacts, ShipmentStatus, SubStatus

SECRET = "a secret of the warehouse"
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def signed(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    stamp = int(at.timestamp())
    return {
        "webhook_id": "msg_1",
        "webhook_timestamp": str(stamp),
        "webhook_signature": signatures.sign_standard(secret, "msg_1", stamp, body),
    }


def parse(connect: Any, value: Any) -> Any:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return CONNECTOR.parse("tracking", body, account)


def test_a_genuine_message_is_accepted_and_filed_by_its_id(connect: Any, post: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    request = post(b'{"tracking_number": "1"}', **signed(b'{"tracking_number": "1"}'))
    with clock.at(NOW):
        CONNECTOR.verify(request, account)
    filed = CONNECTOR.identify(request, account)[0]
    assert (filed.provider_id, filed.sort_at) == ("msg_1", NOW)


def test_both_secrets_are_valid_during_a_rotation(connect: Any, post: Any) -> None:
    account = connect(CONNECTOR, webhook_secret="b" * 20, previous_webhook_secret=SECRET)
    with clock.at(NOW):
        CONNECTOR.verify(post(b"{}", **signed(b"{}")), account)
        CONNECTOR.verify(post(b"{}", **signed(b"{}", secret="b" * 20)), account)


def test_every_tampering_is_refused(connect: Any, post: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    body = b'{"tracking_number":"1"}'
    good = signed(body)
    forged = [
        (body + b" ", good),
        (body, signed(body, secret="another secret of sb else")),
        (body, good | {"webhook_id": "msg_2"}),
        (body, good | {"webhook_id": ""}),
        (body, good | {"webhook_timestamp": str(int(NOW.timestamp()) + 1)}),
        (body, good | {"webhook_timestamp": "now"}),
        (body, good | {"webhook_timestamp": "9" * 400}),
        (body, good | {"webhook_signature": good["webhook_signature"].replace("v1,", "v2,")}),
        (body, good | {"webhook_signature": good["webhook_signature"][3:]}),
        (body, good | {"webhook_signature": "v1,é☃"}),
        (body, good | {"webhook_signature": ""}),
        (body, {}),
    ]
    for content, headers in forged:
        with clock.at(NOW), pytest.raises(BadSignature):
            CONNECTOR.verify(post(content, **headers), account)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_early_message_is_refused(connect: Any, post: Any, minutes: int) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    request = post(b"{}", **signed(b"{}", at=NOW + timedelta(minutes=minutes)))
    with clock.at(NOW), pytest.raises(BadSignature):
        CONNECTOR.verify(request, account)


def test_several_signatures_are_fine_if_one_is_right(connect: Any, post: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    headers = signed(b"{}")
    headers["webhook_signature"] = "v1a,xx v1,AAAA " + headers["webhook_signature"]
    with clock.at(NOW):
        CONNECTOR.verify(post(b"{}", **headers), account)


def test_a_parcel_is_read_with_its_history(connect: Any, recorded: Any) -> None:
    fact = parse(connect, recorded("generic", "out_for_delivery")).facts[0]
    assert isinstance(fact, ShipmentFacts)
    assert fact.carrier == "DHL"
    assert fact.status is ShipmentStatus.OUT_FOR_DELIVERY
    assert [event.status.value for event in fact.events] == [
        "info_received",
        "in_transit",
        "out_for_delivery",
    ]
    assert fact.events[0].source_id == "e1"
    assert fact.updated_at == datetime(2026, 11, 21, 6, 42, tzinfo=UTC)
    assert fact.expected_from == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert fact.expected_until == datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert "00340434161094042557" in fact.tracking_url


def test_the_newest_scan_counts_when_no_status_is_told(connect: Any) -> None:
    events = [
        {"status": "delivered", "happened_at": "2026-11-21T10:00:00Z"},
        {"status": "in_transit", "happened_at": "2026-11-20T10:00:00Z"},
    ]
    fact = parse(connect, {"tracking_number": "X1", "events": events}).facts[0]
    assert fact.status is ShipmentStatus.DELIVERED


def test_a_message_in_words_is_understood(connect: Any) -> None:
    fact = parse(connect, {"tracking_number": "X1", "message": "Empfänger nicht angetroffen"})
    assert fact.facts[0].status is ShipmentStatus.ATTEMPT_FAIL
    assert fact.facts[0].sub_status is SubStatus.NOBODY_HOME


def test_a_list_gives_one_fact_a_parcel(connect: Any) -> None:
    value = [{"tracking_number": "A1"}, {"nothing": 1}, {"tracking_number": "A2"}, "x"]
    assert [fact.tracking_number for fact in parse(connect, value).facts] == ["A1", "A2"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"tracking_number": None},
        {"tracking_number": {"a": 1}},
        {"events": "x"},
    ],
)
def test_without_a_number_it_is_recorded_as_not_used(connect: Any, value: Any) -> None:
    parsed = parse(connect, value)
    assert not parsed.facts
    assert parsed.unused


@pytest.mark.parametrize(
    "extra",
    [
        {"status": None, "events": [None, 1, {}, {"status": 5}]},
        {"status": ["x"], "sub_status": "new_word", "happened_at": "yesterday"},
        {"happened_at": 10**30, "expected_from": "0000-00-00", "events": {}},
        {"status": "delivered", "happened_at": "1600-01-01T00:00:00Z"},
        {"message": "\x00\ud800" * 5, "location": "x" * 10_000, "carrier": 5},
        {"events": [{"status": "in_transit", "happened_at": "2026-11-21T10:00:00Z"}] * 5_000},
    ],
)
def test_strange_fields_never_raise(connect: Any, extra: dict[str, Any]) -> None:
    fact = parse(connect, {"tracking_number": "X1", **extra}).facts[0]
    assert fact.tracking_number == "X1"
    assert len(fact.events) <= 500


def test_it_cannot_be_asked_and_says_where_to_post(connect: Any) -> None:
    account = connect(CONNECTOR, webhook_secret=SECRET)
    with pytest.raises(Unsupported):
        CONNECTOR.track(account, "X1", "dhl")
    assert "/hooks/generic_carrier/lark/main" in CONNECTOR.check(account).hint


def test_a_short_secret_is_not_accepted(connect: Any) -> None:
    with pytest.raises(ValidationError):
        connect(CONNECTOR, webhook_secret="short")
