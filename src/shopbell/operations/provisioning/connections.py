"""Shops, carriers, receivers and inboxes of an apply file: all are connected accounts.

Settings that the file does not name stay as they are. Secrets are compared, never printed.
"""

from typing import Any

from pydantic import SecretStr

from shopbell.accounts.models import Store
from shopbell.connections import actions, queries
from shopbell.connections.models import Connection
from shopbell.connections.ports import RECEIVERS, Connector, Family, Settings
from shopbell.kit.db.scope import store_scope
from shopbell.messaging.ports import CHANNELS
from shopbell.operations.provisioning.plan import Plan, difference
from shopbell.operations.provisioning.schema import CarrierKeys, InboxKeys, ReceiverKeys, ShopKeys
from shopbell.orders.ports import CARRIERS, SHOPS


def apply_shop(plan: Plan, store: Store, wanted: ShopKeys) -> None:
    """Connect a shop."""
    _apply(plan, store, "shop", SHOPS.get(wanted.connector), wanted.slug, _given(wanted))


def apply_carrier(plan: Plan, store: Store, wanted: CarrierKeys) -> None:
    """Connect a carrier."""
    _apply(plan, store, "carrier", CARRIERS.get(wanted.connector), wanted.slug, _given(wanted))


def apply_receiver(plan: Plan, store: Store, wanted: ReceiverKeys) -> None:
    """Connect a program of one's own."""
    _apply(plan, store, "receiver", RECEIVERS.get(wanted.connector), wanted.slug, _given(wanted))


def apply_inbox(plan: Plan, store: Store, wanted: InboxKeys) -> None:
    """Connect an account of a channel."""
    _apply(plan, store, "channel", CHANNELS.get(wanted.channel), wanted.slug, _given(wanted))


def _given(wanted: ShopKeys | InboxKeys) -> dict[str, Any]:
    keys = ("name", "address", "settings")
    return {key: value for key in keys if (value := getattr(wanted, key, None))}


def _apply(
    plan: Plan, store: Store, family: Family, connector: Connector, slug: str, given: dict[str, Any]
) -> None:
    word = "inbox" if family == "channel" else family
    thing = f"{word} {store.slug}/{slug} ({connector.key})"
    with store_scope(store.pk):
        found = Connection.objects.filter(connector=connector.key, slug=slug).first()
        settings = given.get("settings", {})
        details: tuple[str, ...] = ()
        if found is not None:
            stored = queries.opened_settings(found)
            settings = {**stored, **settings}
            details = _details(
                found, given, stored, connector.settings_model.model_validate(settings)
            )
        plan.add(thing, created=found is None, details=details)
        if found is not None and not details:
            return
        actions.save_connection(
            store=store,
            family=family,
            connector=connector.key,
            slug=slug,
            name=given.get("name", ""),
            address=given.get("address", ""),
            settings=settings,
        )


def _details(
    found: Connection, given: dict[str, Any], stored: dict[str, Any], wanted: Settings
) -> tuple[str, ...]:
    details = [
        difference(name, getattr(found, name), given[name])
        for name in ("name", "address")
        if name in given and getattr(found, name) != given[name]
    ]
    plain = actions.plain_settings(wanted)
    for own, info in type(wanted).model_fields.items():
        name = info.alias or own
        if name not in plain:
            if (stored.get(name) or "") != _opened(getattr(wanted, own)):
                details.append(f"settings.{name}: a new secret")
        elif stored.get(name) != plain[name]:
            details.append(difference(f"settings.{name}", stored.get(name), plain[name]))
    return tuple(details)


def _opened(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value or ""
