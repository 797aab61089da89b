"""How a connection is, in words, and trying it.

`try_connection` talks to the provider: call it outside any transaction.
"""

import logging
from dataclasses import dataclass

from shopbell.accounts.models import Store
from shopbell.connections.actions import record_state
from shopbell.connections.exchanges import keep_exchanges, recorded
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.ports import CONNECTORS, Connector, Health
from shopbell.connections.queries import account_of
from shopbell.kit.errors import ShopbellError

logger = logging.getLogger("shopbell.connections")

_TONES = {
    ConnectionState.NEW: "grey",
    ConnectionState.OK: "green",
    ConnectionState.TROUBLE: "red",
    ConnectionState.OFF: "grey",
    ConnectionState.REMOVED: "brass",
}
_HINTS = {
    ConnectionState.NEW: "Try it once to see whether it works.",
    ConnectionState.OFF: "Nothing goes in or out through it. Switch it on again when you like.",
    ConnectionState.REMOVED: "The shop took our access away. If nobody meant that, connect again.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One connection as a page shows it."""

    row: Connection
    connector: Connector | None
    title: str
    tone: str
    words: str
    hint: str
    takes_webhooks: bool


def standing_of(row: Connection) -> Standing:
    """Say how a connection is and what to do about it."""
    connector = CONNECTORS.get(row.connector) if row.connector in CONNECTORS else None
    state = ConnectionState(row.state)
    tone, words = _TONES[state], str(state.label)
    hint = row.state_detail or _HINTS.get(state, "")
    if state == ConnectionState.NEW and _heard_since(row):  # a signed webhook came: it works
        tone, words, hint = "green", "Receiving", row.state_detail
    if connector is None:
        hint = f"The connector {row.connector} is not installed. Install it again, or remove this."
    return Standing(
        row=row,
        connector=connector,
        title=connector.title if connector else row.connector,
        tone=tone if connector else "red",
        words=words,
        hint=hint,
        takes_webhooks=connector is not None and takes_webhooks(connector),
    )


def _heard_since(row: Connection) -> bool:
    """Return whether something came after the last change of state."""
    heard = row.last_heard_at
    return heard is not None and (row.state_at is None or heard > row.state_at)


def takes_webhooks(connector: Connector) -> bool:
    """Return whether the provider posts to us: shops, carriers and most channels do."""
    if connector.family != "channel":
        return connector.family != "receiver"
    capabilities = getattr(connector, "capabilities", None)
    if capabilities is None or capabilities.sandbox:
        return False
    return bool(capabilities.delivery_receipts or hasattr(connector, "written"))


def try_connection(row: Connection, store: Store) -> Health:
    """Ask the provider whether the account works, and write the answer down."""
    try:
        account = account_of(row, store)
        with recorded(account):
            health = CONNECTORS.get(row.connector).check(account)
    except ShopbellError as error:
        health = Health(ok=False, summary=error.message, hint=error.remedy)
    except Exception:  # a connector from outside must not break the page
        logger.exception("trying %s failed", row)
        health = Health(
            ok=False,
            summary="The connector broke while trying.",
            hint="The log has the details. Its author should know.",
        )
    state = ConnectionState.OK if health.ok else ConnectionState.TROUBLE
    detail = "" if health.ok and not health.hint else f"{health.summary} {health.hint}".strip()
    keep_exchanges()
    if row.state != ConnectionState.OFF:
        record_state(connection=row, state=state, detail=detail)
    return health
