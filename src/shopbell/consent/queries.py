"""Reads about permission and blocks, for many customers at once."""

import uuid
from collections.abc import Collection

from shopbell.accounts.models import Store
from shopbell.consent.models import (
    ConsentAction,
    ConsentEvent,
    Preference,
    Suppression,
    SuppressionReason,
    Topic,
)
from shopbell.kit.ids import keyed

BY_NUMBER = ("sms", "whatsapp")  # where a STOP counts for the number

type Permission = tuple[uuid.UUID, str, str]  # customer, purpose, channel
type Choice = tuple[uuid.UUID, str, str, str]  # customer, purpose, channel, topic


def address_hash(store: Store, medium: str, address: str) -> str:
    """Return the keyed hash under which an address is suppressed in this store."""
    return keyed(store.link_key, "suppression", medium, address.strip().lower(), length=64)


def current_choices(customers: Collection[uuid.UUID]) -> dict[Choice, ConsentEvent]:
    """Return the newest consent event per customer, purpose, channel and topic."""
    rows = (
        ConsentEvent.objects.filter(customer_id__in=customers)
        .order_by("customer_id", "purpose", "channel", "topic", "-occurred_at", "-id")
        .distinct("customer_id", "purpose", "channel", "topic")
    )
    return {(row.customer_id, row.purpose, row.channel, row.topic): row for row in rows}


def whole_purposes(choices: dict[Choice, ConsentEvent]) -> dict[Permission, ConsentEvent]:
    """Return the newest events about purposes as a whole."""
    return {key[:3]: event for key, event in choices.items() if not key[3]}


def current_consents(customers: Collection[uuid.UUID]) -> dict[Permission, ConsentEvent]:
    """Return the newest consent event per customer, purpose and channel; topics stand aside."""
    rows = (
        ConsentEvent.objects.filter(customer_id__in=customers, topic="")
        .order_by("customer_id", "purpose", "channel", "-occurred_at", "-id")
        .distinct("customer_id", "purpose", "channel")
    )
    return {(row.customer_id, row.purpose, row.channel): row for row in rows}


def is_granted(events: dict[Permission, ConsentEvent], key: Permission) -> bool:
    """Return whether the newest event grants."""
    found = events.get(key)
    return found is not None and found.action == ConsentAction.GRANTED


def topics() -> list[Topic]:
    """Return the topics of the store in scope, as the store orders them."""
    return list(Topic.objects.order_by("position", "created_at", "id"))


def topic_name(store: Store, key: str) -> str:
    """Return what a topic is called in the store's language; a topic that is gone by its key."""
    row = Topic.objects.filter(key=key).first() if key else None
    return row.name_in(store.locale) if row else key


def preferences(customers: Collection[uuid.UUID]) -> dict[uuid.UUID, Preference]:
    """Return what customers wish about offers and news; who wishes nothing is not in it."""
    rows = Preference.objects.filter(customer_id__in=customers)
    return {row.customer_id: row for row in rows}


def opt_outs(store: Store, address: str) -> list[Suppression]:
    """Return the active blocks of a number by what its owner wrote, on all channels by number."""
    hashes = [address_hash(store, medium, address) for medium in BY_NUMBER]
    reasons = (SuppressionReason.OPTED_OUT, SuppressionReason.ASKED)
    rows = Suppression.objects.filter(address_hash__in=hashes, lifted_at=None, scope="*")
    return list(rows.filter(reason__in=reasons).order_by("created_at", "id"))


def suppressions(hashes: Collection[str]) -> dict[str, list[Suppression]]:
    """Return the active suppressions by address hash."""
    found: dict[str, list[Suppression]] = {}
    for row in Suppression.objects.filter(address_hash__in=hashes, lifted_at=None):
        found.setdefault(row.address_hash, []).append(row)
    return found
