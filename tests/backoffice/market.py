"""A store for the merchant pages: orders come in as signed webhooks and are told by sandboxes.

A newcomer's mistake: making messages by hand. Let the shop post, let the pumps run, then look.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, Self

from django.test import Client

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Staff
from shopbell.connections.actions import save_connection
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.support.shop import Bench, make_bench, order_payload, receive, settle


def ago(**span: float) -> str:
    """Return a time before now as a shop writes it."""
    return (clock.now() - timedelta(**span)).isoformat()


def zone_at_noon() -> str:
    """Return a zone in which it is about noon, so that "today" does not end during a test."""
    hours = 12 - clock.now().astimezone(UTC).hour
    return f"Etc/GMT{-hours:+d}"  # the sign of these names is the other way round


@dataclass(slots=True)
class Market:
    """The store and what can be done in it."""

    bench: Bench
    posted: int = 0

    @classmethod
    def open(cls, slug: str = "lark", **fields: Any) -> Self:
        """Open a store with a mailbox that is a sandbox."""
        bench = make_bench(slug, timezone=zone_at_noon(), **fields)
        with store_scope(bench.store.pk):
            save_connection(
                store=bench.store,
                family="channel",
                connector="sandbox_email",
                slug="mail",
                address=f"orders@{slug}.example",
                settings={},
            )
        return cls(bench)

    def post(self, topic: str, payload: dict[str, Any]) -> None:
        """Let the shop post something, and let everything run that follows."""
        self.posted += 1
        receive(self.bench, topic, payload, f"e{self.posted}")
        settle()

    def order(self, number: int = 1001, **changes: Any) -> Order:
        """Let somebody order."""
        values = {"created_at": ago(minutes=5), "updated_at": ago(minutes=5), **changes}
        self.post("orders/create", order_payload(number, **values))
        with store_scope(self.bench.store.pk):
            return Order.objects.get(number=f"#{number}")

    def dispatch(self, number: int = 1001, **changes: Any) -> None:
        """Let the parcel of an order leave."""
        parcel = {
            "id": 400_000 + number,
            "order_id": 5_000_000_000 + number,
            "status": "success",
            "created_at": ago(minutes=3),
            "updated_at": ago(minutes=3),
            "tracking_company": "DHL",
            "tracking_number": f"0034043416109425{number}",
            "tracking_url": f"https://carrier.example/track/{number}",
            "line_items": [{"id": 90_000 + number, "quantity": 2}],
            **changes,
        }
        self.post("fulfillments/create", parcel)

    def scan(self, number: int = 1001, status: str = "out_for_delivery", **changes: Any) -> None:
        """Let the carrier say where the parcel is, through the shop."""
        scan = {
            "id": 700_000 + self.posted,
            "fulfillment_id": 400_000 + number,
            "order_id": 5_000_000_000 + number,
            "status": status,
            "message": "On the van",
            "city": "Berlin",
            "country": "Germany",
            "happened_at": ago(minutes=2),
            **changes,
        }
        self.post("fulfillment_events/create", scan)

    def person(self, role: str = "owner") -> Client:
        """Return a browser in which somebody of that role is signed in."""
        store = self.bench.store
        with store_scope(store.pk):
            known = Staff.objects.select_related("user").filter(role=role).first()
        staff = known or add_staff(
            store=store, email=f"{role}@{store.slug}.example", name=role.title(), role=role
        )
        client = Client()
        client.force_login(staff.user)
        return client

    def messages(self, **wanted: Any) -> list[Message]:
        """Return messages of the store, oldest first."""
        with store_scope(self.bench.store.pk):
            return list(Message.objects.filter(**wanted).order_by("created_at", "id"))


def text_of(client: Client, address: str, status: int = 200) -> str:
    """Return the HTML of a page, failing with it when the status is another."""
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()
