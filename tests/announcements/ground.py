"""A carrier strikes in Berlin: a store with a mailbox, parcels on their way, and three people."""

from dataclasses import dataclass, field
from typing import Any

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Staff, Store
from shopbell.announcements import actions
from shopbell.announcements.actions.drafting import Manner
from shopbell.announcements.audience import Affected
from shopbell.announcements.models import Announcement, Telling
from shopbell.announcements.policy import change_limit
from shopbell.announcements.queries import announcement_by_id
from shopbell.announcements.report import Report, report_of
from shopbell.announcements.words import Words
from shopbell.connections.models import Connection
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.backoffice.market import Market, ago
from tests.conversations.post import add_mailbox, work
from tests.support.payloads import order_payload
from tests.support.shop import make_bench
from tests.support.smtp_sink import SmtpSink

STRIKE = Affected(carriers=("DHL",), postcodes=("10",), orders=("open",))
SAID = Words(
    subject="Your order {{ affected.numbers }} is late",
    text="Hello {{ customer.first_name | default: 'there' }}, DHL is on strike in Berlin."
    " {{ affected.numbers }} comes later & we are sorry.\n\nFollow it: {{ links.track }}",
)


@dataclass(slots=True)
class Strike:
    """The store and what can be done in it."""

    market: Market
    sink: SmtpSink
    inbox: Connection
    people: dict[str, Staff] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The store."""
        return self.market.bench.store

    def ship(self, number: int, postcode: str = "10249", **changes: Any) -> Order:
        """Let somebody order, and the parcel leave with DHL."""
        address = {**order_payload(number)["shipping_address"], "zip": postcode}
        order = self.market.order(number, shipping_address=address, **changes)
        self.market.dispatch(number)
        work()
        return order

    def draft(self, **changes: Any) -> Announcement:
        """Describe the strike and write the message, as the supervisor."""
        manner = {"texts": {"en": SAID}, "media": ("sms", "email"), "in_quiet_hours": True}
        with store_scope(self.store.pk):
            row = actions.start_announcement(
                name="DHL strike", affected=STRIKE, by=self.people["supervisor"].user
            )
            actions.write_telling(
                telling=row.tellings.get(), manner=Manner(**{**manner, **changes})
            )
            actions.choose_holds(announcement=row, kinds=["delayed", "out_for_delivery"])
        return self.again(row)

    def submit(self, row: Announcement, number: int = 1) -> Telling:
        """Submit a message as the supervisor."""
        with store_scope(self.store.pk):
            return actions.submit_telling(
                store=self.store,
                telling=row.tellings.get(number=number),
                by=self.people["supervisor"].user,
            )

    def again(self, row: Announcement) -> Announcement:
        """Read an announcement anew."""
        with store_scope(self.store.pk):
            return announcement_by_id(row.pk)

    def tell(self) -> None:
        """Let the worker do everything that is due."""
        for _ in range(20):
            if not PUMPS["announcements"].run():
                break
        work()

    def report(self, row: Announcement, number: int = 1) -> Report:
        """Return what became of a message."""
        with store_scope(self.store.pk):
            return report_of(row.tellings.get(number=number))

    def messages(self, **wanted: Any) -> list[Message]:
        """Return messages, by the number of their order."""
        with store_scope(self.store.pk):
            rows = Message.objects.filter(**wanted).select_related("order")
            return list(rows.order_by("order__number"))

    def limit(self, number: int) -> None:
        """Let one person tell so many alone."""
        with store_scope(self.store.pk):
            change_limit(store=self.store, limit=number)


def begin_strike(sink: SmtpSink) -> Strike:
    """Open the store."""
    bench = make_bench(policies={"desk": {"undo_seconds": 0}})
    strike = Strike(Market(bench), sink, add_mailbox(bench.store, smtp=sink.port))
    for role, name in (("agent", "Ada"), ("supervisor", "Sam"), ("admin", "Ann")):
        strike.people[role] = add_staff(
            store=bench.store, email=f"{role}@lark.example", name=name, role=role
        )
    return strike


__all__ = ["SAID", "STRIKE", "Strike", "ago", "begin_strike"]
