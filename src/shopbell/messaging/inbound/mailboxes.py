"""Watching mailboxes: a thread for each, which fetches, stores, and waits for news.

A dead server rests for a growing while and stops nobody else. A newcomer's mistake: holding a
database connection while waiting; each watcher gives its own back before it waits.
"""

import threading
import uuid
from datetime import timedelta
from typing import cast

import structlog
from django.db import DatabaseError, connections

from shopbell.connections.actions import record_state
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.queries import account_of
from shopbell.kit import clock
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import ConnectorError, Permanent, ShopbellError
from shopbell.messaging.inbound.storing import PLACE, save_place, store_batch
from shopbell.messaging.ports import CHANNELS, FetchBroken, MailboxSession, MailSource

log = structlog.get_logger()

POLL_SECONDS = 20.0
REST_SECONDS = (2.0, 5.0, 15.0, 60.0, 120.0)
REFUSED_SECONDS = 300.0  # a wrong password is not tried every minute: providers lock accounts
_TROUBLE = "Mail cannot be fetched: "
_HEARD_EVERY = timedelta(minutes=5)


class MailboxWatch:
    """One watched mailbox."""

    def __init__(self, store_id: int, connection_id: uuid.UUID) -> None:
        self._store_id, self._connection_id = store_id, connection_id
        self._stop = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(
            target=self._run, name=f"mailbox-{connection_id}", daemon=True
        )
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def ask_to_stop(self) -> None:
        """Ask the thread to end after what it is doing."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            rest = 0.0
            try:
                self._watch()
            except FetchBroken as error:
                rest = REST_SECONDS[0]
                self._note(error)
            except (ShopbellError, DatabaseError) as error:
                rest = self._pause(error)
                self._note(error)
            except Exception as error:  # one mailbox never stops another, nor itself for good
                log.exception("mailbox.failed", connection=str(self._connection_id))
                rest = self._pause(error)
            finally:
                connections.close_all()
            self._stop.wait(rest)

    def _pause(self, error: Exception) -> float:
        pause = REST_SECONDS[min(self._failures, len(REST_SECONDS) - 1)]
        self._failures += 1
        return REFUSED_SECONDS if isinstance(error, Permanent) else pause

    def _watch(self) -> None:
        """Fetch and wait until the line breaks or somebody stops us."""
        with store_scope(self._store_id):
            connection = Connection.objects.get(pk=self._connection_id)
            account = account_of(connection)
        source = cast(MailSource, CHANNELS.get(connection.connector))
        connections.close_all()
        session = source.open_mailbox(account)
        try:
            while not self._stop.is_set():
                if not self._fetch(connection, session):
                    session.wait(POLL_SECONDS, self._stop)
        finally:
            session.close()

    def _fetch(self, connection: Connection, session: MailboxSession) -> bool:
        """Fetch and store one batch; returns whether there is more."""
        before = dict(connection.sync.get(PLACE) or {})
        try:
            batch = session.fetch(before)
        except FetchBroken as error:
            with store_scope(self._store_id):
                save_place(connection, error.place)
            raise
        if batch.mails or _is_news(before, batch.place):
            store_batch(connection, batch)
        self._failures = 0
        self._mend(connection)
        connections.close_all()
        return batch.more

    def _mend(self, connection: Connection) -> None:
        """Note that the mailbox answers, unless that is known."""
        if connection.state == ConnectionState.OK:
            return
        ours = connection.state_detail.startswith(_TROUBLE)
        if connection.state == ConnectionState.NEW or ours:
            record_state(
                connection=connection, state=ConnectionState.OK, detail="The mailbox answers."
            )

    def _note(self, error: Exception) -> None:
        log.warning("mailbox.trouble", connection=str(self._connection_id), error=str(error)[:300])
        if not isinstance(error, ConnectorError) or self._failures == 1:
            return  # a line that breaks once is no news
        try:
            with store_scope(self._store_id):
                connection = Connection.objects.get(pk=self._connection_id)
            record_state(
                connection=connection, state=ConnectionState.TROUBLE, detail=f"{_TROUBLE}{error}"
            )
        except DatabaseError:
            log.warning("mailbox.unnoted", connection=str(self._connection_id))


def _is_news(before: dict[str, object], after: dict[str, object]) -> bool:
    """Whether a place without mails is worth writing: it moved, or it is five minutes old."""
    if before.get("folders") != after.get("folders"):
        return True
    seen = clock.now() - _HEARD_EVERY
    return str(before.get("seen_at") or "") < seen.isoformat()
