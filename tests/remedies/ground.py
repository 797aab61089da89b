"""A store whose Shopify answers, a customer who wrote, an agent and a supervisor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shopbell.accounts.actions import add_staff
from shopbell.accounts.models import Staff, Store
from shopbell.connections.actions import save_connection
from shopbell.conversations.models import Conversation, Entry
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope
from shopbell.orders.models import Order
from shopbell.orders.ports import Deed
from shopbell.remedies.actions import Wish, ask_remedy
from shopbell.remedies.checks import Asker
from shopbell.remedies.models import Remedy
from tests.backoffice.market import Market
from tests.conversations.ground import add_widget, write
from tests.support.shop import SECRET, settle
from tests.support.shopify_admin import TOKEN, Admin, gid, shopify_admin


@dataclass(slots=True)
class Counter:
    """The store, the shop behind it, and who works there."""

    market: Market
    admin: Admin
    agent: Staff
    supervisor: Staff
    case: Conversation

    @property
    def store(self) -> Store:
        """The store."""
        return self.market.bench.store

    def order(self) -> Order:
        """Read Mara's order anew."""
        with store_scope(self.store.pk):
            return Order.objects.get(number="#1001")

    def ask(self, deed: Deed = Deed.REFUND, *, by: Staff | None = None, **wish: Any) -> Remedy:
        """Ask as an agent, in the conversation."""
        who = by or self.agent
        wish = {"reason": "damaged", "conversation": self.case, **wish}
        with store_scope(self.store.pk):
            return ask_remedy(
                store=self.store,
                order=self.order(),
                by=Asker(who.user, who.role, str(who.user)),
                wish=Wish(deed, **wish),
            )

    def work(self) -> None:
        """Let the worker do what is due, and everything that follows."""
        for _ in range(20):
            if not PUMPS["remedies"].run():
                break
        settle()

    def again(self, remedy: Remedy, **changes: Any) -> Remedy:
        """Read a remedy anew; `changes` are written first, such as an earlier time."""
        with store_scope(self.store.pk):
            if changes:
                Remedy.objects.filter(pk=remedy.pk).update(**changes)
            return Remedy.objects.select_related("order").get(pk=remedy.pk)

    def said(self, kind: str) -> list[str]:
        """Return what stands in the conversation."""
        with store_scope(self.store.pk):
            rows = Entry.objects.filter(conversation=self.case, kind=kind).order_by("created_at")
            return list(rows.values_list("text", flat=True))


@contextmanager
def open_counter(paid: float = 49.9) -> Iterator[Counter]:
    """Open the store with an order of Mara's over 49.90, not sent, and her question in the chat."""
    with shopify_admin() as admin:
        market = Market.open()
        store = market.bench.store
        with store_scope(store.pk):
            save_connection(
                store=store,
                family="shop",
                connector="shopify",
                slug="main",
                settings={
                    "domain": f"{store.slug}.myshopify.com",
                    "webhook_secret": SECRET,
                    "access_token": TOKEN,
                    "api_base": admin.url,
                },
            )
        market.order(1001)
        admin.paid[gid("Order", 5_000_001_001)] = [paid]
        people = [
            add_staff(store=store, email=f"{role}@lark.example", name=name, role=role)
            for role, name in (("agent", "Ada"), ("supervisor", "Sam"))
        ]
        chat = add_widget(store)
        with store_scope(store.pk):
            entry = write(chat, "One cup is cracked.", email="mara1001@example.com")
            case = Conversation.objects.get(pk=entry.conversation_id)
        settle()
        yield Counter(market, admin, people[0], people[1], case)
