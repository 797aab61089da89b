"""Messages on their way, for tests of the sender: a store, customers, a plain text, the pumps.

A newcomer's mistake: `settle()` where a message has to wait. It runs until nothing is due at once;
`make_due` brings the future near.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection as database
from django.db import connections

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.customers.models import Customer
from shopbell.events.pump import PUMPS
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.messaging.actions import Draft, queue_messages
from shopbell.messaging.models import Message
from shopbell.messaging.templates import save_template

KIND = "a_note"


def write_texts(store: Store, *, body: str = "Hello from us", media: Sequence[str] = ()) -> None:
    """Give the store a plain text for `KIND`."""
    with store_scope(store.pk):
        for medium in media or ("email", "sms"):
            text = f"<mj-text>{body}</mj-text>" if medium == "email" else body
            save_template(kind=KIND, medium=medium, locale="en", subject="A note", body=text)


def draft(address: str = "", phone: str = "", **fields: Any) -> Draft:
    """Return a message to a new customer (inside the store's scope)."""
    customer = Customer.objects.create(email=address, phone=phone)
    values = {
        "business_key": f"note:{address}{phone}",
        "kind": KIND,
        "purpose": "order_updates",
        "media": ("email",),
        "customer": customer,
        **fields,
    }
    return Draft(**values)


def queue(store: Store, addresses: Sequence[str], **fields: Any) -> None:
    """Queue one message to each address."""
    with store_scope(store.pk):
        queue_messages(drafts=[draft(address, **fields) for address in addresses])


def add_sandbox_sms(store: Store) -> Connection:
    """Connect a phone channel that accepts everything."""
    with store_scope(store.pk):
        return save_connection(
            store=store,
            family="channel",
            connector="sandbox_sms",
            slug="phone",
            address="+4930555000",
            settings={},
        )


def send_due() -> None:
    """Run the sender until nothing is due."""
    for _ in range(60):
        if not PUMPS["outbox"].run():
            return
    raise AssertionError("the sender does not come to rest")


def rows(store: Store) -> dict[str, Message]:
    """Return all messages by the address of their customer."""
    with store_scope(store.pk):
        found = Message.objects.select_related("customer")
        return {m.customer.email or m.customer.phone: m for m in found if m.customer}


def only(store: Store) -> Message:
    """Return the one message there is."""
    with store_scope(store.pk):
        return Message.objects.get()


def states_of(store: Store) -> Counter[str]:
    """Count a store's messages by their state."""
    with store_scope(store.pk):
        return Counter(Message.objects.values_list("state", flat=True))


def make_due(what: str = "state = 'queued'") -> None:
    """Let waiting messages be due, and leases of handed ones be over."""
    with unscoped("a test moves time"), database.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET due_at = clock_timestamp() - interval '1 second',"
            " lease_until = CASE WHEN lease_until IS NULL THEN NULL"
            f" ELSE clock_timestamp() - interval '1 second' END WHERE {what}"
        )


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(number)` in `count` threads that start together; return results or errors."""
    gate = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        try:
            gate.wait(10)
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
