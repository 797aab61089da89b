"""Stored webhooks of shops and carriers, and events of the API, become facts.

A newcomer's mistake: letting one item raise. What one item cannot say is that item's result; only
what nobody foresaw may leave the batch, which is then tried item by item.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from shopbell.connections.intake import Item, Result, processes
from shopbell.connections.models import Connection, ConnectionState, IntakeState
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.customers.actions import record_deeds
from shopbell.customers.ports import Deed, Person
from shopbell.kit.db.scope import current_store_id
from shopbell.kit.errors import Invalid
from shopbell.kit.text import storable_json
from shopbell.orders.actions import record_facts
from shopbell.orders.ports import CARRIERS, SHOPS, Carrier, Facts, Parsed, Shop, ShopRemoved

CANONICAL = "generic"  # the connector that reads our own JSON
DEED_BYTES = 32_000
NOBODY = (
    "Nobody is named, so there is no history to add this to. "
    "Name a customer: data.customer with an id, email or phone, or data.email."
)


@processes("shop")
def process_shop(connection: Connection | None, items: Sequence[Item]) -> dict[int, Result]:
    """Parse and record webhooks of one shop."""
    assert connection is not None
    return _process(SHOPS.get(connection.connector), connection, items)


@processes("carrier")
def process_carrier(connection: Connection | None, items: Sequence[Item]) -> dict[int, Result]:
    """Parse and record webhooks of one carrier."""
    assert connection is not None
    return _process(CARRIERS.get(connection.connector), connection, items)


@dataclass(slots=True)
class _Said:
    """What the events of one API source said."""

    facts: list[Facts] = field(default_factory=list)
    deeds: list[tuple[int, Deed]] = field(default_factory=list)


@processes("api")
def process_api(connection: Connection | None, items: Sequence[Item]) -> dict[int, Result]:
    """Record events of the API: known types as facts, all others as what a customer did."""
    results: dict[int, Result] = {}
    by_source: dict[str, _Said] = {}
    for item in items:
        try:
            results[item.id] = _read(item, by_source.setdefault(item.source, _Said()))
        except Invalid as error:
            results[item.id] = Result(IntakeState.QUARANTINED, error.message)
    for source, said in by_source.items():
        record_facts(source=source, facts=said.facts)
        found = record_deeds(deeds=[deed for _, deed in said.deeds])
        for (number, _), customer in zip(said.deeds, found, strict=True):
            if customer is None:
                results[number] = Result(IntakeState.UNUSED, NOBODY)
    return results


# Of what the canonical connector reads by its first word, what somebody did.
DEEDS = frozenset({"product.viewed"})


def _read(item: Item, said: _Said) -> Result:
    if item.topic in DEEDS:
        said.deeds.append((item.id, _deed(item)))
        return Result(IntakeState.DONE)
    parsed = SHOPS.get(CANONICAL).parse(item.topic, item.body, api_account(item.source))
    if parsed.facts:
        said.facts += parsed.facts
    else:
        said.deeds.append((item.id, _deed(item)))
    return Result(IntakeState.DONE)


def api_account(source: str) -> Account:
    """Return the account under which the canonical connector reads what came without one."""
    return Account(
        id=uuid.UUID(int=0),
        store_id=current_store_id(),
        store_slug="",
        slug=source.removeprefix("api/"),
        connector=CANONICAL,
        settings=None,
    )


def _deed(item: Item) -> Deed:
    event = storable_json(orjson.loads(item.body))
    data = event.get("data") or {}
    if len(orjson.dumps(data)) > DEED_BYTES:
        raise Invalid(f"The data of this event is larger than {DEED_BYTES // 1000} KB.")
    named = data.get("customer")
    told = named if isinstance(named, dict) else {"email": named or data.get("email")}
    person = Person(
        source=item.source,
        source_id=_text(told, "id", 120),
        email=_text(told, "email", 320),
        phone=_text(told, "phone", 40),
        first_name=_text(told, "first_name", 120),
        last_name=_text(told, "last_name", 120),
        locale=_text(told, "locale", 20),
        country=country if len(country := _text(told, "country", 3)) == 2 else "",
    )
    at = event.get("occurred_at")
    return Deed(
        person=person,
        did=item.topic,
        data=data,
        occurred_at=datetime.fromisoformat(at).astimezone(UTC) if at else item.received_at,
    )


def _text(told: dict[str, Any], name: str, limit: int) -> str:
    value = told.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:limit] if isinstance(value, str) else ""


def _process(
    connector: Shop | Carrier, connection: Connection, items: Sequence[Item]
) -> dict[int, Result]:
    account = account_of(connection)
    facts: list[Facts] = []
    results: dict[int, Result] = {}
    for item in items:
        try:
            parsed = connector.parse(item.topic, item.body, account)
        except Invalid as error:
            results[item.id] = Result(IntakeState.QUARANTINED, str(error))
            continue
        facts += parsed.facts
        results[item.id] = _result(parsed)
    record_facts(source=f"{connection.connector}/{connection.slug}", facts=facts)
    if any(isinstance(fact, ShopRemoved) for fact in facts):
        connection.state = ConnectionState.REMOVED
        connection.state_detail = (
            "The app was uninstalled in the shop. Nothing is sent or asked any more."
        )
        connection.secrets = {}
        connection.save(update_fields=["state", "state_detail", "secrets"])
    return results


def _result(parsed: Parsed) -> Result:
    if parsed.facts:
        return Result(IntakeState.DONE)
    return Result(IntakeState.UNUSED, parsed.unused)
