"""A shop whose customers go through journeys, and time that passes when it is told to.

A newcomer's mistake: `settle()` alone. It does not make anything due; `pass_time` does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database

from shopbell.accounts.models import Store
from shopbell.consent.actions import record_consent
from shopbell.customers.actions import record_people
from shopbell.customers.models import Customer
from shopbell.customers.ports import Person
from shopbell.events.pump import PUMPS
from shopbell.journeys import actions
from shopbell.journeys.models import Enrolment, Journey, JourneyState, Passage
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.models import Message
from shopbell.orders.actions.catalogue import record_carts
from shopbell.orders.actions.orders import record_orders
from shopbell.orders.actions.parcels import record_shipments
from shopbell.orders.ports import (
    CartFacts,
    CustomerFacts,
    LineFacts,
    OrderFacts,
    ShipmentFacts,
    ShipmentStatus,
)
from tests.support.shop import add_smtp, make_bench
from tests.support.smtp_sink import SmtpSink

MUG = LineFacts("1", "Stoneware mug", 2, 1850, 3700, variant_title="Sage")


@dataclass(slots=True)
class Shop:
    """The store and what can be done in it."""

    store: Store
    sink: SmtpSink

    def subscribe(self, email: str, channel: str = "email", **about: Any) -> Customer:
        """Let somebody agree to get offers."""
        with store_scope(self.store.pk):
            [customer] = record_people(people=[Person(source="a test", email=email, **about)])
            assert customer is not None
            record_consent(
                customer=customer,
                purpose="marketing",
                channel=channel,
                action="granted",
                source="a test",
            )
            return customer

    def leave_cart(self, email: str, number: str = "c1", **changes: Any) -> None:
        """Let somebody leave a cart."""
        about: dict[str, Any] = {
            "email": email,
            "currency": "EUR",
            "total": 3700,
            "recover_url": "https://lark.example/recover/c1",
            "lines": (MUG,),
            **changes,
        }
        with store_scope(self.store.pk):
            record_carts(source="shopify/main", facts=[CartFacts(source_id=number, **about)])

    def order(self, email: str, number: str = "#1001", **changes: Any) -> None:
        """Let somebody order."""
        about: dict[str, Any] = {"currency": "EUR", "total": 3700, "lines": (MUG,), **changes}
        customer = CustomerFacts(source_id=email, email=email)
        fact = OrderFacts(source_id=number, number=number, customer=customer, **about)
        with store_scope(self.store.pk):
            record_orders(source="shopify/main", facts=[fact])

    def deliver(self, number: str = "#1001", parcel: str = "p1", status: str = "delivered") -> None:
        """Let a parcel of an order arrive, or get somewhere."""
        fact = ShipmentFacts(source_id=parcel, order_id=number, status=ShipmentStatus(status))
        with store_scope(self.store.pk):
            record_shipments(source="shopify/main", facts=[fact])

    def switch_on(self, key: str) -> Journey:
        """Switch a journey on."""
        with store_scope(self.store.pk):
            return actions.switch_on(key=key, by=None)

    def own(self, definition: dict[str, Any], key: str = "own") -> Journey:
        """Make a journey of one's own and switch it on."""
        with store_scope(self.store.pk):
            row = Journey.objects.create(key=key, name="My own", state=JourneyState.LIVE)
            actions.save_version(journey=row, definition=definition, by=None)
            return row

    def runs(self) -> list[Enrolment]:
        """Return all runs, oldest first."""
        with store_scope(self.store.pk):
            return list(Enrolment.objects.order_by("entered_at", "id"))

    def run(self) -> Enrolment:
        """Return the one run there is."""
        [row] = self.runs()
        return row

    def told(self) -> list[tuple[str, str, str]]:
        """Return kind, state and reason of every message."""
        with store_scope(self.store.pk):
            rows = Message.objects.exclude(kind="order_confirmed").order_by("created_at", "id")
            return [(row.kind, row.state, row.reason) for row in rows]

    def said(self) -> list[str]:
        """Return what was written down, oldest first."""
        with store_scope(self.store.pk):
            return list(Passage.objects.order_by("at", "id").values_list("text", flat=True))


def open_shop(sink: SmtpSink) -> Shop:
    """Make a store without quiet hours."""
    bench = make_bench()
    with store_scope(bench.store.pk):
        bench.store.policies = {
            **bench.store.policies,
            "quiet_from": "00:00",
            "quiet_until": "00:00",
        }
        bench.store.save(update_fields=["policies"])
    add_smtp(bench.store, sink.port)
    return Shop(bench.store, sink)


def work(rounds: int = 30) -> None:
    """Run the worker until nothing is due."""
    for _ in range(rounds):
        if not sum(PUMPS[name].run() for name in ("intake", "events", "journeys", "outbox")):
            return
    raise AssertionError("the pumps do not come to rest")


def pass_time(**by: float) -> datetime:
    """Let so much time pass for everybody in a journey, and let the worker work."""
    seconds = timedelta(**by).total_seconds()
    with unscoped("a test moves time"), database.cursor() as cursor:
        for column in ("due_at", "entered_at"):
            cursor.execute(
                f"UPDATE journeys_enrolment SET {column} = {column} - make_interval(secs => %s)",
                [seconds],
            )
        cursor.execute(
            "UPDATE messaging_message SET handed_at = handed_at - make_interval(secs => %s)",
            [seconds],
        )
        cursor.execute(
            "UPDATE orders_order SET created_at = created_at - make_interval(secs => %s)", [seconds]
        )
    work()
    return clock.now()
