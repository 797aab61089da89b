"""Reads about connected accounts; `account_of` opens the secrets for a connector.

A newcomer's mistake: keeping an `Account` around. Its secrets are in clear; build it where it is
used and let it go.
"""

import uuid
from typing import Any

from django.conf import settings

from shopbell.accounts.models import Store
from shopbell.accounts.queries import store_by_id, store_by_slug
from shopbell.connections.models import Connection
from shopbell.connections.ports import CONNECTORS, Account
from shopbell.connections.vault import open_sealed
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConfigurationError, NotFound


def webhook_url(store_slug: str, connector: str, slug: str) -> str:
    """Return the address of this installation to which a provider posts webhooks."""
    return f"{settings.BASE_URL}/hooks/{connector}/{store_slug}/{slug}"


def secret_label(connection: Connection, field: str) -> str:
    """Return what a sealed secret is bound to besides its store."""
    return f"{connection.id}:{field}"


def opened_settings(connection: Connection) -> dict[str, Any]:
    """Return the settings with the secrets in clear, not validated."""
    values = dict(connection.settings)
    for field, sealed in connection.secrets.items():
        values[field] = open_sealed(
            sealed, store_id=connection.store_id, label=secret_label(connection, field)
        )
    return values


def account_of(connection: Connection, store: Store | None = None) -> Account:
    """Return the account as its connector sees it: settings validated, secrets opened.

    Raises:
        NotFound: the connector is not installed any more.
        ConfigurationError: a secret does not open, or the stored settings do not fit any more.
    """
    connector = CONNECTORS.get(connection.connector)
    values = opened_settings(connection)
    try:
        checked = connector.settings_model.model_validate(values)
    except ValueError:  # the message of pydantic repeats values, and some are secret
        raise ConfigurationError(
            f"The stored settings of {connection} do not fit its connector any more.",
            remedy="Open the connection's page and save it again.",
        ) from None
    slug = (store or store_by_id(connection.store_id)).slug
    return Account(
        id=connection.id,
        store_id=connection.store_id,
        store_slug=slug,
        slug=connection.slug,
        connector=connection.connector,
        settings=checked,
        address=connection.address,
        webhook_url=webhook_url(slug, connection.connector, connection.slug),
    )


def connection_for(store_slug: str, connector: str, slug: str) -> Connection:
    """Return a connection by its three short names or raise `NotFound`; works outside a scope."""
    store = store_by_slug(store_slug)
    with store_scope(store.pk):
        found = Connection.objects.filter(connector=connector, slug=slug).first()
    if found is None:
        raise NotFound(f"There is no connection {connector}/{slug} in the store {store_slug!r}.")
    return found


def connections_of_store(family: str | None = None) -> list[Connection]:
    """Return the connections of the store in scope, by connector and short name."""
    rows = Connection.objects.order_by("connector", "slug")
    return list(rows.filter(family=family) if family else rows)


def connection_by_id(connection_id: uuid.UUID) -> Connection:
    """Return a connection of the store in scope or raise `NotFound`."""
    found = Connection.objects.filter(pk=connection_id).first()
    if found is None:
        raise NotFound("There is no such connection.", remedy="Go back to the list.")
    return found
