"""Stored webhooks of shops and carriers, and order events of the API, become facts."""

from collections.abc import Sequence

from shopbell.connections.intake import Item, Result, processes
from shopbell.connections.models import Connection, ConnectionState, IntakeState
from shopbell.connections.queries import account_of
from shopbell.kit.errors import Invalid
from shopbell.orders.actions import record_facts
from shopbell.orders.ports import CARRIERS, SHOPS, Carrier, Facts, Parsed, Shop, ShopRemoved


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
