"""Batch by batch: paused, gone on with, stopped; and the numbers add up at every step."""

import pytest

from shopbell.announcements import actions, sending
from shopbell.announcements.actions.drafting import Manner
from shopbell.announcements.models import Announcement
from shopbell.announcements.words import Words
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Forbidden
from shopbell.messaging.actions import apply_receipts
from shopbell.messaging.ports import Receipt, ReceiptKind
from shopbell.orders.models import Order
from tests.announcements.ground import Strike
from tests.conversations.post import work
from tests.messaging.ground import add_sandbox_sms


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 1)


def test_a_pause_holds_also_who_is_in_the_queue_and_a_stop_tells_nobody_else(
    strike: Strike,
) -> None:
    # given three affected customers, one of whom is told and one in the queue
    for number in (1001, 1002, 1003):
        strike.ship(number)
    row = strike.draft()
    strike.submit(row)
    before = strike.sink.count
    PUMPS["announcements"].run()
    work()
    PUMPS["announcements"].run()
    assert _adds_up(strike, row) == (1, 2, 0)

    # when it is paused, nobody is told any more
    with store_scope(strike.store.pk):
        telling = actions.pause_telling(telling=row.tellings.get())
    strike.tell()
    assert strike.sink.count == before + 1
    assert _adds_up(strike, row) == (1, 2, 0)
    [held] = strike.messages(kind="announcement", state="held")
    assert (held.reason, held.reason_text) == (
        "announcement_paused",
        "The announcement “DHL strike” is paused.",
    )
    with store_scope(strike.store.pk), pytest.raises(Conflict, match="not finished"):
        actions.begin_follow_up(announcement=row, by=None)

    # when it goes on and is stopped before the next one's turn
    with store_scope(strike.store.pk):
        actions.resume_telling(telling=telling)
    work()
    assert _adds_up(strike, row) == (2, 1, 0)
    with store_scope(strike.store.pk):
        actions.stop_telling(telling=telling, by=strike.people["admin"].user)
    strike.tell()

    # then two were told, one was left out, and it says by whom
    assert _adds_up(strike, row) == (2, 0, 1)
    assert strike.sink.count == before + 2
    assert strike.report(row).left_out == [("The announcement was stopped before", 1)]


def test_who_is_not_affected_any_more_is_left_out(strike: Strike) -> None:
    for number in (1001, 1002):
        strike.ship(number)
    row = strike.draft()
    strike.submit(row)
    with store_scope(strike.store.pk):
        Order.objects.filter(number="#1002").update(status="cancelled")
    strike.tell()
    assert _adds_up(strike, row) == (1, 0, 1)
    assert strike.report(row).left_out == [("Their order is not affected any more", 1)]


def test_the_next_channel_counts_when_the_first_did_not_deliver(strike: Strike) -> None:
    # given somebody who is told by SMS, which cannot be delivered
    add_sandbox_sms(strike.store)
    strike.ship(1001, phone="+4915112345678")
    row = strike.draft()
    strike.submit(row)
    strike.tell()
    [sms] = strike.messages(kind="announcement")
    assert (sms.medium, sms.state) == ("sms", "sent")
    failed = Receipt(ReceiptKind.FAILED, clock.now(), provider_id=sms.provider_id)
    with store_scope(strike.store.pk):
        apply_receipts(store=strike.store, receipts=[failed])
    assert strike.report(row).not_told == 1

    # when the mail is tried next, it is the mail that counts, once
    PUMPS["fallback"].run()
    work()
    assert _adds_up(strike, row) == (1, 0, 0)
    [told] = strike.report(row).rows
    assert (told.medium, told.total) == ("email", 1)

    # and a correction goes by the channel that reached them
    with store_scope(strike.store.pk):
        telling = actions.begin_follow_up(announcement=row, by=strike.people["admin"].user)
        said = {"en": Words("It is over", "It is over.")}
        actions.write_telling(telling=telling, manner=Manner(said, telling.media, True))
    strike.submit(row, 2)
    strike.tell()
    [correction] = strike.messages(kind="announcement_follow_up")
    assert (correction.medium, correction.state) == ("email", "sent")


def test_nobody_agrees_to_their_own(strike: Strike) -> None:
    strike.ship(1001)
    strike.limit(0)
    row = strike.draft()
    telling = strike.submit(row)
    with store_scope(strike.store.pk), pytest.raises(Forbidden):
        actions.approve_telling(
            store=strike.store, telling=telling, by=strike.people["supervisor"].user
        )


def _adds_up(strike: Strike, row: Announcement) -> tuple[int, int, int]:
    """Return (told, under way, not told), which together are everybody."""
    report = strike.report(row)
    found = (report.told, report.under_way, report.not_told)
    assert sum(found) + report.in_doubt == report.people
    return found
