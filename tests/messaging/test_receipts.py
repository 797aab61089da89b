"""News of providers: states only move forward, the same news counts once, blocks fit the news."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopbell.accounts.models import Store
from shopbell.consent.models import Suppression
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import apply_receipts, cancel_message, release_held
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Receipt, ReceiptKind
from shopbell.messaging.states import RANK, State, advances
from tests.support.shop import make_store

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def store(db: None) -> Store:
    return make_store()


def _message(store: Store, **fields: Any) -> Message:
    values: dict[str, Any] = {
        "business_key": "one",
        "kind": "dispatched",
        "purpose": "order_updates",
        "medium": "email",
        "media": ["email"],
        "to_address": "mara@shop.example",
        "message_id": "<m.1@lark.example>",
        "state": State.SENT,
        "handed_at": clock.now(),
        **fields,
    }
    with store_scope(store.pk):
        return Message.objects.create(**values)


def _hear(store: Store, kind: ReceiptKind, **fields: Any) -> int:
    values = {"kind": kind, "at": AT, "message_id": "<m.1@lark.example>", **fields}
    with store_scope(store.pk):
        return apply_receipts(store=store, receipts=[Receipt(**values)])


def _state(message: Message) -> str:
    with store_scope(message.store_id):
        message.refresh_from_db()
    return message.state


def _blocks(store: Store) -> list[tuple[str, str]]:
    with store_scope(store.pk):
        return [(block.reason, block.scope) for block in Suppression.objects.order_by("id")]


@pytest.mark.parametrize("old", State.values)
def test_no_receipt_ever_moves_a_message_backwards(old: str) -> None:
    for new in State.values:
        if old in RANK and new in RANK:
            assert advances(old, new) == (RANK[State(new)] > RANK[State(old)])
    assert not advances(State.DELIVERED, State.FAILED)
    assert not advances(State.FAILED, State.SENT)


def test_late_news_of_an_earlier_step_changes_nothing(store: Store) -> None:
    message = _message(store)
    _hear(store, ReceiptKind.OPENED, event_id="o")
    assert _state(message) == State.READ
    _hear(store, ReceiptKind.DELIVERED, event_id="d", at=AT - timedelta(hours=1))
    assert _state(message) == State.READ
    assert message.delivered_at == AT


def test_the_same_news_twice_counts_once(store: Store) -> None:
    message = _message(store)
    for _ in range(3):
        _hear(store, ReceiptKind.CLICKED, event_id="c")
        _hear(store, ReceiptKind.CLICKED)  # providers that give no id: kind and time are it
    assert _state(message) == State.READ
    assert message.click_count == 2
    with store_scope(store.pk):
        assert message.log.count() == 2


def test_news_of_nothing_we_sent_is_counted_as_that(store: Store) -> None:
    _message(store)
    assert _hear(store, ReceiptKind.DELIVERED, message_id="<other@x>") == 0
    assert _hear(store, ReceiptKind.DELIVERED, message_id="", provider_id="") == 0


def test_news_does_not_cross_stores(store: Store) -> None:
    message = _message(store)
    wren = make_store("wren")
    assert _hear(wren, ReceiptKind.HARD_BOUNCE) == 0
    assert _state(message) == State.SENT
    assert _blocks(wren) == []


def test_a_receipt_settles_a_doubt(store: Store) -> None:
    message = _message(store, state=State.IN_DOUBT, reason="in_doubt", reason_text="Who knows.")
    _hear(store, ReceiptKind.DELIVERED)
    assert (_state(message), message.reason, message.reason_text) == (State.DELIVERED, "", "")
    assert message.closed_at is not None


@pytest.mark.parametrize(
    ("kind", "purpose", "blocks"),
    [
        (ReceiptKind.HARD_BOUNCE, "order_updates", [("hard_bounce", "*")]),
        (ReceiptKind.SOFT_BOUNCE, "order_updates", []),
        (ReceiptKind.DEFERRED, "order_updates", []),
        (ReceiptKind.FAILED, "order_updates", []),
        (ReceiptKind.COMPLAINT, "marketing", [("complaint", "marketing")]),
        (ReceiptKind.COMPLAINT, "order_updates", [("complaint", "order_updates")]),
        # what a buyer must be told cannot be lost by a press on "spam" or "unsubscribe"
        (ReceiptKind.COMPLAINT, "order_essentials", [("complaint", "marketing")]),
        (ReceiptKind.UNSUBSCRIBED, "marketing", [("unsubscribed", "marketing")]),
        (ReceiptKind.UNSUBSCRIBED, "order_updates", [("unsubscribed", "order_updates")]),
        (ReceiptKind.UNSUBSCRIBED, "order_essentials", [("unsubscribed", "order_updates")]),
    ],
)
def test_a_block_is_as_wide_as_the_news(
    store: Store, kind: ReceiptKind, purpose: str, blocks: list[tuple[str, str]]
) -> None:
    _message(store, purpose=purpose)
    _hear(store, kind)
    _hear(store, kind, at=AT + timedelta(minutes=1))
    assert _blocks(store) == blocks


def test_an_address_that_refuses_again_and_again_is_blocked(store: Store) -> None:
    store.policies = {"soft_bounce_limit": 3}
    for number in range(4):
        _message(
            store,
            business_key=f"b{number}",
            message_id=f"<b{number}@x>",
            handed_at=AT + timedelta(minutes=number),
        )
        assert _blocks(store) == []
        _hear(store, ReceiptKind.SOFT_BOUNCE, message_id=f"<b{number}@x>")
    assert _blocks(store) == [("soft_bounces", "*")]


def test_one_arrival_in_between_forgives_earlier_refusals(store: Store) -> None:
    store.policies = {"soft_bounce_limit": 3}
    for number in range(8):
        _message(
            store,
            business_key=f"b{number}",
            message_id=f"<b{number}@x>",
            handed_at=AT + timedelta(minutes=number),
        )
        bounced = number % 3 != 2
        kind = ReceiptKind.SOFT_BOUNCE if bounced else ReceiptKind.DELIVERED
        _hear(store, kind, message_id=f"<b{number}@x>")
    assert _blocks(store) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    news=st.lists(
        st.tuples(st.sampled_from(list(ReceiptKind)), st.integers(0, 3)), min_size=1, max_size=8
    )
)
def test_any_order_of_news_ends_in_the_furthest_state(
    store: Store, news: list[tuple[ReceiptKind, int]]
) -> None:
    with store_scope(store.pk):
        Message.objects.all().delete()
    message = _message(store)
    seen: list[str] = []
    for kind, number in news:
        _hear(store, kind, event_id=f"{kind}{number}")
        seen.append(_state(message))
    ranks = [RANK[State(state)] for state in seen if state in RANK]
    assert ranks == sorted(ranks)
    if State.FAILED in seen:
        assert seen[-1] == State.FAILED
    before = (seen[-1], message.click_count)
    for kind, number in news:
        _hear(store, kind, event_id=f"{kind}{number}")
    assert (_state(message), message.click_count) == before


def test_what_was_stopped_does_not_leave(store: Store) -> None:
    message = _message(store, state=State.QUEUED)
    with store_scope(store.pk):
        cancel_message(message=message, by="Ann")
    assert (_state(message), message.reason) == (State.SKIPPED, "cancelled")
    assert message.reason_text == "Stopped by Ann."


def test_only_what_is_held_is_released(store: Store) -> None:
    held = _message(store, state=State.HELD, reason="missing_variable")
    sent = _message(store, business_key="two", state=State.SENT)
    with store_scope(store.pk):
        assert release_held(reason="store_paused") == 0
        assert release_held() == 1
    assert (_state(held), _state(sent)) == (State.QUEUED, State.SENT)


def test_news_about_all_until_a_moment_reaches_exactly_those(store: Store) -> None:
    # given three messages to Mia, one of them later and one refused, and one to Tom
    from tests.support.talk import connect

    line, other = connect(store, "sandbox_messenger"), "other"
    sent = [
        _message(
            store, business_key=key, message_id="", medium="messenger", connection=line,
            to_address=to, state=state, handed_at=AT + timedelta(minutes=after),
        )
        for key, to, state, after in (
            ("a", "mia", State.SENT, 0),
            ("b", "mia", State.DELIVERED, 1),
            ("late", "mia", State.SENT, 3),
            ("no", "mia", State.FAILED, 0),
            (other, "tom", State.SENT, 0),
        )
    ]  # fmt: skip
    until = AT + timedelta(minutes=2)
    receipt = Receipt(
        ReceiptKind.READ, until, recipient="mia", event_id="read:until:1", until=until
    )

    # when Mia has read until then, twice told
    with store_scope(store.pk):
        assert apply_receipts(store=store, receipts=[receipt]) == 0  # from no account
        assert apply_receipts(store=store, receipts=[receipt], connection=line) == 2
        assert apply_receipts(store=store, receipts=[receipt], connection=line) == 0

    # then only those two are read
    assert [_state(one) for one in sent] == ["read", "read", "sent", "failed", "sent"]
    assert sent[0].read_at == until
