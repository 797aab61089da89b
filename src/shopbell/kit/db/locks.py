"""Locks that end with the transaction, for things that have no row yet."""

from django.db import connection


def lock_in_transaction(*parts: object) -> None:
    """Wait until nobody else holds the lock of these parts, then hold it until the commit."""
    name = "\x1f".join(map(str, parts))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
