"""What a customer chose within offers and news is kept by the gate: topics, a pause, how often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.consent.choosing import (
    choose_frequency,
    choose_topic,
    drop_topic,
    pause_offers,
    save_topic,
)
from shopbell.consent.queries import current_consents, is_granted, topics
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.messaging.gate import Answer, Verdict, decide
from shopbell.messaging.models import Message
from shopbell.messaging.states import State
from tests.messaging.ground import KIND, add_sandbox_sms
from tests.support.shop import add_smtp, make_store

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.fixture
def store(db: None) -> Store:
    made = make_store(timezone="Europe/Berlin")
    add_smtp(made, 2525)
    add_sandbox_sms(made)
    return made


@pytest.fixture
def mara(store: Store) -> Customer:
    """A customer who allowed offers by mail and by SMS."""
    with store_scope(store.pk), clock.at(NOON - timedelta(days=90)):
        row = Customer.objects.create(email="mara@shop.example", phone="+4915112345678")
        for channel in ("email", "sms"):
            record_consent(
                customer=row, purpose="marketing", channel=channel, action="granted", source="t"
            )
    return row


def ask(store: Store, mara: Customer, **fields: Any) -> Verdict:
    values: dict[str, Any] = {"kind": KIND, "purpose": "marketing", "media": ["email"]}
    with clock.at(NOON), store_scope(store.pk):
        return decide(store, [Message(customer=mara, **(values | fields))])[0]


def decline(store: Store, mara: Customer, *, wanted: bool = False) -> None:
    with store_scope(store.pk):
        choose_topic(customer=mara, topic="sale", channel="email", wanted=wanted, source="t")


def test_a_topic_that_was_left_is_skipped_and_all_else_comes(store: Store, mara: Customer) -> None:
    sale, tea = {"topic": "sale"}, {"topic": "tea"}
    assert ask(store, mara, data=sale).answer == Answer.SEND
    # when she leaves one topic
    decline(store, mara)
    verdict = ask(store, mara, data=sale)
    assert (verdict.answer, verdict.reason) == (Answer.SKIP, "no_topic")
    assert "does not want this topic" in verdict.text
    # then it does not come by another channel either, and the permission as a whole stands
    assert ask(store, mara, data=sale, media=["email", "sms"]).answer == Answer.SKIP
    assert ask(store, mara, data=tea).answer == Answer.SEND
    assert ask(store, mara).answer == Answer.SEND
    with store_scope(store.pk):
        assert is_granted(current_consents([mara.pk]), (mara.pk, "marketing", "email"))
    # and the newest word counts
    decline(store, mara, wanted=True)
    assert ask(store, mara, data=sale).answer == Answer.SEND


def test_a_wanted_topic_is_no_permission(store: Store, mara: Customer) -> None:
    with store_scope(store.pk):
        record_consent(
            customer=mara, purpose="marketing", channel="email", action="withdrawn", source="t"
        )
    decline(store, mara, wanted=True)
    assert ask(store, mara, data={"topic": "sale"}).reason == "no_consent"


def test_offers_pause_and_news_of_orders_does_not(store: Store, mara: Customer) -> None:
    with store_scope(store.pk):
        pause_offers(customer=mara, until=NOON + timedelta(days=7))
    verdict = ask(store, mara)
    assert (verdict.answer, verdict.reason) == (Answer.SKIP, "paused")
    assert "until 30 Nov 2026" in verdict.text
    assert ask(store, mara, purpose="order_updates").answer == Answer.SEND
    with store_scope(store.pk):
        pause_offers(customer=mara, until=NOON)
    assert ask(store, mara).answer == Answer.SEND


def test_who_wants_one_a_week_gets_the_next_a_week_later(store: Store, mara: Customer) -> None:
    with store_scope(store.pk):
        choose_frequency(customer=mara, frequency="weekly")
        Message.objects.create(
            kind=KIND, purpose="marketing", medium="email", media=["email"], customer=mara,
            business_key="told", state=State.SENT, handed_at=NOON - timedelta(days=2),
        )  # fmt: skip
    verdict = ask(store, mara)
    assert verdict.answer == Answer.WAIT
    assert "the customer's own wish at most 1 in 7 days" in verdict.text
    assert verdict.until is not None
    assert verdict.until >= NOON + timedelta(days=5)
    with store_scope(store.pk):
        choose_frequency(customer=mara, frequency="all")
    assert ask(store, mara).answer == Answer.SEND
    with store_scope(store.pk), pytest.raises(Invalid):
        choose_frequency(customer=mara, frequency="hourly")


def test_a_batch_asks_no_more_often_than_one(store: Store, mara: Customer) -> None:
    decline(store, mara)
    counts = []
    with store_scope(store.pk), clock.at(NOON):
        for many in (1, 40):
            people = [
                Customer.objects.create(email=f"c{n}of{many}@shop.example") for n in range(many)
            ]
            messages = [
                Message(
                    kind=KIND, purpose="marketing", media=["email"], customer=each,
                    data={"topic": "sale"},
                )
                for each in people
            ]  # fmt: skip
            with CaptureQueriesContext(
                connection,
            ) as asked:
                decide(store, messages)
            counts.append(len(asked))
    assert counts[0] == counts[1]


def test_topics_have_names_and_an_order(store: Store, mara: Customer) -> None:
    with store_scope(store.pk):
        first = save_topic(names={"en": "Sale & offers", "de": "Angebote"})
        save_topic(names={"en": "Tea"})
        again = save_topic(names={"en": "Sale and offers"})
        assert [row.key for row in topics()] == ["sale-offers", "tea", "sale-and-offers"]
        assert first.name_in("de") == "Angebote"
        assert again.name_in("fr") == "Sale and offers"
        for bad in ({"names": {"en": " "}}, {"names": {"en": "x"}, "key": "No Good"}):
            with pytest.raises(Invalid):
                save_topic(**bad)
        # what was said about a topic counts even when it is offered no more
        choose_topic(customer=mara, topic="tea", channel="email", wanted=False, source="t")
        drop_topic(topic=topics()[1])
        assert len(topics()) == 2
    assert ask(store, mara, data={"topic": "tea"}).reason == "no_topic"
