"""A shop with customers of all kinds, for tests of segments.

Rows are written as they lie in the tables; whoever tests what news does uses the pumps (`keep_up`).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Line, Order
from shopbell.segments.actions import save_segment
from shopbell.segments.membership import fill_profiles
from shopbell.segments.models import Member, Segment
from shopbell.segments.profiles import refresh
from shopbell.segments.queries import asked_now, count_of, tree_named
from shopbell.segments.sql import flat, selected
from shopbell.segments.tree import read
from tests.support.people import people_of


@dataclass(slots=True)
class Shop:
    """A store; everything happens inside its scope, which the test opens."""

    store: Store

    def customer(self, name: str, **fields: Any) -> Customer:
        """Add a customer with an e-mail address made of the name."""
        values = {"email": f"{name}@mail.example", "first_name": name.title(), **fields}
        return Customer.objects.create(**values)

    def order(
        self, customer: Customer, *, days_ago: float = 1, what: Sequence[str] = (), **fields: Any
    ) -> Order:
        """Let a customer order `what`, so many days ago."""
        key = uuid.uuid4().hex
        values = {
            "source": "t", "source_id": key, "number": key[:6], "customer": customer,
            "currency": self.store.currency, "placed_at": ago(days_ago), **fields,
        }  # fmt: skip
        order = Order.objects.create(**values)
        for place, title in enumerate(what):
            Line.objects.create(order=order, source_id=str(place), title=title, sku=title[:3])
        return order


def make_shop(slug: str = "lark") -> Shop:
    """Return a store with its staff."""
    return Shop(people_of(slug).store)


def ago(days: float) -> datetime:
    """Return the moment so many days ago."""
    return clock.now() - timedelta(days=days)


def found(definition: dict[str, Any]) -> set[str]:
    """Return the first names of whom conditions describe, by one statement, profiles made anew."""
    refresh(customers=list(Customer.objects.values_list("pk", flat=True)))
    tree = flat(read(definition), tree_named)
    clause = selected(tree, asked_now())
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT p.customer_id {clause.sql}", clause.told)
        keys = [row[0] for row in cursor.fetchall()]
    assert count_of(tree) == len(keys)
    return {row.first_name.lower() for row in Customer.objects.filter(pk__in=keys)}


def segment(name: str, definition: dict[str, Any], **fields: Any) -> Segment:
    """Keep a segment."""
    return save_segment(name=name, definition=definition, by=None, by_name="Test", **fields)


def keep_up(rounds: int = 30) -> None:
    """Deliver news and let the pump of segments work until nothing is left (outside a scope)."""
    for _ in range(rounds):
        if not PUMPS["events"].run() + PUMPS["segments"].run():
            return
    raise AssertionError("segments do not come to rest")


def members_of(shop: Shop, row: Segment) -> set[str]:
    """Return the first names of a segment's members."""
    with store_scope(shop.store.pk):
        rows = Member.objects.filter(segment=row).select_related("customer")
        return {each.customer.first_name.lower() for each in rows}


def known(shop: Shop) -> None:
    """Give everybody a profile, as an old store has them (outside a scope)."""
    with store_scope(shop.store.pk):
        fill_profiles()
