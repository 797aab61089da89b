"""Batches of rows travel as one JSON parameter; what JSON cannot carry goes Django's way."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def store(db: None) -> Iterator[Any]:
    """A store in scope."""
    from shopbell.accounts.actions import create_store
    from shopbell.accounts.models import Organisation
    from shopbell.kit.db.scope import store_scope

    made = create_store(organisation=Organisation.objects.create(name="A"), slug="a", name="A")
    with store_scope(made.pk):
        yield made


def test_values_come_back_as_they_went_in(store: Any) -> None:
    from shopbell.kit import clock
    from shopbell.orders.models import Order

    now = clock.now()
    tricky = "quote ' \" backslash \\ brace } comma , percent % line\nÄ 😀"
    order = Order(
        source="s",
        source_id=tricky[:100],
        note=tricky,
        tags=["a,b", '"', "{}"],
        address={"city": tricky, "none": None, "deep": [1, 2.5, True]},
        placed_at=now,
        total=2**53 + 1,
        payload=None,
    )
    Order.objects.bulk_create([order])
    row = Order.objects.get()
    for name in ("source_id", "note", "tags", "address", "placed_at", "total", "payload"):
        assert getattr(row, name) == getattr(order, name), name
    assert order.pk == row.pk
    assert order.created_at == row.created_at  # made by the database, noted on the object


def test_a_row_that_is_there_already_is_left_alone_when_asked(store: Any) -> None:
    from django.db import IntegrityError, transaction

    from shopbell.orders.models import Order

    Order.objects.bulk_create([Order(source="s", source_id="1", note="first")])
    again = [Order(source="s", source_id="1", note="second"), Order(source="s", source_id="2")]
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.bulk_create(again)
    Order.objects.bulk_create(again, ignore_conflicts=True)
    assert dict(Order.objects.values_list("source_id", "note")) == {"1": "first", "2": ""}


def test_numbers_of_rows_are_given_in_their_order(store: Any) -> None:
    from shopbell.connections.models import Intake
    from shopbell.events.models import Delivery, Event
    from shopbell.kit import clock

    events = [Event(name=f"e{n}", data={}, occurred_at=clock.now()) for n in range(50)]
    Event.objects.bulk_create(events)
    assert [e.pk for e in events] == sorted(e.pk for e in events)
    assert dict(Event.objects.values_list("pk", "name")) == {e.pk: e.name for e in events}
    # Bytes are not JSON: the same call takes Django's way.
    Intake.objects.bulk_create([Intake(source="s", provider_id="1", topic="t", body=b"\0\xff")])
    assert bytes(Intake.objects.get().body) == b"\0\xff"
    assert Delivery.objects.count() == 0


def test_a_fresh_object_equals_a_constructed_one(store: Any) -> None:
    from shopbell.messaging.models import Message

    given = {"business_key": "k", "kind": "x", "purpose": "essential", "medium": "email"}
    made, fresh = Message(**given), Message.fresh(**given)
    for field in Message._meta.concrete_fields:
        if field.attname != "id":
            one, other = getattr(made, field.attname), getattr(fresh, field.attname)
            assert repr(one) == repr(other), field.attname
    assert fresh.media is not Message.fresh().media
    with pytest.raises(TypeError, match="customr"):
        Message.fresh(customr_id=1)


def test_two_stores_do_not_meet_in_a_batch(store: Any) -> None:
    from django.db import ProgrammingError, transaction

    from shopbell.orders.models import Order

    foreign = Order(source="s", source_id="1", store_id=store.pk + 1)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Order.objects.bulk_create([foreign])


def test_objects_are_written_back_together_and_only_in_the_named_columns(store: Any) -> None:
    from datetime import timedelta

    from shopbell.conversations.models import Conversation
    from shopbell.kit import clock
    from shopbell.kit.db.bulk import update_objects
    from shopbell.slas.models import Clock

    rows = [Conversation(number=n, subject="old", medium="email") for n in (1, 2, 3)]
    Conversation.objects.bulk_create(rows)
    span = timedelta(days=-1, hours=3, microseconds=7)
    made = Clock(
        conversation=rows[0], target="first", goal=span, spent=span, started_at=clock.now()
    )
    Clock.objects.bulk_create([made])
    for row in rows[:2]:
        row.subject, row.tags, row.medium = f"new {row.number}", ["a,b", '"'], "chat"
    update_objects(rows[:2], ["subject", "tags"])
    made.spent = timedelta(0)
    update_objects([made])
    found = Conversation.objects.order_by("number").values_list("subject", "tags", "medium")
    tags = ["a,b", '"']
    assert list(found) == [("new 1", tags, "email"), ("new 2", tags, "email"), ("old", [], "email")]
    kept = Clock.objects.get()
    assert (kept.goal, kept.spent) == (span, timedelta(0))


def test_what_repeats_in_a_batch_goes_into_the_next_round() -> None:
    from shopbell.kit.rounds import apart

    assert apart(["a1", "b1", "a2", "a3", "c1"], lambda item: item[0]) == [
        ["a1", "b1", "c1"],
        ["a2"],
        ["a3"],
    ]
