"""The doctor's look at the database: reachable, durable, up to date, walls between stores, queues.

A newcomer's mistake: asking as the owner. The checks connect as the product does, so that what they
see is what the product may see.
"""

from collections.abc import Iterator
from typing import Any

import psycopg

from shopbell.config.environment import Environment
from shopbell.kit import clock
from shopbell.kit.db.scope import APP_ROLE
from shopbell.operations.connections import connect
from shopbell.operations.doctor import Check, Finding

_OLDEST_VERSION = 160000
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_DRIFT_SECONDS = 2.0
_OLD_SECONDS = 300
_SILENT_SECONDS = 60
_WALLS = """
SELECT c.relname FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'store_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY 1
"""
_ROLE = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
_WAITING = """
SELECT extract(epoch FROM now() - min(due_at))::float FROM (
  SELECT due_at FROM events_delivery WHERE NOT quarantined AND due_at < now()
  UNION ALL
  SELECT due_at FROM connections_intake WHERE state = 'pending' AND due_at < now()
) waiting
"""


def check_reachable(environment: Environment) -> Iterator[Finding]:
    """The database answers and is new enough."""
    try:
        with connect(environment, timeout=5, as_owner=True) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        words = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
        if environment.embedded_database:
            yield Finding(
                "database",
                False,
                "The embedded database does not run.",
                "Start it with `shopbell up`; its log is in the folder pg of the data folder.",
            )
        else:
            yield Finding(
                "database",
                False,
                f"The database of DATABASE_URL cannot be reached: {words}",
                "Check host, port, password and firewall, and that the server runs.",
            )
        return
    text = f"{version // 10000}.{version % 10000}"
    if version < _OLDEST_VERSION:
        yield Finding(
            "database",
            False,
            f"The database is PostgreSQL {text}.",
            "Shopbell needs version 16 or newer.",
        )
    else:
        yield Finding("database", True, f"PostgreSQL {text} answers.")


def check_durable(environment: Environment) -> Iterator[Finding]:
    """What is committed survives a crash."""
    with connect(environment, timeout=5, as_owner=True) as connection:
        off = [name for name in _DURABLE if _setting(connection, name) == "off"]
    if off:
        yield Finding(
            "durability",
            False,
            f"The database may lose committed rows in a crash: {', '.join(off)} is off.",
            f"Set {' = on, '.join(off)} = on in postgresql.conf and reload.",
        )
    else:
        yield Finding("durability", True, "Committed rows survive a crash.")


def _setting(connection: psycopg.Connection[Any], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


def check_clock(environment: Environment) -> Iterator[Finding]:
    """This machine and the database agree on the time."""
    with connect(environment, timeout=5, as_owner=True) as connection:
        before = clock.now()
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        after = clock.now()
    assert row is not None
    drift = abs((row[0] - (before + (after - before) / 2)).total_seconds())
    if drift > _DRIFT_SECONDS:
        yield Finding(
            "clock",
            False,
            f"The clocks of this machine and of the database are {drift:.1f} seconds apart.",
            "Switch on time synchronisation (timedatectl set-ntp true) on both.",
        )
    else:
        yield Finding("clock", True, "The clocks agree.")


def check_migrations(environment: Environment) -> Iterator[Finding]:
    """The tables are those of this version."""
    del environment  # Django knows it already
    import django

    django.setup()
    from shopbell.operations.prepare import pending_migrations

    waiting = pending_migrations()
    if waiting:
        yield Finding(
            "migrations",
            False,
            f"{len(waiting)} migrations have not run yet, the first is {waiting[0]}.",
            "Run `shopbell migrate`; `shopbell up` does it by itself.",
        )
    else:
        yield Finding("migrations", True, "The tables are up to date.")


def check_walls(environment: Environment) -> Iterator[Finding]:
    """The product connects without powers, and every table of a store is walled off."""
    try:
        with connect(environment, timeout=5) as connection:
            row = connection.execute(_ROLE).fetchone()
            bare = [str(name) for (name,) in connection.execute(_WALLS)]
    except psycopg.Error:
        yield Finding(
            "isolation",
            False,
            f"The role {APP_ROLE} is missing or may not be used.",
            "Run `shopbell migrate`. The user of DATABASE_URL needs CREATEROLE for it.",
        )
        return
    if row is None or any(row):
        yield Finding(
            "isolation",
            False,
            f"The role {APP_ROLE} has more powers than it may have.",
            f"ALTER ROLE {APP_ROLE} NOSUPERUSER NOBYPASSRLS",
        )
    elif bare:
        yield Finding(
            "isolation",
            False,
            f"Row-level security is off on {', '.join(bare[:5])}.",
            "Run `shopbell migrate`, which switches it on.",
        )
    else:
        yield Finding("isolation", True, "Stores are kept apart by the database.")


def check_worker(environment: Environment) -> Iterator[Finding]:
    """Work is being done, and nothing waits for long."""
    from shopbell.operations.probes import seconds_since_beat

    try:
        with connect(environment, timeout=5) as connection:
            silent = seconds_since_beat(connection)
        with connect(environment, timeout=5, as_owner=True) as connection:
            row = connection.execute(_WAITING).fetchone()
    except psycopg.Error:
        return  # the tables are missing; the migrations' finding says so
    waiting = float(row[0]) if row and row[0] is not None else 0.0
    if silent is None or silent > _SILENT_SECONDS:
        since = "" if silent is None else f" since {silent:.0f} seconds"
        yield Finding(
            "worker",
            False,
            f"No worker has shown a sign of life{since}.",
            "Start one: `shopbell up` brings its own, or run `shopbell worker`.",
        )
    else:
        yield Finding("worker", True, "A worker is at work.")
    if waiting > _OLD_SECONDS:
        yield Finding(
            "queue",
            False,
            f"The oldest piece of work has waited for {waiting / 60:.0f} minutes.",
            "Look at the worker's log; with much to do, start another `shopbell worker`.",
        )
    else:
        yield Finding("queue", True, "Nothing waits for long.")


DATABASE_CHECKS: tuple[Check, ...] = (
    check_reachable,
    check_durable,
    check_clock,
    check_migrations,
    check_walls,
    check_worker,
)
