"""Locks for things that have no row. They end with the transaction, or with the connection.

A newcomer's mistake: a lock of the connection behind a pooler that changes it with each
transaction. There it guards nothing; use it only where doing the same twice is harmless.
"""

from collections.abc import Iterable, Sequence

from django.db import connection


def lock_in_transaction(*parts: object) -> None:
    """Wait until nobody else holds the lock of these parts, then hold it until the commit."""
    name = "\x1f".join(map(str, parts))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def share_in_transaction(*parts: object) -> None:
    """Hold the lock of these parts beside others who share it, until the commit.

    Who wants it alone waits for those who share it, and those who come later wait for them.
    """
    name = "\x1f".join(map(str, parts))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [name])


def lock_all_in_transaction(names: Iterable[Sequence[object]]) -> None:
    """Take several such locks, always in the same order, so that two never wait crosswise."""
    keys = sorted({"\x1f".join(map(str, parts)) for parts in names})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
            " FROM unnest(%s::text[]) AS name",
            [keys],
        )


def try_session_lock(*parts: object) -> bool:
    """Take the lock of these parts for as long as this connection lives, unless somebody has it."""
    name = "\x1f".join(map(str, parts))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def release_session_lock(*parts: object) -> None:
    """Give back what `try_session_lock` took on this connection."""
    name = "\x1f".join(map(str, parts))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def session_number() -> int:
    """Return the number of this connection; another one means that its locks are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
