"""A bare database connection for the supervisor and the doctor, without Django.

A newcomer's mistake: using this in product code. It knows no store scope.
"""

from typing import Any

import psycopg

from shopbell.config.database import EMBEDDED_NAME, EMBEDDED_USER, socket_folder
from shopbell.config.environment import Environment
from shopbell.kit.db.scope import APP_ROLE


def connect(
    environment: Environment, *, timeout: int, as_owner: bool = False
) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect with autocommit; `timeout` in seconds bounds the connection and each statement.

    Raises:
        psycopg.OperationalError: the database cannot be reached.
    """
    if environment.embedded_database:
        address = psycopg.conninfo.make_conninfo(
            host=str(socket_folder(environment)),
            port=5432,
            user=EMBEDDED_USER,
            dbname=EMBEDDED_NAME,
        )
    else:
        address = environment.database_url
    connection = psycopg.connect(
        address, autocommit=True, connect_timeout=max(timeout, 2), application_name="shopbell-check"
    )
    connection.execute(f"SET statement_timeout = {timeout * 1000}")
    if not as_owner:
        connection.execute(f"SET ROLE {APP_ROLE}")
    return connection
