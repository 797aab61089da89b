"""Offers that were sent, and signs of them, without waiting for a journey.

A newcomer's mistake: looking at numbers before `count()`. They are kept by day and counted anew.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from shopbell.accounts.models import Store
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from shopbell.results.counting import add_days, count_day, mark_all
from shopbell.results.models import Day, Outcome, What
from shopbell.results.queries import Numbers, Part, numbers_of, period_of


def told(store: Store, customer: Customer, ago: timedelta, **fields: Any) -> Message:
    """Write down an offer that was sent so long ago."""
    at = clock.now() - ago
    values = {
        "business_key": f"offer:{uuid.uuid4()}",
        "kind": "win_back",
        "purpose": "marketing",
        "medium": "email",
        "state": "sent",
        "customer": customer,
        "handed_at": at,
        "sent_at": at,
        "created_at": at,
        "to_address": customer.email,
        **fields,
    }
    with store_scope(store.pk):
        return Message.objects.create(**values)


def hours_ago(hours: float) -> datetime:
    """Return a moment so many hours ago."""
    return clock.now() - timedelta(hours=hours)


def work() -> None:
    """Let what happened be heard of."""
    for _ in range(30):
        if not sum(PUMPS[name].run() for name in ("intake", "events")):
            return
    raise AssertionError("the pumps do not come to rest")


def count(store: Store) -> None:
    """Count all days of sending."""
    with store_scope(store.pk):
        add_days(store)
        mark_all()
        for _ in range(2):  # an order of today may be news for the day of its message
            for key in Day.objects.order_by("-day").values_list("pk", flat=True):
                count_day(store, key)


def numbers(store: Store, part: Part | None = None) -> Numbers:
    """Return the numbers of the last thirty days."""
    with store_scope(store.pk):
        return numbers_of(period_of(store, "30"), part)


def bought_by(store: Store) -> list[tuple[str, uuid.UUID, str, int]]:
    """Return number of the order, message, sign and revenue of every order that counts."""
    with store_scope(store.pk):
        orders = {row.pk: row.number for row in Order.objects.all()}
        rows = Outcome.objects.filter(what=What.ORDER).order_by("at")
        return [(orders[row.ref], row.message_id, row.by, row.revenue) for row in rows]
