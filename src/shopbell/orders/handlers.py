"""What orders do when something happens elsewhere: look after a shop that was just connected."""

from collections.abc import Sequence

from shopbell.connections.events import ConnectionSaved
from shopbell.events.registry import Recorded, on
from shopbell.orders.tasks import defer_once


@on(ConnectionSaved)
def look_after_new_shops(batch: Sequence[Recorded[ConnectionSaved]]) -> None:
    """Check the webhooks of a shop at once instead of within the hour."""
    for item in batch:
        if item.fact.family == "shop":
            defer_once("orders.audit_shop", item.store_id, str(item.fact.connection_id))
