"""Reading a shop beside its webhooks: what they missed, the whole history, and whether they exist.

No network call happens inside a database transaction: a page is read, then written. Progress lives
in `Connection.sync`, so that a killed worker goes on where it was. A newcomer's mistake: moving
`since` when a page is fetched. It moves when everything read was written, ten minutes overlapping.
"""

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from shopbell.connections.actions import record_state
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.ports import Account
from shopbell.connections.queries import account_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import (
    ConfigurationError,
    ConnectorError,
    Invalid,
    Permanent,
    Temporary,
    Unsupported,
)
from shopbell.orders.actions import record_facts
from shopbell.orders.ports import SHOPS, Page, Shop
from shopbell.web.live import announce

log = structlog.get_logger()

OVERLAP = timedelta(minutes=10)
MAX_WAIT_SECONDS = 60.0
TRIES = 5
IMPORT_KINDS = ("products", "customers", "orders")

type Wait = Callable[[float], None]


def poll_shop(store_id: int, connection_id: uuid.UUID, *, wait: Wait = time.sleep) -> int:
    """Read what changed since the last poll, of every kind; returns how many facts were written.

    What the shop refuses is noted as the connection's state and tried again next time.
    """
    found = _open(store_id, connection_id)
    if found is None:
        return 0
    connection, shop, account = found
    written = 0
    try:
        for kind in shop.kinds:
            written += _poll_kind(connection, shop, account, kind, wait)
    except Unsupported:
        return written
    except ConnectorError as error:
        _note_trouble(connection, error)
        return written
    if shop.kinds:
        _note_ok(connection)
    return written


def _poll_kind(connection: Connection, shop: Shop, account: Account, kind: str, wait: Wait) -> int:
    place = dict(connection.sync.get(kind) or {})
    since = datetime.fromisoformat(place["since"]) if place.get("since") else connection.created_at
    if not place.get("cursor"):
        place["started"] = clock.now().isoformat()  # kept when a killed poll is gone on with
    written = 0
    resumed = True
    while True:
        page = _read_on(place, shop, account, kind, since - OVERLAP, wait, resumed=resumed)
        resumed = False
        place |= {"cursor": page.cursor, "at": clock.now().isoformat()}
        if not page.cursor:
            place["since"] = place.pop("started", since.isoformat())
        _write(connection, page, {kind: place}, historic=False)
        written += len(page.facts)
        if not page.cursor:
            return written
        wait(min(page.throttle, MAX_WAIT_SECONDS))


def _read_on(
    place: dict[str, Any],
    shop: Shop,
    account: Account,
    kind: str,
    since: datetime | None,
    wait: Wait,
    *,
    resumed: bool,
) -> Page:
    """Read the page at the noted cursor; an old one the shop does not know any more is forgotten.

    Only the first page of a run (`resumed`) may begin anew, and not when the shop refused us as
    such: else a refusal in the middle would be read around in circles.
    """
    cursor = place.get("cursor", "")
    try:
        return _read(shop, account, kind, since, cursor, wait)
    except (Permanent, Invalid) as error:
        ours = getattr(error, "code", "") in ("unauthorised", "forbidden")
        if ours or not resumed or not cursor:
            raise
    place["cursor"] = ""
    return _read(shop, account, kind, since, "", wait)


def import_history(store_id: int, connection_id: uuid.UUID, *, wait: Wait = time.sleep) -> int:
    """Read everything the shop has, quietly: nobody is told about old orders.

    Progress is in `Connection.sync["import"]`: state, kind, done, total. Goes on where it stopped.
    """
    found = _open(store_id, connection_id)
    if found is None:
        return 0
    connection, shop, account = found
    progress: dict[str, Any] = dict(connection.sync.get("import") or {})
    progress |= {"state": "running", "error": ""}
    done = progress.setdefault("done", {})
    totals = progress.setdefault("total", {})
    progress.setdefault("cursor", "")
    try:
        for kind in [kind for kind in IMPORT_KINDS if kind in shop.kinds]:
            if kind in progress.setdefault("finished", []):
                continue
            progress["kind"] = kind
            resumed = True
            while True:
                page = _read_on(progress, shop, account, kind, None, wait, resumed=resumed)
                resumed = False
                done[kind] = (done.get(kind, 0) if progress["cursor"] else 0) + len(page.facts)
                totals[kind] = page.total if page.total is not None else totals.get(kind)
                progress["cursor"] = page.cursor
                if not page.cursor:
                    progress["finished"].append(kind)
                _write(connection, page, {"import": progress}, historic=True)
                if not page.cursor:
                    break
                wait(min(page.throttle, MAX_WAIT_SECONDS))
        progress |= {"state": "done", "at": clock.now().isoformat()}
    except (ConnectorError, Unsupported) as error:
        progress |= {"state": "failed", "error": str(error)}
    _write(connection, Page(facts=()), {"import": progress}, historic=True)
    return sum(done.values())


def audit_shop(store_id: int, connection_id: uuid.UUID) -> None:
    """Make sure the shop's webhooks to us exist and are on; trouble becomes the state."""
    found = _open(store_id, connection_id)
    if found is None:
        return
    connection, shop, account = found
    try:
        report = shop.audit(account)
    except Unsupported:
        return
    except ConnectorError as error:
        _note_trouble(connection, error)
        return
    mended = [*report.created, *report.enabled]
    with store_scope(store_id):
        note = {"at": clock.now().isoformat(), "mended": mended, "problems": list(report.problems)}
        _save_sync(connection, {"audit": note})
    if report.problems:
        record_state(
            connection=connection, state=ConnectionState.TROUBLE, detail=" ".join(report.problems)
        )


def _open(store_id: int, connection_id: uuid.UUID) -> tuple[Connection, Shop, Account] | None:
    with store_scope(store_id):
        connection = Connection.objects.filter(pk=connection_id, family="shop").first()
        if connection is None or connection.connector not in SHOPS:
            return None
        if connection.state in (ConnectionState.OFF, ConnectionState.REMOVED):
            return None
        try:
            account = account_of(connection)
        except ConfigurationError as error:
            record_state(connection=connection, state=ConnectionState.TROUBLE, detail=str(error))
            return None
        return connection, SHOPS.get(connection.connector), account


def _read(
    shop: Shop, account: Account, kind: str, since: datetime | None, cursor: str, wait: Wait
) -> Page:
    """Read a page, waiting as the shop asks; gives up after five refusals in a row."""
    for attempt in range(TRIES):
        try:
            return shop.changes(account, kind, since, cursor)
        except Temporary as error:
            if attempt == TRIES - 1:
                raise
            wait(min(error.retry_after or 2.0**attempt, MAX_WAIT_SECONDS))
    raise AssertionError("unreachable")


def _write(connection: Connection, page: Page, place: dict[str, Any], *, historic: bool) -> None:
    source = f"{connection.connector}/{connection.slug}"
    with store_scope(connection.store_id):
        record_facts(source=source, facts=page.facts, historic=historic)
        _save_sync(connection, place)
        announce(connection.store_id, "connections", str(connection.pk))


def _save_sync(connection: Connection, place: dict[str, Any]) -> None:
    row = Connection.objects.select_for_update().only("id", "sync").get(pk=connection.pk)
    connection.sync = {**row.sync, **place}
    Connection.objects.filter(pk=connection.pk).update(sync=connection.sync)


def _note_trouble(connection: Connection, error: ConnectorError) -> None:
    log.warning("sync.trouble", connection=str(connection), error=str(error)[:300])
    lasting = isinstance(error, Permanent)
    hint = " Check the access token." if lasting else " It is tried again by itself."
    record_state(connection=connection, state=ConnectionState.TROUBLE, detail=f"{error}{hint}")


def _note_ok(connection: Connection) -> None:
    if connection.state != ConnectionState.OK:
        record_state(connection=connection, state=ConnectionState.OK, detail="The shop answers.")
