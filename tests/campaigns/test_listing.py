"""The list of a big campaign is written in stretches, by all workers, and by whoever is left."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection as database

from shopbell.campaigns import actions, listing, settling
from shopbell.campaigns.leaving import send_some
from shopbell.campaigns.listing import write_list
from shopbell.campaigns.models import Campaign, Recipient, Stage, Stretch
from shopbell.campaigns.sending import push
from shopbell.kit.db.scope import store_scope
from tests.campaigns.ground import Shop, add_people_who_agree, know_people, open_shop, work
from tests.support.smtp_sink import SmtpSink


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "FIRST", 2)
    monkeypatch.setattr(listing, "AT_ONCE", 3)


def listed(shop: Shop, row: Campaign) -> int:
    with store_scope(shop.store.pk):
        return Recipient.objects.filter(campaign_id=row.pk).count()


def stretches(shop: Shop, row: Campaign) -> int:
    with store_scope(shop.store.pk):
        return Stretch.objects.filter(campaign=row).count()


def write_some(shop: Shop, row: Campaign) -> bool:
    with store_scope(shop.store.pk):
        return listing._write_some(shop.store, row.pk)


def begin(shop: Shop) -> Campaign:
    """Begin a campaign as a worker does that is stopped before the list is written."""
    row = shop.start()
    with store_scope(shop.store.pk):
        row = Campaign.objects.get(pk=row.pk)
        row.stage, row.began_at = Stage.RUNNING, row.created_at
        row.save()
        listing.begin_list(row)
    return row


def test_everybody_is_on_the_list_once_wherever_it_is_cut(shop: Shop) -> None:
    # when
    row = shop.start()
    work()

    # then
    assert (listed(shop, row), stretches(shop, row)) == (13, 0)
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}
    assert shop.again(row).people == 13


def test_a_list_that_a_worker_left_is_written_on_by_the_next_one(shop: Shop) -> None:
    # given one that was stopped after the first rows, the cut and two stretches
    row = begin(shop)
    assert listed(shop, row) == 2
    assert all(write_some(shop, row) for _ in range(3))
    assert (listed(shop, row), stretches(shop, row)) == (5, 3)
    assert shop.again(row).gathered_at is None

    # when
    work()

    # then
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}
    assert shop.again(row).stage == Stage.DONE


def test_until_the_list_is_whole_only_the_first_of_it_leave(shop: Shop) -> None:
    # given
    row = begin(shop)
    write_some(shop, row)
    write_some(shop, row)

    # when
    some = send_some(100)

    # then those after the first wait until the list is whole
    assert (some, send_some(100)) == (2, 0)


def test_who_is_cancelled_while_the_list_is_written_is_counted_and_left_out(shop: Shop) -> None:
    # given
    row = begin(shop)
    write_some(shop, row)

    # when
    with store_scope(shop.store.pk):
        actions.cancel_campaign(campaign=row, by=None)
    work()

    # then
    assert shop.places(row) == {"left_out campaign_cancelled": 12, "left_out no_consent": 1}
    assert shop.mails() == []
    over = shop.again(row)
    assert (over.people, over.settled_at is not None) == (13, True)


def test_who_was_still_to_come_is_left_out_some_at_a_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(settling, "_MOST", 5)
    row = shop.start(per_hour=240)
    work()

    # when it is cancelled, nothing but the campaign is written
    with store_scope(shop.store.pk):
        actions.cancel_campaign(campaign=row, by=None)
    assert shop.places(row)["pending"] == 8
    push(shop.store, row.pk)

    # then each turn of the worker leaves some out, and it is settled after the last of them
    assert shop.places(row)["left_out campaign_cancelled"] == 5
    assert shop.again(row).settled_at is None
    work()
    assert shop.places(row)["left_out campaign_cancelled"] == 8
    assert shop.again(row).settled_at is not None


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_list_side_by_side(sink: SmtpSink) -> None:
    # given
    shop = open_shop(sink)
    add_people_who_agree(shop.store, 40)
    know_people(shop.store)
    row = begin(shop)

    # when
    def worker() -> None:
        write_list(shop.store, row.pk)
        database.close()

    workers = [threading.Thread(target=worker) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)

    # then
    assert (listed(shop, row), stretches(shop, row)) == (40, 0)
    whole = shop.again(row)
    assert (whole.people, whole.gathered_at is not None) == (40, True)
