"""From the list that is frozen to the last mail: who gets it, when, how fast, and what stops it."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection as database

from shopbell.campaigns import actions
from shopbell.campaigns.leaving import make_ready
from shopbell.campaigns.models import Campaign, Minute, Place, Recipient, Stage
from shopbell.campaigns.policy import change_limit
from shopbell.consent.actions import record_consent, suppress_address
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Forbidden, Invalid
from shopbell.messaging.models import Message, Page
from shopbell.segments.profiles import refresh
from shopbell.segments.uses import uses_of
from tests.campaigns.ground import (
    SAID,
    Shop,
    add_people_who_agree,
    in_a_day,
    know_people,
    messages,
    pass_time,
    work,
)


def test_everybody_who_allowed_it_gets_one_mail_and_the_others_are_told_apart(shop: Shop) -> None:
    # when
    row = shop.start()
    work()

    # then
    assert shop.mails() == sorted(f"p{n}@mail.example" for n in range(12))
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}
    done = shop.again(row)
    assert (done.stage, done.people) == (Stage.DONE, 13)
    assert b"Hello Mara!" in shop.sink.messages[0].data


def test_segments_choose_and_leave_out(shop: Shop) -> None:
    # given eight Germans, four Austrians, and somebody among the Germans who is left out
    with store_scope(shop.store.pk):
        Customer.objects.filter(email__in=[f"p{n}@mail.example" for n in range(4)]).update(
            country="AT"
        )
        Customer.objects.filter(email="p7@mail.example").update(locale="nl")
        refresh(customers=list(Customer.objects.values_list("pk", flat=True)))
    germans = shop.segment("Germans", {"is": "country", "countries": "DE"})
    dutch = shop.segment("Dutch", {"is": "language", "languages": "nl"})

    # when
    row = shop.start(include=(germans.pk,), exclude=(dutch.pk,))
    work()

    # then
    wanted = sorted(f"p{n}@mail.example" for n in (4, 5, 6, 8, 9, 10, 11))
    assert shop.mails() == wanted
    assert shop.places(row) == {"sent": 7, "left_out no_consent": 1}
    with store_scope(shop.store.pk):
        assert uses_of(germans.pk) == []  # it is over


def test_a_permission_that_is_withdrawn_after_the_start_counts(shop: Shop) -> None:
    # given
    row = shop.start()
    PUMPS["campaigns"].run()

    # when
    with store_scope(shop.store.pk):
        record_consent(
            customer=shop.customer(4), purpose="marketing", channel="email", action="withdrawn",
            source="a test",
        )  # fmt: skip
        suppress_address(
            store=shop.store, medium="email", address="p5@mail.example", reason="hard_bounce"
        )
    work()

    # then
    assert shop.places(row) == {
        "sent": 10,
        "left_out no_consent": 2,
        "left_out hard_bounce": 1,
    }
    assert shop.again(row).stage == Stage.DONE


def test_a_pause_holds_at_once_and_going_on_sends_to_the_rest(shop: Shop) -> None:
    # given a campaign whose worker was killed before any message left
    row = shop.start()
    PUMPS["campaigns"].run()
    with store_scope(shop.store.pk):
        some = Recipient.objects.filter(campaign_id=row.pk, state=Place.PENDING)
        make_ready(shop.store, shop.again(row), list(some.select_for_update()))

    # when
    with store_scope(shop.store.pk):
        actions.pause_campaign(campaign=row, by=None)
    pass_time(minutes=1)

    # then
    assert shop.mails() == []
    assert shop.places(row) == {"pending": 12, "left_out no_consent": 1}

    # when
    with store_scope(shop.store.pk):
        actions.resume_campaign(campaign=row)
    work()

    # then
    assert len(shop.mails()) == 12
    assert shop.places(row) == {"sent": 12, "left_out no_consent": 1}
    assert shop.again(row).stage == Stage.DONE


def test_a_cancelled_campaign_writes_to_nobody_else_and_its_counts_add_up(shop: Shop) -> None:
    # given some who have it, some on the way, some whose turn has not come
    row = shop.start(per_hour=240)  # four in a minute
    work()
    assert len(shop.mails()) == 4

    # when
    with store_scope(shop.store.pk):
        actions.cancel_campaign(campaign=row, by=shop.people["owner"].user)
    work()

    # then
    assert shop.places(row) == {
        "sent": 4,
        "left_out campaign_cancelled": 8,
        "left_out no_consent": 1,
    }
    over = shop.again(row)
    assert over.stage == Stage.CANCELLED
    assert over.settled_at is not None


def test_the_throttle_is_kept_by_the_minute_and_by_the_hour(shop: Shop) -> None:
    # given
    row = shop.start(per_hour=240)

    # when
    work()
    first = len(shop.mails())
    pass_time(minutes=1.1)
    second = len(shop.mails())
    pass_time(minutes=1.1)

    # then
    assert (first, second, len(shop.mails())) == (4, 8, 12)
    assert shop.again(row).stage == Stage.DONE
    with store_scope(shop.store.pk):
        assert [each.queued for each in Minute.objects.order_by("at")] == [4, 4, 4]


def test_a_ramp_doubles_each_day(shop: Shop) -> None:
    # given
    shop.start(first_day=3, useful_hours=200)

    # when
    work()
    days = [len(shop.mails())]
    for _ in range(2):
        pass_time(days=1)
        days.append(len(shop.mails()))

    # then
    assert days == [3, 9, 12]


def test_it_begins_at_its_time(shop: Shop) -> None:
    # given
    row = shop.start(begins_at=in_a_day())

    # when
    work()

    # then
    assert shop.again(row).stage == Stage.SCHEDULED
    assert shop.mails() == []

    # when
    pass_time(days=1)

    # then
    assert len(shop.mails()) == 12


def test_the_hour_strikes_where_each_of_them_lives(shop: Shop) -> None:
    # given one in Tokyo, one in New York, all others in Berlin
    with store_scope(shop.store.pk):
        for number, zone in ((1, "Asia/Tokyo"), (2, "America/New_York")):
            person = shop.customer(number)
            person.timezone = zone
            person.save()
    day = (clock.now() + timedelta(days=2)).astimezone(UTC).date()
    wall = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    with store_scope(shop.store.pk):
        shop.store.timezone = "UTC"
        shop.store.save(update_fields=["timezone"])
    row = shop.start(begins_at=wall, local=True)

    # when the first zone of the world has that hour
    with store_scope(shop.store.pk):
        Campaign.objects.update(due_at=clock.now())
    work()

    # then
    with store_scope(shop.store.pk):
        due = {
            each.customer_id: each.due_at for each in Recipient.objects.filter(campaign_id=row.pk)
        }
    tokyo, new_york = due[shop.customer(1).pk], due[shop.customer(2).pk]
    assert tokyo == wall - timedelta(hours=9)
    assert new_york is not None
    assert wall + timedelta(hours=4) <= new_york <= wall + timedelta(hours=5)
    assert due[shop.customer(3).pk] in (wall - timedelta(hours=1), wall - timedelta(hours=2))
    assert shop.mails() == []


def test_some_are_kept_back_to_compare(shop: Shop) -> None:
    # given many people
    add_people_who_agree(shop.store, 300, first=100)
    know_people(shop.store)

    # when
    row = shop.start(holdout=20)
    work()

    # then the chance is fixed by who they are, so it is the same whenever it is dealt
    places = shop.places(row)
    assert places["sent"] + places["holdout"] == 312
    assert 35 <= places["holdout"] <= 90
    assert shop.again(row).stage == Stage.DONE


def test_a_test_decides_by_its_rule_and_everybody_else_gets_the_better_one(shop: Shop) -> None:
    # given two subjects, tried with half of the people
    add_people_who_agree(shop.store, 60, first=100)
    know_people(shop.store)
    row = shop.draft(test_share=50, test_hours=4)
    with store_scope(shop.store.pk):
        actions.add_variant(campaign=row)
        better = {"en": {**SAID["en"], "subject": "Your spring"}}
        actions.write_variant(campaign=row, variant="B", texts=better)
    shop.submit(row)
    work()
    tried = len(shop.mails())
    assert 15 <= tried <= 55

    # when those who got B click
    with store_scope(shop.store.pk):
        Message.objects.filter(kind="campaign", data__variant="B").update(clicked_at=clock.now())
    pass_time(hours=4.1)

    # then
    done = shop.again(row)
    assert done.winner == "B"
    assert done.won_by.startswith("B was better (A: 0 of ")
    assert len(shop.mails()) == 72
    late = [m.parsed["Subject"] for m in shop.sink.messages[tried:]]
    assert set(late) == {"Your spring"}
    assert done.stage == Stage.DONE


def test_many_need_a_second_person(shop: Shop) -> None:
    # given
    with store_scope(shop.store.pk):
        change_limit(store=shop.store, limit=5)
    row = shop.start()
    work()
    assert shop.again(row).stage == Stage.WAITING
    assert shop.mails() == []

    # when its author agrees
    with store_scope(shop.store.pk), pytest.raises(Forbidden):
        actions.approve_campaign(store=shop.store, campaign=row, by=shop.people["supervisor"].user)

    # and somebody else
    with store_scope(shop.store.pk):
        actions.approve_campaign(store=shop.store, campaign=row, by=shop.people["owner"].user)
    work()

    # then
    assert len(shop.mails()) == 12


def test_what_cannot_be_sent_is_refused_and_the_draft_is_kept(shop: Shop) -> None:
    # given
    silent = shop.draft(texts={"de": SAID["en"]})
    late = shop.draft(begins_at=clock.now() - timedelta(hours=1))
    nobody = shop.draft(media=("sms",))

    for row in (silent, late, nobody):
        # when
        with pytest.raises(Invalid):
            shop.submit(row)

        # then
        assert shop.again(row).stage == Stage.DRAFT


def test_what_is_submitted_cannot_be_changed_before_it_is_taken_back(shop: Shop) -> None:
    # given
    row = shop.start(begins_at=in_a_day())

    # when
    with store_scope(shop.store.pk), pytest.raises(Conflict):
        actions.write_variant(campaign=row, variant="A", texts={})
    with store_scope(shop.store.pk):
        actions.take_back_campaign(store=shop.store, campaign=row)
        actions.write_variant(campaign=row, variant="A", texts=SAID)

    # then
    assert shop.again(row).stage == Stage.DRAFT


def test_addresses_that_do_not_exist_stop_it(shop: Shop) -> None:
    # given many people, and a mail server that knows none of those after the first hundred
    add_people_who_agree(shop.store, 400, first=100)
    know_people(shop.store)
    shop.sink.fail("rcpt", reply="550 5.1.1 Nobody here", to="p2*")
    row = shop.start(per_hour=12_000)  # two hundred a minute

    # when
    work()
    pass_time(minutes=1.1)
    pass_time(minutes=1.1)

    # then
    stopped = shop.again(row)
    assert stopped.stage == Stage.PAUSED
    assert "addresses do not exist" in stopped.why_paused
    places = shop.places(row)
    assert sum(places.values()) == 413
    assert places["pending"] > 0

    # when somebody has looked at it
    shop.sink.heal()
    with store_scope(shop.store.pk):
        actions.resume_campaign(campaign=row)
    for _ in range(3):
        pass_time(minutes=1.1)

    # then
    assert shop.again(row).stage == Stage.DONE
    assert {m.state for m in messages(shop)} == {"sent", "failed"}


def test_what_all_mails_share_is_kept_once_and_each_reads_as_it_was_sent(shop: Shop) -> None:
    # given
    shop.start()

    # when
    work()

    # then the ledger shows what arrived, and keeps a small part of it for each
    sent = {mail.recipients[0]: mail for mail in shop.sink.messages}
    assert len(sent) == 12
    for message in messages(shop):
        arrived = sent[message.to_address].body("html")
        assert unescape(arrived).split() == unescape(message.html).split()
    with store_scope(shop.store.pk), database.cursor() as cursor:
        cursor.execute("SELECT max(length(html)) FROM messaging_message WHERE kind = 'campaign'")
        assert cursor.fetchone()[0] < 1_000
        [page] = Page.objects.all()
        assert len(page.html) > 5_000
        assert "mail.example" not in page.html
