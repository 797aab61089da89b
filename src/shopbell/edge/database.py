"""Asynchronous connections to the same database as Django's, as the same run-time role.

A newcomer's mistake: opening one per request. The door has two: the writer's and the listener's.
"""

from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo

CONNECT_SECONDS = 3
STATEMENT_SECONDS = 4  # providers give up after five


async def connect(
    name: str, *, statement_seconds: int = STATEMENT_SECONDS
) -> psycopg.AsyncConnection[Any]:
    """Connect with autocommit.

    Raises:
        psycopg.OperationalError: the database cannot be reached.
    """
    place = settings.DATABASES["default"]
    options = dict(place.get("OPTIONS") or {})
    server_options = (
        f"{options.pop('options', '')} -c statement_timeout={statement_seconds * 1000}".strip()
    )
    named = {
        "host": "HOST",
        "port": "PORT",
        "user": "USER",
        "password": "PASSWORD",
        "dbname": "NAME",
    }
    parts: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS}
    parts |= {key: value for key, value in options.items() if isinstance(value, str | int)}
    parts |= {key: place[setting] for key, setting in named.items() if place.get(setting)}
    parts |= {"options": server_options, "application_name": name}
    return await psycopg.AsyncConnection.connect(make_conninfo(**parts), autocommit=True)
