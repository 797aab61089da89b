"""What the chaos tests share: many queued messages, a mail server that takes its time, a tally.

A newcomer's mistake: trusting our own ledger alone. The tally compares it with what the mail
server really took.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from shopbell.accounts.models import Store
from shopbell.config.database import EMBEDDED_NAME
from shopbell.consent.actions import record_consent
from shopbell.customers.models import Customer
from shopbell.events.models import Delivery
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.orders.actions import record_facts
from shopbell.orders.models import Order
from shopbell.orders.ports import CustomerFacts, LineFacts, OrderFacts, PaymentStatus
from tests.support.smtp_sink import SmtpSink

SHOP = "shopify/main"


def order_facts(number: int) -> OrderFacts:
    """Return an order placed just now."""
    return OrderFacts(
        source_id=str(number),
        number=f"#{number}",
        payment=PaymentStatus.PAID,
        currency="EUR",
        total=4990,
        customer=CustomerFacts(email=f"c{number}@example.com", first_name="Mara"),
        lines=(LineFacts("1", "Speckled cup", 2, 2495, 4990),),
        placed_at=clock.now(),
        updated_at=clock.now(),
    )


def queue_confirmations(store: Store, numbers: range, *, purpose: str = "order_essentials") -> None:
    """Write orders down and queue a confirmation for each; nothing else is told about them."""
    with store_scope(store.pk):
        record_facts(source=SHOP, facts=[order_facts(number) for number in numbers], historic=True)
        orders = Order.objects.filter(source_id__in=[str(n) for n in numbers])
        rows = list(orders.select_related("customer"))
        if purpose == "marketing":
            _agree([row.customer for row in rows if row.customer])
        queue_messages(
            drafts=[
                Draft(
                    f"chaos:{row.source_id}",
                    "order_confirmed",
                    purpose,
                    ("email",),
                    row.customer,
                    row,
                )
                for row in rows
            ]
        )


def _agree(customers: list[Customer]) -> None:
    for customer in customers:
        record_consent(
            customer=customer, purpose="marketing", channel="email", action="granted", source="test"
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of everything, by ledger and by mail server."""

    states: Counter[str]
    taken: Counter[str]  # mails per address
    ids: dict[str, set[str]]  # Message-IDs per address
    lost: list[str]  # said to be sent, never taken
    doubts: list[str]  # left to a person

    @property
    def doubles(self) -> int:
        """Mails beyond the first one to each address."""
        return sum(count - 1 for count in self.taken.values())


def tally(store: Store, sink: SmtpSink, purpose: str) -> Tally:
    """Compare the ledger with the mail server for one purpose."""
    with store_scope(store.pk):
        rows: list[tuple[str, str]] = list(
            Message.objects.filter(purpose=purpose).values_list("state", "order__email")
        )
    ours = {address for _, address in rows}
    taken: Counter[str] = Counter()
    ids: dict[str, set[str]] = {}
    for mail in list(sink.messages):
        address = mail.recipients[0]
        if address in ours:
            taken[address] += 1
            ids.setdefault(address, set()).add(str(mail.parsed["Message-ID"]))
    return Tally(
        states=Counter(state for state, _ in rows),
        taken=taken,
        ids=ids,
        lost=[address for state, address in rows if state == "sent" and not taken[address]],
        doubts=[address for state, address in rows if state == "in_doubt"],
    )


def unfinished() -> int:
    """Return how many messages can still change by themselves."""
    return count(Message, closed_at=None)


def waiting_deliveries() -> int:
    """Return how many events handlers have not seen."""
    return count(Delivery, quarantined=False)


def count(model: Any, **filters: Any) -> int:
    """Count rows of all stores."""
    with unscoped("test"):
        return int(model.objects.filter(**filters).count())


class Progress:
    """Ends the leases of the dead when nothing moves; they would run out in half a minute.

    On a slow machine the living need longer than a second, so its patience doubles until they move.
    """

    def __init__(self, count: Callable[[], int], end: Callable[[], None]) -> None:
        self._count, self._end = count, end
        self._seen = (0, time.monotonic())
        self._patience = 1.0

    def reached(self, wanted: int) -> bool:
        """Return whether the count has come so far."""
        count, since = self._seen
        now = self._count()
        if now != count:
            self._seen, self._patience = (now, time.monotonic()), 1.0
        elif time.monotonic() - since > self._patience:
            self._end()
            self._seen, self._patience = (count, time.monotonic()), self._patience * 2
        return now >= wanted


_ENDED = (
    "UPDATE {table} SET lease_until = now() - interval '1 second', due_at = now()"
    " WHERE id IN (SELECT id FROM {table} WHERE {where}"
    " AND (lease_until IS NOT NULL OR due_at > now()) FOR UPDATE {locked})"
)


def end_leases_elsewhere(home: Path) -> None:
    """Do the same in the installation of a home: requests, events, and mails not yet handed."""
    socket = (home / "pg/cluster/data/postmaster.pid").read_text().splitlines()[4]
    with psycopg.connect(
        host=socket, user="postgres", dbname=EMBEDDED_NAME, autocommit=True
    ) as other:
        for table, where in (
            ("connections_intake", "state = 'pending'"),
            ("events_delivery", "NOT quarantined"),
            ("messaging_message", "state = 'claimed'"),
        ):
            other.execute(_ENDED.format(table=table, where=where, locked="SKIP LOCKED").encode())


def end_leases(table: str, where: str = "true", *, all_dead: bool = False) -> None:
    """Let the leases of dead workers run out now, and what waits for its next try be due.

    What the living have under work is passed by. When all workers are dead, the database may still
    be ending their last transactions; then it waits for those.
    """
    locked = "" if all_dead else "SKIP LOCKED"
    with unscoped("test"), connection.cursor() as cursor:
        cursor.execute(_ENDED.format(table=table, where=where, locked=locked))
