"""The post office of a worker: sees that every mailbox is watched and every door is open, once.

Of several workers one has each mailbox and each door, by a lock that ends with its connection; when
that worker dies another takes over. Doing it twice would be harmless: raw mail exists once.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from shopbell.connections.actions import record_state
from shopbell.connections.models import Connection, ConnectionState
from shopbell.connections.queries import account_of
from shopbell.kit.db.locks import release_session_lock, session_number, try_session_lock
from shopbell.kit.db.scope import store_scope, unscoped
from shopbell.kit.errors import ShopbellError
from shopbell.messaging.inbound.doors import OpenDoor, addresses_of
from shopbell.messaging.inbound.mailboxes import MailboxWatch
from shopbell.messaging.ports import CHANNELS, MailDoor, MailSource

log = structlog.get_logger()

ROUND_SECONDS = 5.0
_GOODBYE_SECONDS = 4.0
_AWAY = (ConnectionState.OFF, ConnectionState.REMOVED)


@dataclass(slots=True)
class _Post:
    """Something that runs, and the settings it was started with."""

    running: MailboxWatch | OpenDoor
    settings: str


class PostOffice:
    """What this process watches. Used by one thread, which keeps its database connection."""

    def __init__(self) -> None:
        self._posts: dict[str, _Post] = {}
        self._session = 0

    def tend(self) -> int:
        """Start what is missing, end what is not wanted any more. Returns 0: a round is a round."""
        number = session_number()
        if number != self._session:  # our locks went with the old connection
            self._end(list(self._posts))
            self._session = number
        wanted = _wanted()
        self._end(
            key
            for key, post in list(self._posts.items())
            if key not in wanted or wanted[key][0] != post.settings or _is_dead(post)
        )
        for key, (settings, inboxes) in wanted.items():
            if key not in self._posts and try_session_lock("post", key):
                self._start(key, settings, inboxes)
        return 0

    def close(self) -> None:
        """End everything."""
        self._end(list(self._posts))

    def _start(self, key: str, settings: str, inboxes: list[Connection]) -> None:
        first = inboxes[0]
        try:
            if isinstance(CHANNELS.get(first.connector), MailDoor):
                running: MailboxWatch | OpenDoor = OpenDoor(inboxes)
                _note(inboxes, ConnectionState.OK, "Listening.")
            else:
                running = MailboxWatch(first.store_id, first.pk)
        except ShopbellError as error:
            release_session_lock("post", key)
            log.warning("post.not_started", post=key, error=str(error)[:300])
            _note(inboxes, ConnectionState.TROUBLE, str(error))
            return
        self._posts[key] = _Post(running, settings)
        log.info("post.started", post=key)

    def _end(self, keys: Iterable[str]) -> None:
        ended = [(key, self._posts.pop(key)) for key in list(keys)]
        for _, post in ended:
            if isinstance(post.running, MailboxWatch):
                post.running.ask_to_stop()
        for key, post in ended:
            if isinstance(post.running, MailboxWatch):
                post.running.join(_GOODBYE_SECONDS)
            else:
                post.running.close()
            release_session_lock("post", key)


def _wanted() -> dict[str, tuple[str, list[Connection]]]:
    """Return what should run: (settings as a mark, its inboxes) by key."""
    with unscoped("which mailboxes and doors are there"):
        rows = list(
            Connection.objects.filter(family="channel", connector__in=_connectors())
            .exclude(state__in=_AWAY)
            .order_by("created_at", "id")
        )
    found: dict[str, tuple[str, list[Connection]]] = {}
    for row in rows:
        key = _key(row)
        if key:
            mark, inboxes = found.get(key, ("", []))
            found[key] = f"{mark} {_mark(row, key)}", [*inboxes, row]
    return found


def _connectors() -> list[str]:
    return [plug.key for plug in CHANNELS if isinstance(plug, (MailSource, MailDoor))]


def _key(row: Connection) -> str:
    plug = CHANNELS.get(row.connector)
    if not isinstance(plug, MailDoor):
        return f"mailbox {row.pk}"
    try:
        with store_scope(row.store_id):
            return f"door {plug.where(account_of(row))}"
    except ShopbellError as error:
        log.warning("post.unusable", connection=str(row), error=str(error)[:300])
        return ""


def _mark(row: Connection, key: str) -> str:
    """Return something that changes with whatever the watcher or the door must know."""
    stored: list[Any] = [str(row.pk), row.settings, row.secrets, row.address]
    if key.startswith("door"):
        stored.append(addresses_of(row.store_id))
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def _is_dead(post: _Post) -> bool:
    return isinstance(post.running, MailboxWatch) and not post.running.is_alive


def _note(inboxes: list[Connection], state: ConnectionState, detail: str) -> None:
    for inbox in inboxes:
        if (inbox.state, inbox.state_detail) != (state, detail):
            record_state(connection=inbox, state=state, detail=detail)


OFFICE = PostOffice()
