"""How often one person is written to: one budget for everything that sends."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.budget import hold_people
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.models import Message
from shopbell.messaging.policy import policy_of
from shopbell.messaging.states import State
from tests.messaging.ground import KIND, add_sandbox_sms, at_once, make_due, send_due, write_texts
from tests.support.shop import add_smtp, make_store

QUIET_OFF = {"quiet_from": "00:00", "quiet_until": "00:00"}


@pytest.fixture
def store(db: None) -> Store:
    return _store()


def _store() -> Store:
    made = make_store(timezone="Europe/Berlin", policies=QUIET_OFF)
    add_smtp(made, 2525)
    add_sandbox_sms(made)
    return made


def _mara(store: Store, phone: str = "+4915112345678") -> Customer:
    with store_scope(store.pk):
        mara = Customer.objects.create(email="mara@shop.example", phone=phone)
        for channel in ("email", "sms"):
            record_consent(
                customer=mara, purpose="marketing", channel=channel, action="granted", source="x"
            )
    return mara


def _told(store: Store, mara: Customer, hours: float, **fields: Any) -> Message:
    """Let her have been told something some hours ago."""
    values = {"purpose": "marketing", "medium": "email", "state": State.SENT, **fields}
    with store_scope(store.pk):
        number = Message.objects.count()
        at = clock.now() - timedelta(hours=hours)
        return Message.objects.create(
            business_key=f"told:{number}", kind=KIND, customer=mara, handed_at=at, **values
        )


def _ask(store: Store, mara: Customer, **fields: Any) -> Verdict:
    values = {"kind": KIND, "purpose": "marketing", "media": ["email"], **fields}
    with store_scope(store.pk):
        return decide(store, [Message(customer=mara, **values)])[0]


def test_who_was_told_lately_is_told_again_when_the_time_is_over(store: Store) -> None:
    mara = _mara(store)
    first = _told(store, mara, 4)
    verdict = _ask(store, mara)
    assert (verdict.answer, verdict.reason) == (Answer.WAIT, "over_budget")
    assert first.handed_at is not None
    assert verdict.until == first.handed_at + timedelta(hours=16)
    assert "by your limit at most 1 by e-mail in 16 hours" in verdict.text
    with clock.at(verdict.until + timedelta(seconds=1)):
        assert _ask(store, mara).answer == Answer.SEND


@pytest.mark.parametrize(
    ("told", "asked", "answer"),
    [
        ({"purpose": "survey"}, {}, Answer.WAIT),  # offers and surveys share it
        ({"purpose": "order_updates"}, {}, Answer.SEND),
        ({}, {"purpose": "order_updates"}, Answer.SEND),
        ({}, {"purpose": "order_essentials"}, Answer.SEND),
        ({}, {"purpose": "support", "origin": "agent", "to_address": "a@b.example"}, Answer.SEND),
        ({"medium": "sms"}, {}, Answer.SEND),  # another channel
        ({"medium": "sms"}, {"media": ["sms"]}, Answer.WAIT),
        ({"origin": "test"}, {}, Answer.SEND),
        ({"state": "failed"}, {}, Answer.SEND),  # it did not reach her
        ({"state": "in_doubt"}, {}, Answer.WAIT),
        ({"state": "queued", "message_id": "<x@y>"}, {}, Answer.WAIT),  # on its way
        ({"state": "queued"}, {}, Answer.SEND),  # it waits itself
    ],
)
def test_what_counts(
    store: Store, told: dict[str, Any], asked: dict[str, Any], answer: Answer
) -> None:
    mara = _mara(store)
    _told(store, mara, 4, **told)
    assert _ask(store, mara, **asked).answer == answer


def test_a_merchant_sets_it_and_may_count_all_channels_together(store: Store) -> None:
    mara = _mara(store)
    for hours in (20, 60):
        _told(store, mara, hours, medium="sms")
    weekly = {"purpose": "marketing", "channel": "any", "count": 2, "hours": 168}
    store.policies = QUIET_OFF | {"budgets": [weekly]}
    verdict = _ask(store, mara)
    assert verdict.answer == Answer.WAIT
    assert "at most 2 in 7 days" in verdict.text
    store.policies = QUIET_OFF | {"budgets": []}
    assert _ask(store, mara).answer == Answer.SEND


def test_florida_allows_three_in_a_day_whatever_the_merchant_says(store: Store) -> None:
    mara = _mara(store, "+13055550123")
    store.policies = QUIET_OFF | {"budgets": []}
    noon = clock.now().replace(hour=17, minute=0)  # noon in Miami
    with clock.at(noon):
        for hours in (1, 2):
            _told(store, mara, hours, medium="sms")
        assert _ask(store, mara, media=["sms"]).answer == Answer.SEND
        _told(store, mara, 3, medium="sms")
        verdict = _ask(store, mara, media=["sms"])
    assert verdict.answer == Answer.WAIT
    assert "by the rules of Florida at most 3 by SMS in 24 hours" in verdict.text


def test_of_two_in_one_batch_one_passes(store: Store) -> None:
    mara = _mara(store)
    with store_scope(store.pk):
        two = [
            Message(customer=mara, kind=KIND, purpose="marketing", media=["email"])
            for _ in range(2)
        ]
        answers = [verdict.answer for verdict in decide(store, two)]
    assert answers == [Answer.SEND, Answer.WAIT]


def test_what_would_wait_too_long_ends_and_says_why(store: Store) -> None:
    mara = _mara(store)
    _told(store, mara, 1)
    verdict = _ask(store, mara, not_after=clock.now() + timedelta(hours=2))
    assert (verdict.answer, verdict.reason) == (Answer.EXPIRE, "over_budget")


def test_the_next_channel_of_the_same_news_is_not_one_more(store: Store) -> None:
    mara = _mara(store)
    store.policies = QUIET_OFF | {
        "budgets": [{"purpose": "marketing", "channel": "any", "count": 1, "hours": 24}]
    }
    with store_scope(store.pk):
        first = _told(store, mara, 1, medium="sms")
    assert _ask(store, mara, business_key=f"{first.business_key}>email").answer == Answer.SEND
    assert _ask(store, mara, business_key="another").answer == Answer.WAIT


def _queue_sms(store: Store, mara: Customer, count: int) -> None:
    with store_scope(store.pk):
        queue_messages(
            drafts=[
                Draft(f"sms:{n}", KIND, "marketing", ("sms",), customer=mara) for n in range(count)
            ]
        )


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_her_once() -> None:
    store = _store()
    write_texts(store)
    mara = _mara(store)
    _queue_sms(store, mara, 2)
    from shopbell.messaging import outbox

    with store_scope(store.pk):
        keys = list(Message.objects.values_list("pk", flat=True))
        Message.objects.update(
            state="claimed", attempts=1, lease_until=clock.now() + timedelta(minutes=5)
        )
    # each worker has claimed one of the two
    at_once(2, lambda number: outbox.send_claimed(store, {keys[number]: 1}))
    with store_scope(store.pk):
        states = sorted(Message.objects.values_list("state", flat=True))
        waiting = Message.objects.get(state="queued")
    assert states == ["queued", "sent"]
    assert waiting.reason == "over_budget"


@pytest.mark.django_db(transaction=True)
def test_who_judges_second_waits_for_the_first() -> None:
    store = _store()
    mara = _mara(store)
    message = Message(customer=mara, kind=KIND, purpose="marketing", media=["sms"])
    policy = policy_of(store)
    passed: list[str] = []
    held, done = threading.Event(), threading.Event()

    def first() -> None:
        with store_scope(store.pk):
            hold_people(store, [message], policy)
            held.set()
            done.wait(1)
            passed.append("first")
        database.close()

    def second() -> None:
        held.wait(10)
        with store_scope(store.pk):
            done.set()
            hold_people(store, [message], policy)
            passed.append("second")
        database.close()

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert passed == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_one_of_three_leaves_and_the_others_wait_for_their_turn() -> None:
    store = _store()
    write_texts(store)
    mara = _mara(store)
    _queue_sms(store, mara, 3)
    send_due()
    with store_scope(store.pk):
        assert Message.objects.filter(state="sent").count() == 1
        waiting = Message.objects.filter(state="queued")
        assert {row.reason for row in waiting} == {"over_budget"}
    make_due()  # the ten minutes are over: now they know when the day is
    send_due()
    with store_scope(store.pk):
        for row in Message.objects.filter(state="queued"):
            assert timedelta(hours=23) < row.due_at - clock.now() < timedelta(hours=25)
            assert "told enough" in row.reason_text
