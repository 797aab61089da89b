"""Customers who write by messenger in the sandbox, for tests: stored as the door stores it."""

from typing import Any

from shopbell.accounts.models import Store
from shopbell.connections.actions import save_connection, store_requests
from shopbell.connections.models import Connection
from shopbell.connectors.channels.sandbox.written import make_written
from shopbell.conversations.models import Entry
from shopbell.events.pump import PUMPS
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.ids import uuid7
from shopbell.messaging.ports import Written

MIA = "+4915112345678"


def connect(store: Store, connector: str, **settings: Any) -> Connection:
    """Connect a sandbox channel."""
    return save_connection(
        store=store,
        family="channel",
        connector=connector,
        slug="line",
        address="+49305550",
        settings=settings,
    )


def write(inbox: Connection, text: str = "", sender: str = MIA, **fields: Any) -> str:
    """Post what somebody wrote and let it be worked off; returns the provider's id of it."""
    identity: str = fields.pop("provider_id", f"in-{uuid7()}")
    body = make_written(sender, text, provider_id=identity, **fields)
    post(inbox, body)
    return identity


def post(inbox: Connection, body: bytes) -> None:
    """Post a webhook body and let it be worked off."""
    with store_scope(inbox.store_id):
        store_requests(connection=inbox, topic="sandbox.written", bodies={str(uuid7()): body})
    settle_talk()


def written(text: str = "", sender: str = MIA, **fields: Any) -> Written:
    """Return what somebody wrote, as a connector hands it in."""
    values: dict[str, Any] = {"provider_id": f"in-{uuid7()}", "at": clock.now(), **fields}
    return Written(sender=sender, text=text, **values)


def settle_talk(rounds: int = 20) -> None:
    """Run the worker's pumps until nothing is due, what customers wrote included."""
    for _ in range(rounds):
        if not sum(PUMPS[name].run() for name in ("intake", "messages", "events", "outbox")):
            return
    raise AssertionError("the pumps do not come to rest")


def entries(store: Store) -> list[Entry]:
    """Return all entries, the oldest first."""
    with store_scope(store.pk):
        return list(Entry.objects.select_related("conversation").order_by("created_at", "id"))
