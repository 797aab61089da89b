"""Where the database is: the embedded one of this data folder, or `DATABASE_URL`.

The run-time connection starts as role `shopbell_app`; only `migrate` connects as the owner (it sets
SHOPBELL_AS_OWNER for its own process).
"""

import hashlib
import os
from pathlib import Path
from typing import Any

from shopbell.config.environment import Environment
from shopbell.kit.db.scope import APP_ROLE
from shopbell.kit.errors import ConfigurationError

EMBEDDED_NAME = "shopbell"
EMBEDDED_USER = "shopbell"
_SOCKET_FILE = "/.s.PGSQL.5432.lock"
_SOCKET_PATH_LIMIT = 104


def database_settings(environment: Environment) -> dict[str, Any]:
    """Return Django's `DATABASES["default"]`."""
    if environment.embedded_database:
        settings: dict[str, Any] = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": EMBEDDED_NAME,
            "USER": EMBEDDED_USER,
            "HOST": str(socket_folder(environment)),
            "PORT": "5432",
        }
    else:
        settings = _external(environment.database_url)
    options = dict(settings.get("OPTIONS") or {})
    if os.environ.get("SHOPBELL_AS_OWNER") != "1":
        options["options"] = f"-c role={APP_ROLE} {options.get('options', '')}".strip()
    options.setdefault("application_name", "shopbell")
    settings["OPTIONS"] = options
    settings["CONN_MAX_AGE"] = None
    settings["CONN_HEALTH_CHECKS"] = True
    return settings


def _external(url: str) -> dict[str, Any]:
    """Translate libpq's own address form; what Django has no key for stays an option."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        options = dict(conninfo_to_dict(url))
    except ProgrammingError:
        raise ConfigurationError(
            "DATABASE_URL is not an address PostgreSQL understands.",
            remedy="Write it as postgres://user:password@host:5432/name, odd characters as %XX.",
        ) from None
    keys = {
        "NAME": "dbname",
        "USER": "user",
        "PASSWORD": "password",
        "HOST": "host",
        "PORT": "port",
    }
    known = {key: str(options.pop(name, "")) for key, name in keys.items()}
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": options}


def socket_folder(environment: Environment) -> Path:
    """Return the folder of the embedded server's unix socket.

    A socket path must stay under 108 bytes. As root it lies in /run, where nobody else can make
    folders; otherwise in the data folder when that is short enough, else in /tmp under a name made
    from it (mode 0700; the owner is checked at start).
    """
    digest = hashlib.sha256(str(environment.home).encode()).hexdigest()[:12]
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path(f"/run/shopbell-{digest}")
    inside = environment.home / "pg" / "socket"
    if os.geteuid() != 0 and len(os.fsencode(inside)) + len(_SOCKET_FILE) < _SOCKET_PATH_LIMIT:
        return inside
    return Path(f"/tmp/shopbell-{os.geteuid()}-{digest}")  # noqa: S108  (0700, owner checked)
