"""The log of raw exchanges with providers: the last of each connection, secrets masked.

What we said comes from `kit.http.exchanges`; what they said to us are the stored requests.
"""

from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from pydantic import SecretStr

from shopbell.connections.models import Connection, Exchange, Intake, IntakeState
from shopbell.connections.ports import Account
from shopbell.connections.queries import opened_settings
from shopbell.events.pump import Pump, register
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConfigurationError
from shopbell.kit.http import exchanges

KEPT = 100  # of each connection
KEPT_FOR = timedelta(days=3)
SHOWN = 50

_TRIM = """
    DELETE FROM connections_exchange WHERE store_id = %s AND connection_id = ANY(%s) AND (
        at < %s OR id IN (SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY connection_id ORDER BY at DESC, id DESC) AS n
            FROM connections_exchange WHERE store_id = %s AND connection_id = ANY(%s)) AS counted
            WHERE n > %s))"""


def recorded(account: Account) -> AbstractContextManager[None]:
    """Note what a connector says to its provider for this account."""
    settings = account.settings
    values = [getattr(settings, name) for name in type(settings).model_fields] if settings else []
    secrets = tuple(v.get_secret_value() for v in values if isinstance(v, SecretStr))
    return exchanges.recording(exchanges.Listener(account.store_id, account.id, secrets))


def keep_exchanges() -> int:
    """Write down what this process noted. Returns 0: a round is a round."""
    by_store: dict[int, list[exchanges.Exchange]] = defaultdict(list)
    for each in exchanges.taken():
        by_store[each.store_id].append(each)
    for store_id, several in by_store.items():
        with store_scope(store_id):
            ids = {each.connection_id for each in several}
            known = set(Connection.objects.filter(pk__in=ids).values_list("pk", flat=True))
            Exchange.objects.bulk_create(
                Exchange(
                    store_id=store_id,
                    connection_id=each.connection_id,
                    at=each.at,
                    method=each.method,
                    url=each.url,
                    sent=each.sent,
                    status=each.status,
                    received=each.received,
                    seconds=each.seconds,
                    trouble=each.trouble,
                )
                for each in several
                if each.connection_id in known
            )
            touched = list(known)
            with database.cursor() as cursor:
                oldest = clock.now() - KEPT_FOR
                cursor.execute(_TRIM, [store_id, touched, oldest, store_id, touched, KEPT])
    return 0


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the log. `ours`: we asked, they answered; else they told us something."""

    at: datetime
    ours: bool
    title: str
    says: str
    tone: str
    sent: str
    received: str = ""
    seconds: float = 0.0


_TONES = {
    IntakeState.DONE: "green",
    IntakeState.QUARANTINED: "red",
    IntakeState.PENDING: "blue",
}


def log_of(connection: Connection) -> list[Said]:
    """Return the last exchanges of a connection, the newest first."""
    rows = Exchange.objects.filter(connection=connection).order_by("-at", "-id")[:SHOWN]
    found = [
        Said(
            row.at,
            True,
            f"{row.method} {row.url}",
            row.trouble or str(row.status),
            "green" if 200 <= row.status < 300 else "red",
            row.sent,
            row.received,
            row.seconds,
        )
        for row in rows
    ]
    hide = _masker(connection)
    heard = Intake.objects.filter(connection=connection).order_by("-received_at", "-id")[:SHOWN]
    found += [
        Said(
            row.received_at,
            False,
            f"Webhook {row.topic}",
            f"{IntakeState(row.state).label}. {row.note}".strip(),
            _TONES.get(IntakeState(row.state), "grey"),
            hide.masked(exchanges.readable(bytes(row.body))),
        )
        for row in heard
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)[:SHOWN]


def _masker(connection: Connection) -> exchanges.Listener:
    try:
        opened = opened_settings(connection)
    except ConfigurationError:
        opened = {}
    secrets = tuple(str(opened[name]) for name in connection.secrets if opened.get(name))
    return exchanges.Listener(connection.store_id, connection.pk, secrets)


def _keep_last() -> None:
    keep_exchanges()


register(Pump("exchanges", keep_exchanges, interval=2.0, at_end=_keep_last))
