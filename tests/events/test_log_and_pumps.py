"""Facts are written in their order, and pumps know when to wait for more of them."""

from uuid import UUID

import pytest

from shopbell.customers.events import CustomerAdded
from shopbell.events.actions import caused_by, emit, gathered
from shopbell.events.models import Delivery, Event
from shopbell.events.pump import BATCH, Pump, rest_after
from shopbell.events.registry import dump, load
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict
from shopbell.orders.events import OrderPlaced
from tests.support.shop import make_store


def _added(number: int) -> CustomerAdded:
    return CustomerAdded(customer_id=UUID(int=number))


def _emit_and_fail() -> None:
    emit(_added(1))
    raise Conflict("Something else went wrong.")


@pytest.mark.django_db
def test_facts_gathered_in_a_block_are_written_at_its_end_in_their_order() -> None:
    store = make_store()
    with store_scope(store.pk):
        with gathered():
            emit(_added(1))
            with caused_by(7, 0):
                emit(_added(2), _added(3))
            with gathered():
                emit(_added(4))
            assert not Event.objects.exists()
        rows = Event.objects.order_by("id")
        told = [(row.subject_id.int, row.cause_id, row.depth) for row in rows if row.subject_id]
        waiting = Delivery.objects.count()
    assert told == [(1, None, 0), (2, 7, 1), (3, 7, 1), (4, None, 0)]
    assert waiting % 4 == 0


@pytest.mark.django_db
def test_a_block_that_fails_writes_no_facts() -> None:
    store = make_store()
    with store_scope(store.pk):
        with pytest.raises(Conflict), gathered():
            _emit_and_fail()
        emit(_added(2))
        assert [row.subject_id for row in Event.objects.all()] == [UUID(int=2)]


def test_facts_come_back_from_the_log_as_they_were() -> None:
    fact = OrderPlaced(order_id=UUID(int=5))
    assert load(fact.name, dump(fact)) == fact
    assert load(fact.name, dump(fact) | {"no_longer_there": 1}) == fact


def test_only_a_stream_that_fills_no_batch_is_waited_for() -> None:
    pump = Pump("some", lambda: 0, rest=0.25)
    assert rest_after(pump, taken=1, seconds=0.01) == 0  # somebody's single order
    assert rest_after(pump, taken=100, seconds=0.1) == pytest.approx(0.15)
    assert rest_after(pump, taken=100, seconds=0.3) == 0
    assert rest_after(pump, taken=BATCH, seconds=0.01) == 0  # there is more
    assert rest_after(Pump("other", lambda: 0), taken=100, seconds=0.01) == 0
