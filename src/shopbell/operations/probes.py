"""How the supervisor looks at its parts: by progress, not by process id.

A newcomer's mistake: keeping the connection. The supervisor forks, so it must hold none.
"""

import http.client
from typing import Any
from urllib.parse import urlsplit

import psycopg

from shopbell.config.environment import Environment
from shopbell.operations.connections import connect

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (compared, not bound)
_SILENT_SECONDS = 60
_BEAT = """
SELECT extract(epoch FROM now() - max(beat_at))::float FROM events_heartbeat WHERE kind = 'worker'
"""


def answers(environment: Environment, path: str, *, timeout: float) -> bool:
    """Whether our own web process answers 200 on `path` in time (seconds)."""
    host = _WILDCARDS.get(environment.bind, environment.bind)
    connection = http.client.HTTPConnection(host, environment.port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": urlsplit(environment.base_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_trouble(environment: Environment) -> str:
    """Say why the worker seems stuck; empty when it makes progress or nobody can tell."""
    try:
        with connect(environment, timeout=2) as connection:
            silent = seconds_since_beat(connection)
    except psycopg.Error:
        return ""
    if silent is None or silent > _SILENT_SECONDS:
        return f"no sign of progress for {_SILENT_SECONDS} seconds"
    return ""


def seconds_since_beat(connection: psycopg.Connection[Any]) -> float | None:
    """Return how long ago a worker last wrote its heartbeat, None if none ever did."""
    row = connection.execute(_BEAT).fetchone()
    return None if row is None or row[0] is None else float(row[0])
