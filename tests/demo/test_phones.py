"""The demo's customers on their phones: they report, write, answer, stop, block, go silent."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.demo.customers import Audience
from shopbell.demo.people import BY_NUMBER, CUSTOMERS
from shopbell.demo.phones import AWAY, OPENINGS, Nature, come_back, nature_of
from shopbell.demo.posts import Post
from shopbell.demo.seeding import seed
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import uuid7
from shopbell.messaging.models import Message
from shopbell.messaging.ports import BY_NUMBER as NUMBERED
from shopbell.messaging.states import State
from shopbell.orders.models import Product
from shopbell.sandbox import actions
from shopbell.sandbox.models import Handset

pytestmark = pytest.mark.django_db
SEED = 1


@pytest.fixture
def store() -> Store:
    return seed()


def customer(store: Store, number: int) -> Customer:
    person = BY_NUMBER[number]
    with store_scope(store.pk):
        return Customer.objects.create(
            email=person.email, first_name=person.first_name, phone=person.phone
        )


def somebody(nature: Nature) -> int:
    """Return a customer with a phone who is like that."""
    return next(c.number for c in CUSTOMERS if c.phone and nature_of(SEED, c.email) == nature)


def told(store: Store, to: Customer, medium: str = "whatsapp", **fields: Any) -> Message:
    key = uuid7()
    values: dict[str, Any] = {"kind": "nothing_to_ask", "state": State.SENT, **fields}
    with store_scope(store.pk):
        return Message.objects.create(
            id=key,
            business_key=str(key),
            purpose="order_updates",
            medium=medium,
            media=[medium],
            connection=Connection.objects.get(connector=f"sandbox_{medium}"),
            customer=to,
            to_address=to.phone,
            text="It is on its way",
            provider_id=f"sandbox-{key}",
            **values,
        )


def delivered(store: Store, to: Customer, medium: str) -> Message:
    """Tell something that arrived a while ago."""
    return told(
        store, to, medium, state=State.DELIVERED, delivered_at=clock.now() - timedelta(minutes=2)
    )


def kinds(posts: list[Post]) -> list[str]:
    return [json.loads(post.body)["kind"] for post in posts if post.method == "POST"]


def said(posts: list[Post]) -> list[str]:
    bodies = [json.loads(post.body) for post in posts if post.method == "POST"]
    return [body["written"]["text"] for body in bodies if body["kind"] == "written"]


def test_a_phone_reports_what_it_got_and_one_that_is_off_or_blocked_does_not(store: Store) -> None:
    usual = customer(store, somebody(Nature.USUAL))
    told(store, usual)
    assert kinds(Audience(store, SEED).react(clock.now())) == ["delivered"]
    with store_scope(store.pk):
        handset = Handset.objects.create(customer=usual, off_at=clock.now())
    assert Audience(store, SEED).react(clock.now()) == []
    with store_scope(store.pk):
        actions.switch(handset=handset, on=True)
        actions.block(handset=handset, medium="whatsapp", blocked=True)
    assert Audience(store, SEED).react(clock.now()) == []
    told(store, usual, "sms")
    assert kinds(Audience(store, SEED).react(clock.now())) == ["delivered"]


def test_some_write_by_themselves_once_on_each_channel_and_one_in_public(store: Store) -> None:
    for opening in OPENINGS:
        customer(store, opening.number)
    audience, now = Audience(store, SEED), clock.now()
    assert audience.react(now) == []
    with store_scope(store.pk):
        Product.objects.create(source="t", source_id="1", title="Copper kettle")
    posts: list[Post] = []
    for minute in range(1, 8):
        posts += audience.react(now + timedelta(minutes=minute))
    assert said(posts) == [opening.text for opening in OPENINGS]
    written = [json.loads(post.body)["written"] for post in posts]
    assert Counter(each["what"] for each in written) == {"message": 3, "comment": 1}
    assert [post.path.split("/")[2] for post in posts] == [
        f"sandbox_{opening.medium}" for opening in OPENINGS
    ]
    # and again after a restart under the same names, so nobody writes twice
    again = Audience(store, SEED)
    again.react(now)
    [first] = again.react(now + timedelta(minutes=1))
    assert json.loads(first.body)["message_id"] == json.loads(posts[0].body)["message_id"]


def test_who_writes_by_number_has_one() -> None:
    numbered = [opening for opening in OPENINGS if opening.medium in NUMBERED]
    assert all(BY_NUMBER[opening.number].phone for opening in numbered)


def test_somebody_answers_stop_to_a_text_message(store: Store) -> None:
    delivered(store, customer(store, somebody(Nature.STOPS)), "sms")
    audience = Audience(store, SEED)
    now = clock.now()
    assert said(audience.react(now)) == ["STOP"]
    assert said(audience.react(now + timedelta(seconds=5))) == []


def test_somebody_blocks_the_shop_and_somebody_puts_the_phone_away_for_a_while(
    store: Store,
) -> None:
    blocks = customer(store, somebody(Nature.BLOCKS))
    away = customer(store, somebody(Nature.AWAY))
    for each in (blocks, away):
        delivered(store, each, "whatsapp")
    Audience(store, SEED).react(clock.now())
    with store_scope(store.pk):
        assert Handset.objects.get(customer=blocks).blocked == ["whatsapp"]
        assert Handset.objects.get(customer=away).off_at is not None
    waiting = told(store, away)
    with store_scope(store.pk):
        assert come_back(store, SEED, clock.now() + AWAY / 2) == []
        [post] = come_back(store, SEED, clock.now() + AWAY * 2)
        assert json.loads(post.body)["message_id"] == str(waiting.pk)
        assert Handset.objects.get(customer=away).off_at is None


def test_who_is_silent_reads_and_answers_nothing(store: Store) -> None:
    delivered(store, customer(store, somebody(Nature.SILENT)), "whatsapp")
    assert Audience(store, SEED).react(clock.now()) == []


def test_natures_follow_from_the_seed_and_most_people_are_usual() -> None:
    of_one = [nature_of(1, f"{n}@example.com") for n in range(1000)]
    assert of_one == [nature_of(1, f"{n}@example.com") for n in range(1000)]
    assert of_one != [nature_of(2, f"{n}@example.com") for n in range(1000)]
    assert 0.72 < of_one.count(Nature.USUAL) / 1000 < 0.88
    assert set(of_one) == set(Nature)


def test_an_agents_answer_in_an_app_is_sometimes_thanked_for_there(store: Store) -> None:
    usual = customer(store, somebody(Nature.USUAL))
    for _ in range(30):
        told(
            store, usual, kind="reply", state=State.DELIVERED,
            delivered_at=clock.now() - timedelta(minutes=2),
        )  # fmt: skip
    posts = Audience(store, SEED).react(clock.now())
    thanks = said(posts)
    assert 1 <= len(thanks) <= 30
    assert all("hank" in words for words in thanks)
