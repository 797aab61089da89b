"""What must be done before web and worker start: migrations, isolation, cache table, first link.

Runs in a process of its own, as the owner of the tables. A newcomer's mistake: preparing in the
process that serves later. It would keep the owner's powers, unbound by row-level security.
"""

import os
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from shopbell.kit.errors import ConfigurationError

# The demo is a folder that can be deleted, so it is asked for by name.
DEMO_SEED = "shopbell.demo.seeding"  # seed(): the demo store and its connections, once


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` did: the migrations it ran, and the one-time login link if one was made."""

    migrations: int
    link: str | None


def become_owner() -> None:
    """Let this process connect as the owner of the tables. Before its first query."""
    os.environ["SHOPBELL_AS_OWNER"] = "1"
    from django.conf import settings
    from django.db import connections

    from shopbell.config.database import database_settings
    from shopbell.config.environment import load

    settings.DATABASES["default"]["OPTIONS"] = database_settings(load())["OPTIONS"]
    connections["default"].close()


def refuse_without_demo() -> None:
    """Raise `ConfigurationError` when the demo's folder is not there."""
    try:
        complete = find_spec(DEMO_SEED) is not None
    except ModuleNotFoundError:  # the whole folder is gone
        complete = False
    if not complete:
        raise ConfigurationError(
            "This Shopbell comes without the demo store.", remedy="Start it without --demo."
        )


def prepare(*, demo: bool = False) -> Prepared:
    """Bring the database up to this version. Django is set up, and this process is the owner."""
    from django.core.management import call_command
    from django.db import connections

    from shopbell.accounts.actions import first_login_link
    from shopbell.kit.db.isolation import secure_database

    waiting = pending_migrations()
    if waiting:
        call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    secure_database()
    if demo:
        import_module(DEMO_SEED).seed()
    link = first_login_link()
    connections["default"].close()
    return Prepared(len(waiting), link)


def pending_migrations() -> list[str]:
    """Return the migrations this version has and the database lacks, as app.name."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]
