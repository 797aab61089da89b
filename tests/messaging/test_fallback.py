"""What does not arrive by one channel is told by the next, once, and the ledger says why."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent, suppress_address
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.actions import apply_receipts, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.ports import Outcome, OutcomeKind, Receipt, ReceiptKind
from shopbell.messaging.windows import open_windows
from tests.messaging.ground import add_sandbox_sms, draft, send_due, write_texts
from tests.support.shop import make_store
from tests.support.strict import StrictChannel, strict_channel
from tests.support.talk import MIA, connect, written

pytestmark = pytest.mark.django_db
WAITS = {"whatsapp": 15, "sms": 60}


@pytest.fixture
def line() -> Iterator[StrictChannel]:
    with strict_channel() as channel:
        yield channel


@pytest.fixture
def store(line: StrictChannel) -> Store:
    """A store that tells by a messenger first, then by SMS, then by mail; all is allowed."""
    store = make_store()
    write_texts(store, media=("email", "sms", "whatsapp"))
    inbox = line.connect(store)
    add_sandbox_sms(store)
    connect(store, "sandbox_email")
    with store_scope(store.pk):
        open_windows(inbox, [written("Hello")])
    return store


def tell(store: Store, **fields: Any) -> Message:
    with store_scope(store.pk):
        values = {"media": ("whatsapp", "sms", "email"), "waits": WAITS, **fields}
        made = draft("mia@mail.example", MIA, **values)
        assert made.customer is not None
        record_consent(
            customer=made.customer, purpose="order_updates", channel="whatsapp",
            action="granted", source="test",
        )  # fmt: skip
        queue_messages(drafts=[made])
    send_due()
    return plan(store)[0]


def plan(store: Store) -> list[Message]:
    with store_scope(store.pk):
        rows = Message.objects.select_related("connection").prefetch_related("log")
        return list(rows.order_by("created_at", "id"))


def states(store: Store) -> list[tuple[str, str]]:
    return [(message.medium, message.state) for message in plan(store)]


def pass_minutes(minutes: int) -> None:
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET fallback_at = fallback_at - make_interval(mins => %s)",
            [minutes],
        )
    PUMPS["fallback"].run()
    send_due()


def receive(store: Store, message: Message, kind: ReceiptKind, **fields: Any) -> None:
    receipt = Receipt(kind=kind, at=clock.now(), provider_id=message.provider_id, **fields)
    with store_scope(store.pk):
        assert apply_receipts(store=store, receipts=[receipt]) == 1


def test_what_is_not_delivered_in_time_goes_by_the_next_channel(store: Store) -> None:
    tell(store)
    pass_minutes(14)
    assert states(store) == [("whatsapp", "sent")]
    pass_minutes(1)
    assert states(store) == [("whatsapp", "sent"), ("sms", "sent")]
    assert plan(store)[1].reason_text == (
        "Not delivered by WhatsApp within 15 minutes. So it goes by SMS."
    )
    pass_minutes(60)
    assert [medium for medium, _ in states(store)] == ["whatsapp", "sms", "email"]
    assert "Not delivered by SMS within an hour. So it goes by e-mail." in (
        plan(store)[2].reason_text
    )


def test_what_is_delivered_is_told_nowhere_else(store: Store) -> None:
    first = tell(store)
    receive(store, first, ReceiptKind.DELIVERED)
    pass_minutes(24 * 60)
    assert states(store) == [("whatsapp", "delivered")]


def test_a_failure_goes_on_at_once(store: Store) -> None:
    first = tell(store)
    receive(store, first, ReceiptKind.FAILED, detail="No such number")
    pass_minutes(0)
    assert states(store) == [("whatsapp", "failed"), ("sms", "sent")]
    assert plan(store)[1].reason_text.startswith("It could not be delivered by WhatsApp.")


def test_a_refusal_at_the_hand_over_goes_on_at_once(store: Store, line: StrictChannel) -> None:
    line.answer = Outcome(OutcomeKind.PERMANENT, code="blocked", detail="Not today")
    tell(store)
    pass_minutes(0)
    assert states(store) == [("whatsapp", "failed"), ("sms", "sent")]


def test_a_late_receipt_closes_the_plan_before_the_next_one_has_left(store: Store) -> None:
    first = tell(store)
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute("UPDATE messaging_message SET fallback_at = clock_timestamp()")
    PUMPS["fallback"].run()  # the SMS is queued, and has not left
    receive(store, first, ReceiptKind.DELIVERED)
    send_due()
    assert states(store) == [("whatsapp", "delivered"), ("sms", "skipped")]
    assert "It arrived by WhatsApp after all" in plan(store)[1].reason_text


def test_a_receipt_after_the_next_one_has_left_stops_the_one_after_it(store: Store) -> None:
    first = tell(store)
    pass_minutes(15)
    receive(store, first, ReceiptKind.READ)
    pass_minutes(24 * 60)
    assert states(store) == [("whatsapp", "read"), ("sms", "sent")]


def test_however_often_the_failure_is_told_the_next_one_exists_once(store: Store) -> None:
    first = tell(store)
    for number in range(3):
        receive(store, first, ReceiptKind.FAILED, event_id=f"e{number}")
        pass_minutes(0)
    assert [medium for medium, _ in states(store)] == ["whatsapp", "sms"]


def test_the_next_channel_obeys_the_gate_too(store: Store) -> None:
    with store_scope(store.pk):
        suppress_address(
            store=store, medium="sms", address=MIA, reason="unsubscribed", detail="STOP"
        )
    first = tell(store)
    receive(store, first, ReceiptKind.FAILED)
    pass_minutes(0)
    second = plan(store)[1]
    assert second.medium == "email"
    assert "It could not be delivered by WhatsApp. Unsubscribed on" in second.reason_text


def test_what_comes_too_late_by_the_next_channel_does_not_go(store: Store) -> None:
    first = tell(store, not_after=clock.now() + timedelta(minutes=5))
    with store_scope(store.pk):
        Message.objects.update(not_after=clock.now() - timedelta(seconds=1))
    receive(store, first, ReceiptKind.FAILED)
    pass_minutes(0)
    assert states(store)[1][1] == "expired"


def test_a_channel_without_a_limit_is_waited_for_without_end(store: Store) -> None:
    tell(store, waits={})
    pass_minutes(24 * 60)
    assert states(store) == [("whatsapp", "sent")]


def test_silence_of_a_channel_without_receipts_says_nothing(
    store: Store, line: StrictChannel
) -> None:
    line.capabilities = replace(line.capabilities, delivery_receipts=False)  # type: ignore[misc]
    tell(store)
    pass_minutes(24 * 60)
    assert states(store) == [("whatsapp", "sent")]


def test_one_that_cannot_be_taken_further_does_not_stop_the_others(store: Store) -> None:
    broken = tell(store)
    with store_scope(store.pk):
        # given a message with facts nobody can read, and one beside it
        Message.objects.filter(pk=broken.pk).update(data=["unreadable"])
        made = draft("tom@mail.example", "+4915100000002", media=("email", "sms"), waits=WAITS)
        queue_messages(drafts=[made])
    send_due()
    first = next(each for each in plan(store) if each.pk != broken.pk)
    receive(store, first, ReceiptKind.FAILED)
    pass_minutes(24 * 60)
    after = [each.medium for each in plan(store) if each.tried_before_id == first.pk]
    assert after == ["sms"]
    with store_scope(store.pk):
        assert Message.objects.get(pk=broken.pk).fallback_at is not None  # it is due again
