"""A store whose customers are asked, and a customer's browser on the page of the question."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Self

from django.test import Client

from shopbell.accounts.models import Store
from shopbell.conversations.models import Conversation
from shopbell.feedback.catalogue import KIND
from shopbell.feedback.models import Check
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.orders.models import Order
from tests.backoffice.market import Market
from tests.messaging.ground import add_sandbox_sms
from tests.support.shop import settle

ANY_TIME = {"quiet_from": "00:00", "quiet_until": "00:00", "budgets": []}
_LINK = re.compile(r"https?://[^/]+(/a/[\w.-]+(?:\?a=\w+)?)")


@dataclass(slots=True)
class Asking:
    """The store and what can be asked in it."""

    market: Market

    @classmethod
    def begin(cls, **policies: Any) -> Self:
        """Open the store; messages may leave at any hour, and an answer leaves at once."""
        rules = ANY_TIME | {"desk": {"undo_seconds": 0}} | policies
        return cls(Market.open(policies=rules))

    @property
    def store(self) -> Store:
        """The store."""
        return self.market.bench.store

    def ask(self, number: int = 1001, **fields: Any) -> Message:
        """Let somebody order, and ask them."""
        order = self.market.order(number)
        return self.ask_about(order, **fields)

    def ask_about(self, order: Order, **fields: Any) -> Message:
        """Ask who ordered, as whatever decides when to ask does it."""
        with store_scope(self.store.pk):
            order = Order.objects.select_related("customer").get(pk=order.pk)
            key = f"check:{order.pk}:{Message.objects.count()}"
            values: dict[str, Any] = {"media": ("email",), "customer": order.customer, **fields}
            queue_messages(
                drafts=[
                    Draft(
                        business_key=key,
                        kind=KIND,
                        purpose="survey",
                        order=order,
                        ignore_quiet=False,
                        **values,
                    )
                ]
            )
        settle()
        with store_scope(self.store.pk):
            return Message.objects.get(business_key=key)

    def ask_about_again(self, message: Message) -> Message:
        """Ask the same by the next channel, by mail."""
        with store_scope(self.store.pk):
            order = Order.objects.get(messages=message)
        return self.ask_about(order, tried_before=message)

    def ask_by_phone(self, number: int = 1001, **order: Any) -> Message:
        """Ask somebody of whom only a phone number is known."""
        add_sandbox_sms(self.store)
        found = self.market.order(number, phone="+4915112345678", **order)
        return self.ask_about(found, media=("sms",))

    def answer(self, message: Message, answer: str = "bad", comment: str = "") -> "Any":
        """Answer as a customer does, and let the worker do what follows."""
        reply = Client().post(link_in(message), {"answer": answer, "comment": comment})
        settle()
        return reply

    def checks(self) -> list[Check]:
        """Return what was answered, with the conversations."""
        with store_scope(self.store.pk):
            rows = Check.objects.select_related("conversation", "order", "customer")
            return list(rows.order_by("id"))

    def cases(self) -> list[Conversation]:
        """Return the conversations there are."""
        with store_scope(self.store.pk):
            return list(Conversation.objects.order_by("number"))


def links_in(message: Message) -> list[str]:
    """Return the addresses of the question in a message, in their order."""
    return list(dict.fromkeys(_LINK.findall(unescape(message.text))))


def link_in(message: Message) -> str:
    """Return the address of the question without an answer chosen."""
    return links_in(message)[0].partition("?")[0]


def page(address: str, status: int = 200) -> str:
    """Return a page as a customer sees it."""
    answer = Client().get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()
