"""Asking providers for what came while nobody listened: at start and every few minutes.

A provider that tries a webhook twice and then gives up (Twilio) keeps the message, and can be
asked. What is found is stored under the ids the webhooks would have had, so it exists once. Of
several workers one asks for an account; the place up to which all is known lies in its `sync`.
"""

import uuid
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.db import DatabaseError

from shopbell.connections.actions import record_state, store_requests
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.queries import account_of
from shopbell.events.pump import Pump, register, stopping
from shopbell.kit import clock
from shopbell.kit.db.locks import release_session_lock, try_session_lock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import Permanent, ShopbellError
from shopbell.messaging.inbound.storing import save_place
from shopbell.messaging.ports import CHANNELS, Asked, Missed

log = structlog.get_logger()

PLACE = "asked"  # the key in `Connection.sync`: {"until", "asked_at"}
EVERY = timedelta(minutes=5)
AT_START = timedelta(seconds=30)  # several workers that start together ask once
OVERLAP = timedelta(minutes=10)  # clocks differ, and a message is listed a little late
ROUND_SECONDS = 20.0
_LOCK = "asking"
_TROUBLE = "Missed messages cannot be asked for: "
_AWAY = (ConnectionState.OFF, ConnectionState.REMOVED)

_asked_here: set[uuid.UUID] = set()


def run_asking() -> int:
    """Ask for every account whose turn it is. Returns 0: a round is a round."""
    for row in _due():
        if stopping.is_set():
            break
        if not try_session_lock(_LOCK, str(row.pk)):
            continue
        try:
            ask(row.store_id, row.pk)
        except DatabaseError:
            raise
        except Exception:  # one account never stops another
            log.exception("asking.failed", connection=str(row))
        finally:
            _asked_here.add(row.pk)
            release_session_lock(_LOCK, str(row.pk))
    return 0


def ask(store_id: int, connection_id: uuid.UUID) -> int:
    """Ask for one account and store what was missed; returns how much was found."""
    with store_scope(store_id):
        row = Connection.objects.get(pk=connection_id)
        account = account_of(row)
    channel = cast(Asked, CHANNELS.get(row.connector))
    try:
        found = channel.missed(account, _known_until(row) - OVERLAP)
    except ShopbellError as error:
        log.warning("asking.trouble", connection=str(row), error=str(error)[:300])
        _note_trouble(row, error)
        return 0
    _store(row, found)
    _mend(row)
    return len(found.bodies)


def _due() -> list[Connection]:
    """Return the accounts to ask for: every few minutes, and soon after this worker started."""
    keys = [plug.key for plug in CHANNELS if isinstance(plug, Asked)]
    with unscoped("whose provider is asked for what was missed"):
        rows = Connection.objects.filter(family="channel", connector__in=keys)
        found = list(rows.exclude(state__in=_AWAY).order_by("created_at", "id"))
    now = clock.now()
    return [row for row in found if _asked_at(row) <= now - _pause(row)]


def _pause(row: Connection) -> timedelta:
    return EVERY if row.pk in _asked_here else AT_START


def _known_until(row: Connection) -> datetime:
    said = row.sync.get(PLACE, {}).get("until")
    return datetime.fromisoformat(said) if said else row.created_at


def _asked_at(row: Connection) -> datetime:
    said = row.sync.get(PLACE, {}).get("asked_at")
    return datetime.fromisoformat(said) if said else row.created_at - EVERY


def _store(row: Connection, found: Missed) -> None:
    """Store what was found and the place behind it, in one transaction."""
    with store_scope(row.store_id):
        if found.bodies:
            store_requests(connection=row, topic=found.topic, bodies=found.bodies)
        place = {"until": found.until.isoformat(), "asked_at": clock.now().isoformat()}
        save_place(row, place, key=PLACE)


def _note_trouble(row: Connection, error: ShopbellError) -> None:
    """Keep the place, rest, and tell people where they can do something about it."""
    with store_scope(row.store_id):
        place = {**row.sync.get(PLACE, {}), "asked_at": clock.now().isoformat()}
        save_place(row, place, key=PLACE)
    if isinstance(error, Permanent):
        record_state(connection=row, state=ConnectionState.TROUBLE, detail=f"{_TROUBLE}{error}")


def _mend(row: Connection) -> None:
    """Take back what was said here once the provider answers again."""
    if row.state == ConnectionState.TROUBLE and row.state_detail.startswith(_TROUBLE):
        record_state(connection=row, state=ConnectionState.OK, detail="The provider answers.")


register(Pump("asking", run_asking, interval=ROUND_SECONDS))
