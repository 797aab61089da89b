"""What the gate lets out, and what it says when it does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.consent.actions import lift_suppression, record_consent, suppress_address
from shopbell.consent.models import Suppression
from shopbell.consent.purposes import PURPOSES
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.models import Message
from shopbell.orders.models import Order, Shipment
from tests.messaging.ground import KIND, add_sandbox_sms
from tests.support.shop import add_smtp, make_store

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.fixture
def store(db: None) -> Store:
    made = make_store(timezone="Europe/Berlin")
    add_smtp(made, 2525)
    add_sandbox_sms(made)
    return made


def _ask(store: Store, *, at: datetime = NOON, **fields: Any) -> Verdict:
    values: dict[str, Any] = {
        "kind": KIND,
        "purpose": "order_updates",
        "media": ["email"],
        "ignore_quiet": True,
        **fields,
    }
    with clock.at(at), store_scope(store.pk):
        if "customer" not in values:
            values["customer"], _ = Customer.objects.get_or_create(
                email="mara@shop.example", phone="+4915112345678"
            )
        return decide(store, [Message(**values)])[0]


def _block(store: Store, address: str = "mara@shop.example", **fields: Any) -> Suppression:
    values: dict[str, Any] = {"medium": "email", "reason": "unsubscribed", **fields}
    with store_scope(store.pk):
        return suppress_address(store=store, address=address, **values)


def test_a_message_goes_to_the_address_of_the_order_before_that_of_the_card(store: Store) -> None:
    with store_scope(store.pk):
        order = Order.objects.create(source="x", source_id="1", email="order@shop.example")
    assert _ask(store, order=order).route.address == "order@shop.example"  # type: ignore[union-attr]
    assert _ask(store).route.address == "mara@shop.example"  # type: ignore[union-attr]


def test_who_unsubscribed_from_updates_still_learns_of_money(store: Store) -> None:
    _block(store, scope="order_updates")
    blocked = _ask(store)
    assert (blocked.answer, blocked.reason) == (Answer.SUPPRESS, "unsubscribed")
    assert "delivery updates only" in blocked.text
    assert _ask(store, purpose="order_essentials").answer == Answer.SEND


def test_a_block_of_everything_is_for_every_purpose_and_can_be_lifted(store: Store) -> None:
    block = _block(store, address="MARA@shop.example ", scope="*", reason="hard_bounce")
    for purpose in PURPOSES:
        assert _ask(store, purpose=purpose, media=["email"]).answer != Answer.SEND, purpose
    with store_scope(store.pk):
        lift_suppression(suppression=block)
    assert _ask(store).answer == Answer.SEND


def test_a_block_is_for_one_channel_and_the_next_is_taken(store: Store) -> None:
    _block(store, scope="*", reason="hard_bounce")
    verdict = _ask(store, media=["email", "sms"])
    assert verdict.answer == Answer.SEND
    assert verdict.route is not None
    assert verdict.route.medium == "sms"
    assert verdict.text.endswith("So it goes by SMS.")


def test_a_block_in_one_store_is_none_in_another(store: Store) -> None:
    _block(store, scope="*")
    other = make_store("wren")
    add_smtp(other, 2525)
    assert _ask(other).answer == Answer.SEND


def test_marketing_needs_a_permission_and_loses_it_at_once(store: Store) -> None:
    with store_scope(store.pk):
        mara = Customer.objects.create(email="mara@shop.example")
    asked: dict[str, Any] = {"purpose": "marketing", "customer": mara}
    assert _ask(store, **asked).reason == "no_consent"
    for action, answer in (("granted", Answer.SEND), ("withdrawn", Answer.SKIP)):
        with store_scope(store.pk):
            record_consent(
                customer=mara, purpose="marketing", channel="email", action=action, source="test"
            )
        assert _ask(store, **asked).answer == answer
    assert _ask(store, purpose="marketing", customer=None).answer == Answer.SKIP


def test_a_purpose_nobody_knows_is_held(store: Store) -> None:
    assert _ask(store, purpose="whim").reason == "no_purpose"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"media": []}, "no_channel"),
        ({"media": ["whatsapp"]}, "no_inbox"),
        ({"customer": None}, "no_address"),
    ],
)
def test_without_a_way_it_says_which_is_missing(
    store: Store, fields: dict[str, Any], reason: str
) -> None:
    verdict = _ask(store, **fields)
    assert (verdict.answer, verdict.reason) == (Answer.SKIP, reason)
    assert verdict.text.endswith(".")


def test_what_comes_too_late_is_not_sent(store: Store) -> None:
    assert _ask(store, not_after=NOON - timedelta(seconds=1)).answer == Answer.EXPIRE
    assert _ask(store, not_after=NOON + timedelta(seconds=1)).answer == Answer.SEND
    night = datetime(2026, 11, 23, 22, tzinfo=UTC)
    waits = _ask(store, at=night, ignore_quiet=False, not_after=night + timedelta(hours=12))
    assert waits.answer == Answer.WAIT
    assert waits.text == "Quiet hours in Berlin until 08:00."
    late = _ask(store, at=night, ignore_quiet=False, not_after=night + timedelta(hours=2))
    assert late.answer == Answer.EXPIRE


def test_a_paused_store_holds_everything_but_tests(store: Store) -> None:
    store.sends_paused = True
    assert _ask(store).reason == "store_paused"
    test = _ask(store, origin="test", to_address="me@shop.example")
    assert test.answer == Answer.SEND


def test_a_test_goes_to_its_own_address_and_minds_blocks(store: Store) -> None:
    test: dict[str, Any] = {"origin": "test", "to_address": "me@shop.example"}
    assert _ask(store, **test).route.address == "me@shop.example"  # type: ignore[union-attr]
    _block(store, address="me@shop.example", scope="*")
    assert _ask(store, **test).answer == Answer.SUPPRESS


def _parcel(store: Store, **fields: Any) -> tuple[Order, Shipment]:
    with store_scope(store.pk):
        order = Order.objects.create(source="x", source_id="1", email="mara@shop.example")
        parcel = Shipment.objects.create(
            source="x", source_id="1", order=order, status=fields.pop("status", "in_transit"),
            **fields,
        )  # fmt: skip
    return order, parcel


AFTER_RETURN = ("in_transit", "out_for_delivery", "delivered", "delayed", "ready_for_pickup")


@pytest.mark.parametrize("kind", AFTER_RETURN)
def test_a_parcel_on_its_way_back_is_not_announced_any_more(store: Store, kind: str) -> None:
    order, parcel = _parcel(store, returning=True)
    verdict = _ask(store, kind=kind, order=order, shipment=parcel)
    assert (verdict.answer, verdict.reason) == (Answer.SKIP, "returning")
    problem = _ask(store, kind="exception", order=order, shipment=parcel)
    assert problem.answer == Answer.SEND


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        ("delivered", "out_for_delivery", "delivered"),
        ("delivered", "delayed", "delivered"),
        ("delivered", "pickup_reminder", "delivered"),
        ("delivered", "delivered", ""),
        ("in_transit", "pickup_reminder", "collected"),
        ("available_for_pickup", "pickup_reminder", ""),
    ],
)
def test_news_that_was_overtaken_is_not_told(
    store: Store, status: str, kind: str, reason: str
) -> None:
    order, parcel = _parcel(store, status=status)
    verdict = _ask(store, kind=kind, order=order, shipment=parcel)
    assert verdict.reason == reason
    assert (verdict.answer == Answer.SEND) == (reason == "")


def test_a_cancelled_order_is_told_of_money_and_nothing_else(store: Store) -> None:
    with store_scope(store.pk):
        order = Order.objects.create(
            source="x", source_id="1", email="mara@shop.example", status="cancelled"
        )
    for kind in ("order_confirmed", "dispatched", "order_edited", "payment_problem"):
        verdict = _ask(store, kind=kind, order=order)
        assert (verdict.answer, verdict.reason) == (Answer.SKIP, "order_cancelled"), kind
    for kind in ("order_cancelled", "refunded"):
        assert _ask(store, kind=kind, order=order).answer == Answer.SEND
    again = _ask(store, kind="order_confirmed", order=order, origin="resend")
    assert again.answer == Answer.SEND  # a person asked for it


def test_the_customers_own_night_counts(store: Store) -> None:
    with store_scope(store.pk):
        tokyo = Customer.objects.create(email="yuki@shop.example", timezone="Asia/Tokyo")
        order = Order.objects.create(
            source="x", source_id="1", email="nz@shop.example", address={"country": "NZ"}
        )
    evening = datetime(2026, 11, 23, 13, tzinfo=UTC)  # 14:00 in Berlin, 22:00 in Tokyo
    asked: dict[str, Any] = {"at": evening, "ignore_quiet": False}
    assert _ask(store, **asked, customer=None, media=["sms"]).answer == Answer.SKIP
    assert "Tokyo until 08:00" in _ask(store, **asked, customer=tokyo).text
    assert _ask(store, **asked).answer == Answer.SEND
    # a country with two zones: both count
    assert "Auckland until 08:00. The zone" in _ask(store, **asked, customer=None, order=order).text
