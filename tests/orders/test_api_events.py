"""Events of the API behind the door: facts, deeds or a sentence why not. None harms another."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shopbell.accounts.models import Store
from shopbell.connections.intake import run_intake
from shopbell.connections.models import Intake
from shopbell.customers.models import Customer
from shopbell.events.models import Event
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order, Shipment
from tests.support.shop import make_store

pytestmark = pytest.mark.usefixtures("committed_db")

FACES = "Zoë 👨‍👩‍👧‍👦 \u202eabc\u202c e\u0301 İı ß ＝１ " + "a\u0301" * 50


@pytest.fixture
def store(committed_db: None) -> Store:
    return make_store()


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "number": f"#{number}",
        "currency": "EUR",
        "total": "49.90",
        "customer": {"email": f"mara{number}@example.com", "first_name": "Mara"},
        "lines": [{"title": "Speckled cup", "quantity": 2, "unit_price": "24.95"}],
        "updated_at": "2026-11-21T10:00:00Z",
    } | changes


def arrive(store: Store, *events: tuple[str, dict[str, Any]], source: str = "api/default") -> None:
    """Store events as the door does."""
    with store_scope(store.pk):
        begun = Intake.objects.count()
        for number, (kind, data) in enumerate(events, start=begun):
            body = {"id": f"e{number}", "type": kind, "data": data}
            Intake.objects.create(
                source=source,
                provider_id=f"e{number}",
                topic=kind,
                body=json.dumps({**body, "occurred_at": "2026-11-20T02:00:00-18:00"}).encode(),
            )
    while run_intake():
        pass


def outcomes(store: Store) -> list[tuple[str, str]]:
    with store_scope(store.pk):
        return [(row.state, row.note) for row in Intake.objects.order_by("id")]


def test_an_order_and_its_parcel_become_rows_of_their_source(store: Store) -> None:
    shipment = {"id": "p1", "order_id": "1001", "tracking_number": "JD014600006281230000"}
    arrive(store, ("order.created", order(1001)), ("shipment.created", shipment))
    with store_scope(store.pk):
        found = Order.objects.select_related("customer").get()
        assert (found.source, found.number, found.total) == ("api/default", "#1001", 4990)
        assert found.customer is not None
        assert found.customer.email == "mara1001@example.com"
        assert Shipment.objects.get().order_id == found.pk
    assert outcomes(store) == [("done", ""), ("done", "")]


def test_the_same_id_of_two_sources_are_two_orders(store: Store) -> None:
    arrive(store, ("order.created", order(1)))
    arrive(store, ("order.created", order(1)), source="api/till")
    with store_scope(store.pk):
        assert set(Order.objects.values_list("source", flat=True)) == {"api/default", "api/till"}


def test_one_bad_event_of_a_batch_stops_no_other(store: Store) -> None:
    bad = order(3) | {"lines": [{"title": "Cup", "quantity": "many"}], "colour": "red"}
    events = [("order.created", order(n)) for n in (1, 2)]
    arrive(store, *events, ("order.created", bad), ("order.created", order(4)))
    with store_scope(store.pk):
        assert Order.objects.count() == 3
    states = outcomes(store)
    assert [state for state, _ in states] == ["done", "done", "quarantined", "done"]
    assert "lines.0.quantity" in states[2][1]
    assert "colour" in states[2][1]


def test_what_only_the_merchant_knows_joins_the_history_of_the_customer(store: Store) -> None:
    arrive(
        store,
        ("loyalty.level_reached", {"customer": {"id": 7, "email": "Mara@Example.com"}, "to": 3}),
        ("quiz.finished", {"email": "mara@example.com", "score": "12"}),
        ("store.visited", {"customer": "mara@example.com"}),
    )
    with store_scope(store.pk):
        person = Customer.objects.get()
        rows = Event.objects.filter(subject_id=person.pk, name="customer.did").order_by("id")
        assert [row.data["did"] for row in rows] == [
            "loyalty.level_reached", "quiz.finished", "store.visited",
        ]  # fmt: skip
        assert rows[1].data["data"] == {"email": "mara@example.com", "score": "12"}
        assert rows[0].occurred_at == datetime(2026, 11, 20, 20, tzinfo=UTC)


def test_an_event_about_nobody_is_kept_and_says_why_it_is_not_used(store: Store) -> None:
    arrive(store, ("weather.changed", {"to": "rain"}), ("weather.changed", {"customer": "no one"}))
    for state, note in outcomes(store):
        assert state == "unused"
        assert "Name a customer" in note
    with store_scope(store.pk):
        assert not Customer.objects.exists()


def test_an_event_whose_data_is_huge_is_parked_with_a_sentence(store: Store) -> None:
    arrive(store, ("quiz.finished", {"email": "mara@example.com", "essay": "x" * 64_000}))
    assert outcomes(store) == [("quarantined", "The data of this event is larger than 32 KB.")]


def test_strange_text_is_kept_in_orders_and_deeds(store: Store) -> None:
    customer = {"email": "mara@example.com", "first_name": FACES[:100]}
    arrive(
        store,
        ("order.created", order(1, note=FACES, customer=customer)),
        ("note.taken", {"customer": customer, "word": "w" * 20_000}),
    )
    assert [state for state, _ in outcomes(store)] == ["done", "done"]
    with store_scope(store.pk):
        assert Order.objects.get().note == FACES.strip()


def test_two_hundred_orders_are_one_batch(store: Store) -> None:
    with store_scope(store.pk):
        for number in range(200):
            body = json.dumps({"id": f"e{number}", "type": "order.x", "data": order(number)})
            Intake.objects.create(
                source="api/default",
                provider_id=f"e{number}",
                topic="order.created",
                body=body.encode(),
            )
    assert run_intake() == 200
    with store_scope(store.pk):
        assert Order.objects.count() == 200
        assert Intake.objects.filter(state="done").count() == 200
