"""`in` of UUIDs is one array in SQL, with the answers of Django's own."""

import uuid
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


def customers(count: int) -> list[Any]:
    from shopbell.customers.models import Customer

    rows = [Customer.fresh(email=f"c{number}@mail.example") for number in range(count)]
    Customer.objects.bulk_create(rows)
    return rows


def test_a_thousand_ids_are_one_array(store: Any) -> None:
    from shopbell.customers.models import Customer

    rows = customers(3)
    wanted = [rows[0].pk, rows[2].pk, *(uuid.uuid4() for _ in range(1000))]
    asked = Customer.objects.filter(pk__in=wanted)
    assert set(asked) == {rows[0], rows[2]}
    assert Customer.objects.exclude(pk__in=wanted).get() == rows[1]
    assert "= ANY(" in str(asked.query)
    assert " IN (" not in str(asked.query)


def test_foreign_keys_too_by_id_object_and_text(store: Any) -> None:
    from shopbell.customers.models import Customer
    from shopbell.orders.models import Order

    one, other = customers(2)
    order = Order.objects.create(source="s", source_id="1", customer=one)
    Order.objects.create(source="s", source_id="2", customer=other)
    ways: list[Any] = [[one.pk], {one}, (str(one.pk),), [one, None], {one.pk: "told"}]
    for wanted in ways:
        rows = Order.objects.filter(customer__in=wanted)
        assert rows.get() == order
        assert "= ANY(" in str(rows.query)
    assert Customer.objects.filter(orders__in=[order]).get() == one


def test_nothing_finds_nothing_and_leaves_out_nobody(store: Any) -> None:
    from shopbell.customers.models import Customer

    customers(2)
    none: list[Any] = [[], [None]]
    for wanted in none:
        assert not Customer.objects.filter(pk__in=wanted).exists()
    assert Customer.objects.exclude(pk__in=[]).count() == 2


def test_subqueries_and_expressions_stay_what_they_are(store: Any) -> None:
    from django.db.models import F

    from shopbell.customers.models import Customer
    from shopbell.orders.models import Order

    one, other = customers(2)
    Order.objects.create(source="s", source_id="1", customer=one)
    buyers = Order.objects.values("customer_id")
    assert Customer.objects.filter(pk__in=buyers).get() == one
    assert set(Customer.objects.filter(pk__in=[F("pk")])) == {one, other}
