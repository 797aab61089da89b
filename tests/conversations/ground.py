"""A store with a chat and a mail inbox, customers who write, an agent who answers."""

import uuid
from typing import Any

from shopbell.accounts.models import Store, User
from shopbell.connections.actions import save_connection
from shopbell.connections.models import Connection
from shopbell.conversations.actions import receive
from shopbell.conversations.models import Conversation, Entry
from shopbell.conversations.ports import Incoming
from shopbell.customers.ports import Person
from shopbell.kit.db.scope import store_scope


def add_widget(store: Store, **settings: Any) -> Connection:
    """Connect the chat."""
    with store_scope(store.pk):
        return save_connection(
            store=store, family="channel", connector="widget", slug="chat", settings=settings
        )


def write(inbox: Connection, text: str = "Where is my order?", **fields: Any) -> Entry:
    """Write as a customer (Mara unless told otherwise), in the scope of the caller."""
    medium = "chat" if inbox.connector == "widget" else "email"
    address = fields.pop("email", "mara@shop.example")
    values: dict[str, Any] = {
        "medium": medium,
        "person": Person(source="test", email=address, first_name="Mara"),
        "text": text,
        "inbox": inbox,
        "sender_address": address,
        "client_id": uuid.uuid4(),
    }
    if medium == "chat":
        values["external_key"] = fields.pop("visitor", f"visitor-{address}")
    return receive(incoming=Incoming(**(values | fields)))


def conversation_of(entry: Entry) -> Conversation:
    """Read the conversation of an entry anew."""
    return Conversation.objects.get(pk=entry.conversation_id)


def agent(store: Store) -> User:
    """Return the store's agent (its owner)."""
    from shopbell.accounts.models import Staff

    with store_scope(store.pk):
        return Staff.objects.select_related("user").order_by("created_at")[0].user
