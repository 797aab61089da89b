"""While a customer's matter is open, offers and surveys wait; everything else goes out as ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.consent.actions import record_consent
from shopbell.conversations import waiting
from shopbell.conversations.actions import (
    link_customer,
    merge_conversations,
    set_status,
    snooze,
    unlink_customer,
)
from shopbell.conversations.actions.knowing import LINKED
from shopbell.conversations.models import Conversation, Entry
from shopbell.customers.models import Customer
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages, release_held, resend_message
from shopbell.messaging.models import Message
from tests.backoffice.market import Market, text_of
from tests.conversations.ground import write
from tests.messaging.ground import KIND, add_sandbox_sms, write_texts
from tests.support.shop import make_bench, make_store, settle
from tests.support.talk import connect
from tests.support.talk import write as write_on_platform

QUIET_OFF = {"quiet_from": "00:00", "quiet_until": "00:00", "budgets": []}


@pytest.fixture
def store(db: None) -> Store:
    made = make_store(policies=QUIET_OFF)
    _connect(made)
    return made


def _connect(store: Store) -> None:
    add_sandbox_sms(store)
    with store_scope(store.pk):
        save_connection(
            store=store,
            family="channel",
            connector="sandbox_email",
            slug="mail",
            address="hello@lark.example",
            settings={},
        )
    write_texts(store)


def _person(store: Store, name: str = "mara") -> Customer:
    with store_scope(store.pk):
        found = Customer.objects.create(email=f"{name}@shop.example", phone="")
        record_consent(
            customer=found, purpose="marketing", channel="email", action="granted", source="x"
        )
    return found


def _talk(store: Store, customer: Customer, **fields: Any) -> Conversation:
    with store_scope(store.pk):
        number = Conversation.objects.count() + 1
        values = {"medium": "email", "number": number, "created_at": clock.now(), **fields}
        return Conversation.objects.create(customer=customer, **values)


def _queue(store: Store, customer: Customer, purpose: str = "marketing", **fields: Any) -> Message:
    """Queue a message and let the worker do all that is due."""
    with store_scope(store.pk):
        key = f"{purpose}:{Message.objects.count()}"
        values = {"kind": KIND, "purpose": purpose, "media": ("email",), **fields}
        queue_messages(drafts=[Draft(business_key=key, customer=customer, **values)])
    settle()
    return _now(store, business_key=key)


def _now(store: Store, **which: Any) -> Message:
    with store_scope(store.pk):
        return Message.objects.get(**which)


def _again(store: Store, message: Message) -> Message:
    settle()
    return _now(store, pk=message.pk)


def _set(store: Store, talk: Conversation, status: str) -> None:
    with store_scope(store.pk):
        set_status(conversation=talk, status=status, by=None)


@pytest.mark.parametrize("purpose", ["marketing", "survey"])
def test_an_offer_waits_while_a_conversation_is_open_and_leaves_when_it_is_resolved(
    store: Store, purpose: str
) -> None:
    mara, ben = _person(store), _person(store, "ben")
    talk = _talk(store, mara, number=12)

    # when both get an offer, only Mara's waits and says for what
    held, other = _queue(store, mara, purpose), _queue(store, ben, purpose)
    assert (held.state, held.reason) == ("held", "open_conversation")
    assert held.reason_text == "Waits while conversation #12 is open."
    assert other.state == "sent"

    # and it goes on waiting while we wait for her, or sleep on it
    for status in ("pending", "open"):
        _set(store, talk, status)
        assert _again(store, held).state == "held"
    with store_scope(store.pk):
        snooze(conversation=talk, until=None, by=None)
    assert _again(store, held).state == "held"

    # when it is resolved, it leaves at once, with nothing left of the reason
    _set(store, talk, "resolved")
    gone = _again(store, held)
    assert (gone.state, gone.reason, gone.reason_text) == ("sent", "", "")


def test_of_two_open_conversations_the_last_one_counts(store: Store) -> None:
    mara = _person(store)
    first, second = _talk(store, mara), _talk(store, mara)
    held = _queue(store, mara)
    assert "#1" in held.reason_text
    _set(store, first, "resolved")
    assert _again(store, held).state == "held"
    _set(store, second, "spam")  # that was nobody's matter
    assert _again(store, held).state == "sent"


def test_only_the_offers_of_the_customer_whose_matter_is_settled_leave(store: Store) -> None:
    mara, ben = _person(store), _person(store, "ben")
    talks = [_talk(store, mara), _talk(store, ben)]
    hers, his = _queue(store, mara), _queue(store, ben)
    _set(store, talks[0], "resolved")
    assert (_again(store, hers).state, _again(store, his).state) == ("sent", "held")


def test_spam_and_what_was_settled_before_hold_nothing(store: Store) -> None:
    mara = _person(store)
    _talk(store, mara, status="spam")
    _talk(store, mara, status="resolved", resolved_at=clock.now())
    assert _queue(store, mara).state == "sent"


def test_opened_again_it_holds_what_comes_next(store: Store) -> None:
    mara = _person(store)
    talk = _talk(store, mara)
    held = _queue(store, mara)
    _set(store, talk, "resolved")
    assert _again(store, held).state == "sent"
    _set(store, talk, "open")
    second = _queue(store, mara)
    assert second.state == "held"
    # resolved and opened again before the worker looks: it still waits
    _set(store, talk, "resolved")
    _set(store, talk, "open")
    assert _again(store, second).state == "held"


def test_news_of_orders_answers_and_tests_go_out(store: Store) -> None:
    mara = _person(store)
    _talk(store, mara)
    content = {"content": {"subject": "Re", "text": "Here", "html": "<p>Here</p>"}}
    to = {"to_address": "mara@shop.example"}
    sent = [
        _queue(store, mara, "order_updates"),
        _queue(store, mara, "order_essentials"),
        _queue(store, mara, "support", origin="agent", data=content, **to),
        _queue(store, mara, "marketing", origin="agent", data=content, **to),
        _queue(store, mara, "survey", origin="test", **to),
        _queue(store, mara, "survey", origin="staff", data=content, **to),
    ]
    assert {message.state for message in sent} == {"sent"}


def test_who_is_nobody_we_know_has_no_matter(store: Store) -> None:
    with store_scope(store.pk):
        draft = Draft("survey:guest", KIND, "survey", ("email",), to_address="x@shop.example")
        queue_messages(drafts=[draft])
    settle()
    assert _now(store).state == "skipped"  # no address of a customer; but not held


def test_let_go_by_hand_or_sent_again_it_is_judged_anew_and_waits(store: Store) -> None:
    mara = _person(store)
    _talk(store, mara)
    held = _queue(store, mara)
    with store_scope(store.pk):
        assert release_held() == 1
    assert _again(store, held).state == "held"
    with store_scope(store.pk):
        second = resend_message(message=_fresh(held), by="Ada")
    assert _again(store, second).state == "held"


def _fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_what_has_become_too_late_expires_and_says_what_it_waited_for(store: Store) -> None:
    mara = _person(store)
    _talk(store, mara)
    held = _queue(store, mara, not_after=clock.now() + timedelta(hours=2))
    waiting.run_waiting()
    assert _again(store, held).state == "held"
    with clock.at(clock.now() + timedelta(hours=3)):
        assert waiting.run_waiting() == 1
        _due(held)
        late = _again(store, held)
    assert (late.state, late.reason) == ("expired", "open_conversation")
    assert late.reason_text == (
        "It would have come too late to be of use. It waited: Waits while conversation #1 is open."
    )


def test_settled_too_late_it_is_not_sent_either(store: Store) -> None:
    mara = _person(store)
    talk = _talk(store, mara)
    held = _queue(store, mara, not_after=clock.now() + timedelta(hours=2))
    with clock.at(clock.now() + timedelta(hours=3)):
        _set(store, talk, "resolved")
        _due(held)
        settle()
        _due(held)
        assert _again(store, held).state == "expired"


def _due(message: Message) -> None:
    """The database's clock does not follow a test's."""
    with store_scope(message.store_id), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET due_at = clock_timestamp() - interval '1 s'"
            " WHERE id = %s AND state = 'queued'",
            [message.pk],
        )


def test_what_no_event_tells_of_is_found_by_the_sweep(store: Store) -> None:
    mara = _person(store)
    talk = _talk(store, mara)
    held = _queue(store, mara)
    assert waiting.run_waiting() == 0
    with store_scope(store.pk):
        Conversation.objects.filter(pk=talk.pk).update(customer=None)
    assert waiting.run_waiting() == 1
    assert _again(store, held).state == "sent"


def test_merged_conversations_are_one_matter(store: Store) -> None:
    mara = _person(store)
    with store_scope(store.pk):
        inbox = save_connection(
            store=store, family="channel", connector="widget", slug="chat", settings={}
        )
        gone, kept = (
            write(inbox, "Hello?", email="mara@shop.example", visitor=f"v{n}", fresh=True)
            for n in (1, 2)
        )
        mara = Customer.objects.get(email="mara@shop.example", pk=mara.pk)
        Conversation.objects.update(customer=mara)
        set_status(conversation=kept.conversation, status="resolved", by=None)
        set_status(conversation=gone.conversation, status="pending", by=None)
    held = _queue(store, mara)
    assert held.state == "held"
    with store_scope(store.pk):
        # what waits for her is put into what is settled: nothing is open any more
        merge_conversations(
            conversation=Conversation.objects.get(pk=gone.conversation_id),
            into=Conversation.objects.get(pk=kept.conversation_id),
            by=None,
        )
    assert _again(store, held).state == "sent"


def test_who_turns_out_to_be_a_customer_brings_the_matter_along(db: None) -> None:
    market = Market.open(policies=QUIET_OFF)
    store = market.bench.store
    add_sandbox_sms(store)
    write_texts(store)
    order = market.order(1001)
    with store_scope(store.pk):
        mara = Customer.objects.get(orders=order)
        line = connect(store, "sandbox_instagram")
    write_on_platform(line, "Where is it?", "6900000000000011", name="mara")
    assert _queue(store, mara, "survey").state == "sent"

    # when the stranger is linked to her, her offers wait
    with store_scope(store.pk):
        talk = Conversation.objects.get(medium="instagram")
        link_customer(conversation=talk, order_number="1001", email=order.email, by=None)
    held = _queue(store, mara, "survey")
    assert (held.state, held.reason) == ("held", "open_conversation")

    # when that was a mistake, they leave
    with store_scope(store.pk):
        activity = Entry.objects.get(kind="activity", data__has_key=LINKED)
        unlink_customer(entry=activity, by=None)
    assert waiting.run_waiting() == 1
    assert _again(store, held).state == "sent"


def test_another_stores_conversation_holds_nothing(store: Store) -> None:
    other = make_bench("wren").store
    _talk(other, _person(other))
    assert _queue(store, _person(store)).state == "sent"


def test_pages_tell_the_reason_and_do_not_call_it_a_problem(db: None) -> None:
    market = Market.open(policies=QUIET_OFF)
    write_texts(market.bench.store)
    mara = _person(market.bench.store)
    _talk(market.bench.store, mara)
    held = _queue(market.bench.store, mara)
    client = market.person()
    said = "Waits while conversation #1 is open."
    assert said in text_of(client, "/s/lark/messages/")
    assert said in text_of(client, f"/s/lark/messages/{held.pk}/")
    assert said not in text_of(client, "/s/lark/problems/")
    assert said not in text_of(client, "/s/lark/messages/?show=person")
    assert "A conversation is open" in text_of(client, "/s/lark/messages/reasons/")
