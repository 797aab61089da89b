"""Whoever waits for words that somebody sends from their own number, told by the rooms above.

Messaging knows no sign-up forms. A newcomer's mistake: believing the words of a form. Here the
message itself is the proof: only the phone could send it.
"""

from typing import Protocol

from shopbell.connections.models import Connection
from shopbell.messaging.ports import BY_NUMBER, CHANNELS, Written, WrittenKind

NATURE = "signed_up"  # what an entry of such words is called, see `conversations.history`


class Listener(Protocol):
    """Takes such words."""

    def is_all(self, connection: Connection, written: Written) -> bool:
        """Return whether the message is nothing else, so that nobody need answer it."""
        ...

    def take(self, connection: Connection, written: Written) -> None:
        """Do what the words say, once; the writer is a customer by now."""
        ...


_listeners: list[Listener] = []


def add_listener(listener: Listener) -> None:
    """Let a room hear what comes in from phones."""
    _listeners.append(listener)


def joins(connection: Connection, written: Written) -> bool:
    """Return whether a message only signs somebody up."""
    if not _is_heard(connection, written):
        return False
    return any(listener.is_all(connection, written) for listener in _listeners)


def take_joins(connection: Connection, several: list[Written]) -> None:
    """Let the listeners take what came in, in the scope and transaction of the caller."""
    for written in several:
        if _is_heard(connection, written):
            for listener in _listeners:
                listener.take(connection, written)


def _is_heard(connection: Connection, written: Written) -> bool:
    medium = CHANNELS.get(connection.connector).capabilities.medium
    is_new = written.kind == WrittenKind.MESSAGE and not written.files
    return medium in BY_NUMBER and is_new and written.sender.startswith("+")
