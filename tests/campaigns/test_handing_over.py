"""Between the mark on a recipient and the message that is written as it leaves: nobody is lost."""

import uuid
from datetime import timedelta

import pytest

from shopbell.accounts.models import Store
from shopbell.campaigns.leaving import make_ready
from shopbell.campaigns.models import Campaign, Place, Recipient, Stage
from shopbell.connections.models import Connection
from shopbell.events.pump import PUMPS, stopping
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.budget import load_ledger
from shopbell.messaging.handing import Share
from shopbell.messaging.lanes import hand_over
from shopbell.messaging.models import Message
from shopbell.messaging.policy import policy_of
from shopbell.messaging.readying import LOST_AFTER
from shopbell.privacy.erasing import erase_customer
from tests.campaigns.ground import Shop, messages, pass_time, work


def take_some(shop: Shop, row: Campaign) -> list[Share]:
    """Do what a worker does up to the moment before it hands over."""
    with store_scope(shop.store.pk):
        some = Recipient.objects.filter(campaign_id=row.pk, state=Place.PENDING)
        return make_ready(shop.store, shop.again(row), list(some.select_for_update()))


def begin(shop: Shop) -> Campaign:
    """Begin a campaign of which nobody has anything yet."""
    row = shop.start()
    PUMPS["campaigns"].run()
    return row


def test_who_was_in_the_hands_of_a_dead_worker_has_their_turn_again(shop: Shop) -> None:
    # given a worker that died with everybody marked and nothing written
    row = begin(shop)
    take_some(shop, row)
    assert shop.places(row) == {"queued": 12, "left_out no_consent": 1}
    assert [m for m in messages(shop) if m.state != "suppressed"] == []
    work()
    assert shop.mails() == []  # it might be alive

    # when
    pass_time(seconds=LOST_AFTER.total_seconds() + 1)

    # then each has one, and it is over
    assert sorted(shop.mails()) == sorted({*shop.mails()})
    assert len(shop.mails()) == 12
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}
    assert shop.again(row).stage == Stage.DONE


def test_a_worker_that_was_only_slow_sends_to_nobody_a_second_time(shop: Shop) -> None:
    # given a worker that took so long that others took its people over
    row = begin(shop)
    late = take_some(shop, row)
    pass_time(seconds=LOST_AFTER.total_seconds() + 1)
    assert len(shop.mails()) == 12

    # when
    hand_over(late)
    work()

    # then
    assert len(shop.mails()) == 12
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}


def test_a_message_that_left_late_is_found_by_those_who_took_over(shop: Shop) -> None:
    # given people whose turn came again while their first worker had them under way after all
    row = begin(shop)
    first = take_some(shop, row)
    with store_scope(shop.store.pk):
        Recipient.objects.filter(state=Place.QUEUED).update(state=Place.PENDING)
    second = take_some(shop, row)

    # when both hand over
    hand_over(first)
    hand_over(second)
    pass_time(seconds=LOST_AFTER.total_seconds() + 1)

    # then each has one mail, and is settled by the message that left
    assert len(shop.mails()) == 12
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}
    assert shop.again(row).stage == Stage.DONE


def test_what_waited_too_long_is_not_handed_over(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = begin(shop)
    late = take_some(shop, row)
    monkeypatch.setattr("time.monotonic", lambda: 1e12)
    hand_over(late)
    monkeypatch.undo()
    assert shop.mails() == []
    pass_time(seconds=LOST_AFTER.total_seconds() + 1)
    assert len(shop.mails()) == 12
    assert shop.again(row).stage == Stage.DONE


def test_who_is_erased_meanwhile_gets_nothing_and_leaves_no_trace(shop: Shop) -> None:
    # given
    row = begin(shop)
    shares = take_some(shop, row)
    address = shop.customer(3).email

    # when
    with store_scope(shop.store.pk):
        erase_customer(store=shop.store, customer=shop.customer(3), by="a test")
    hand_over(shares)
    pass_time(seconds=LOST_AFTER.total_seconds() + 1)

    # then
    assert address not in [mail.recipients[0] for mail in shop.sink.messages]
    assert len(shop.mails()) == 11
    assert address not in [message.to_address for message in messages(shop)]
    assert shop.again(row).stage == Stage.DONE


def test_a_worker_that_stops_gives_back_what_it_holds(shop: Shop) -> None:
    # given
    row = begin(shop)
    shares = take_some(shop, row)

    # when it is told to stop before it handed anything over
    stopping.set()
    try:
        hand_over(shares)
    finally:
        stopping.clear()

    # then the queue has them, and another worker sends them at once
    assert {m.state for m in messages(shop)} - {"suppressed"} == {"queued"}
    work()
    assert len(shop.mails()) == 12
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}


def test_one_message_that_cannot_be_written_does_not_stop_the_others(shop: Shop) -> None:
    # given a batch in which one row does not fit into its column
    row = begin(shop)
    shares = take_some(shop, row)
    [share] = shares
    assert share.left[5].row is not None
    share.left[5].row.message_id = "<" + "x" * 300 + ">"

    # when
    hand_over(shares)
    work()

    # then the queue made them ready one by one
    assert len(shop.mails()) == 12
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}


def test_an_inbox_that_is_gone_meanwhile_costs_nobody_their_message(shop: Shop) -> None:
    # given a worker with a batch for an inbox that is removed
    row = begin(shop)
    shares = take_some(shop, row)
    with store_scope(shop.store.pk):
        Connection.objects.all().delete()

    # when
    hand_over(shares)
    work()

    # then nothing left, and each message is there and says why
    assert shop.mails() == []
    stopped = [m for m in messages(shop) if m.reason != "no_consent"]
    assert len(stopped) == 12
    assert {m.reason for m in stopped} == {"no_inbox"}


def test_what_has_no_row_yet_counts_for_how_often_somebody_is_written_to(shop: Shop) -> None:
    # given somebody whose newsletter is about to leave
    row = begin(shop)
    take_some(shop, row)
    another = offer_to(shop.store, shop.customer(2).pk)

    # when
    with store_scope(shop.store.pk):
        ledger = load_ledger([another], policy_of(shop.store), clock.now())

    # then
    [spent] = ledger.spent[shop.customer(2).pk]
    assert (spent.news, spent.medium) == (f"campaign:{row.pk}:{shop.customer(2).pk}", "email")
    assert spent.at is None


def offer_to(store: Store, customer: uuid.UUID) -> Message:
    """Return a journey's message to somebody."""
    now = clock.now()
    return Message.fresh(
        business_key="journey:1", kind="welcome_1", purpose="marketing", medium="email",
        media=["email"], customer_id=customer, store_id=store.pk, due_at=now, created_at=now,
        not_after=now + timedelta(days=1),
    )  # fmt: skip
