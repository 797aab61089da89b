"""Reads about remedies: of orders, of a conversation, what waits for a person."""

import uuid
from collections.abc import Collection, Iterable, Mapping

from django.db.models import QuerySet

from shopbell.accounts.models import Store
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.kit.errors import ConfigurationError, NotFound
from shopbell.orders.models import Order
from shopbell.orders.ports import SHOPS, Ability, ActingShop, Deed
from shopbell.remedies.models import Remedy, State

_OFF = (ConnectionState.OFF, ConnectionState.REMOVED)


def remedies() -> QuerySet[Remedy]:
    """Return all remedies of the store with what is shown of them, newest first."""
    return Remedy.objects.select_related(
        "order", "order__customer", "conversation", "asked_by", "decided_by"
    ).defer("order__payload")


def remedy_by_id(key: uuid.UUID) -> Remedy:
    """Return a remedy of the store in scope or raise `NotFound`."""
    found = remedies().filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such request.", remedy="Go back to the list.")
    return found


def waiting_remedies() -> QuerySet[Remedy]:
    """Return what needs a person: approvals, and what is unclear for good. Oldest first."""
    rows = remedies().filter(state__in=(State.WAITING, State.IN_DOUBT))
    return rows.exclude(state=State.IN_DOUBT, due_at__isnull=False).order_by("created_at", "id")


def remedies_of(orders: Iterable[uuid.UUID]) -> list[Remedy]:
    """Return the remedies of some orders, newest first, in one query."""
    rows = Remedy.objects.filter(order_id__in=list(orders)).select_related("asked_by", "decided_by")
    return list(rows.order_by("-created_at", "-id"))


def shops_by_source() -> dict[str, Connection]:
    """Return the connected shops under the key that orders name (`shopify/main`)."""
    rows = Connection.objects.filter(family="shop").exclude(state__in=_OFF)
    return {f"{row.connector}/{row.slug}": row for row in rows}


def opened(connection: Connection, store: Store) -> tuple[ActingShop, Account] | None:
    """Return the connector and the account, if this shop can be asked to do anything."""
    if connection.connector not in SHOPS:
        return None
    shop = SHOPS.get(connection.connector)
    if not isinstance(shop, ActingShop):
        return None
    try:
        return shop, account_of(connection, store)
    except ConfigurationError:
        return None


def abilities_of(connection: Connection | None, store: Store) -> Mapping[Deed, Ability]:
    """Return what a shop can be asked to do; nothing if it is not connected."""
    found = opened(connection, store) if connection is not None else None
    return found[0].abilities(found[1]) if found else {}


def was_sent(order: Order) -> bool:
    """Return whether a parcel of the order has left (parcels preloaded)."""
    return any(row.dispatched_at for row in order.shipments.all() if not row.cancelled)


def deeds_by_source(sources: Collection[str], store: Store) -> dict[str, Mapping[Deed, Ability]]:
    """Return what each of the orders' shops can do, with one query for all."""
    shops = shops_by_source() if sources else {}
    return {source: abilities_of(shops.get(source), store) for source in set(sources)}
