"""One PostgreSQL for a whole test session, a migrated template, one clone for each xdist worker.

The server is the embedded one with fsync off. The process that starts it (pytest itself, or the
xdist controller) stops it; the kernel stops it when that process is killed. The migrated cluster is
kept in `.pytest_cache` for as long as nothing in `src` changes. A newcomer's mistake: connecting as
`postgres` in a test of product code. The superuser is for cleaning up only.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from shopbell.config.database import EMBEDDED_NAME
from shopbell.operations.postgres import EmbeddedPostgres

_ROOT = Path(__file__).parents[2]
_KEPT = _ROOT / ".pytest_cache" / "postgres"
_SOCKET = "SHOPBELL_TEST_POSTGRES"
_TEMPLATE = EMBEDDED_NAME  # the server makes it, as it does for `shopbell up`
_CONNECTIONS = 400  # a worker has one for each of its some forty threads; killers start six at once
_MIGRATE = (
    "import django; django.setup();"
    "from django.core.management import call_command;"
    "call_command('migrate', verbosity=0);"
    "call_command('createcachetable');"
    "from shopbell.kit.db.isolation import secure_database; secure_database()"
)

_server: EmbeddedPostgres | None = None
_folder: Path | None = None


def ensure_server() -> None:
    """Start the server and build the template, once; workers of xdist inherit it."""
    global _server, _folder
    if os.environ.get(_SOCKET):
        return
    _folder = Path(tempfile.mkdtemp(prefix="shopbell-test-"))
    _folder.chmod(0o755)
    _server = EmbeddedPostgres(
        _folder, _folder / "socket", durable=False, max_connections=_CONNECTIONS
    )
    kept = _KEPT / f"{_fingerprint()}.tar"
    found = _unpack(kept, _server)
    _server.start()
    os.environ[_SOCKET] = str(_server.socket_dir)
    if found:
        return
    try:
        _build_template()
        _keep(kept, _server)
    except BaseException:
        shutdown()
        raise


def ensure_database(worker_id: str) -> str:
    """Return the DATABASE_URL of this worker's own database, cloned from the template."""
    ensure_server()
    name = f"shopbell_{worker_id}"
    with superuser("postgres") as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER shopbell").format(
                    sql.Identifier(name), sql.Identifier(_TEMPLATE)
                )
            )
    return database_url(name)


def database_url(name: str) -> str:
    """Return the address of a database of the test server, for the owner role `shopbell`."""
    return f"postgres://shopbell@{quote(os.environ[_SOCKET], safe='')}:5432/{name}"


def shutdown() -> None:
    """Stop the server and remove its folder, if this process started it."""
    global _server, _folder
    let_go()
    if _server is not None:
        cluster = _server.places.cluster
        _server.stop()
        shutil.rmtree(cluster, ignore_errors=True)
        os.environ.pop(_SOCKET, None)
        _server = None
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
        _folder = None


def superuser(database: str) -> psycopg.Connection:
    """Connect as `postgres`: for making databases and for cleaning up after a test."""
    return psycopg.connect(
        host=os.environ[_SOCKET], port=5432, user="postgres", dbname=database, autocommit=True
    )


def empty_tables(database: str) -> None:
    """Delete every row a test committed. What the migrations put in stays."""
    try:
        _delete_rows(_cleaner(database), database)
    except psycopg.OperationalError:  # a test has ended all connections
        let_go()
        _delete_rows(_cleaner(database), database)


def _delete_rows(connection: psycopg.Connection, database: str) -> None:
    with connection.transaction():
        # Replica mode: no triggers, so neither foreign keys nor append-only rules object.
        connection.execute("SET LOCAL session_replication_role = replica")
        for table in sorted(_not_empty(connection, _cleaned())):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


# Kept open: a new connection would look up a hundred tables anew after each test.
_cleaners: dict[str, psycopg.Connection] = {}


def _cleaner(database: str) -> psycopg.Connection:
    if database not in _cleaners:
        _cleaners[database] = superuser(database)
    return _cleaners[database]


def let_go() -> None:
    """Close the connections that were kept for cleaning up."""
    while _cleaners:
        _cleaners.popitem()[1].close()


@cache
def _cleaned() -> frozenset[str]:
    """Return the tables that are empty when a test begins."""
    with superuser(_TEMPLATE) as template:
        tables = _tables(template)
        return frozenset(tables - _not_empty(template, tables))


def _tables(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in rows}


def _not_empty(connection: psycopg.Connection, tables: Collection[str]) -> set[str]:
    if not tables:
        return set()
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("(SELECT {} FROM {} LIMIT 1)").format(sql.Literal(name), sql.Identifier(name))
        for name in sorted(tables)
    )
    return {name for (name,) in connection.execute(asked)}


def _fingerprint() -> str:
    """Return what names everything a migrated cluster is made from."""
    found = hashlib.sha256(f"{os.geteuid()}".encode())
    for path in sorted((_ROOT / "src").rglob("*")):
        if path.suffix in {".py", ".sql"}:
            found.update(f"{path}\n".encode() + path.read_bytes())
    found.update((_ROOT / "uv.lock").read_bytes() + Path(__file__).read_bytes())
    return found.hexdigest()


def prepare_home(home: Path) -> None:
    """Put a migrated database into a new home, so that `shopbell up` need not make one there."""
    _unpack(_KEPT / f"{_fingerprint()}.tar", EmbeddedPostgres(home, home / "unused"))


def _unpack(kept: Path, server: EmbeddedPostgres) -> bool:
    """Put a kept cluster in its place, when there is one."""
    with suppress(FileNotFoundError), kept.open("rb") as archive:
        _tar("--extract", server, stdin=archive)
        return True
    return False


def _keep(kept: Path, server: EmbeddedPostgres) -> None:
    """Keep the cluster for the next session, instead of older ones."""
    if kept.stem != _fingerprint():
        return  # somebody changed the sources meanwhile
    server.stop()
    _KEPT.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    with part.open("wb") as archive:
        _tar("--create", server, stdout=archive)
    for older in _KEPT.glob("*.tar"):
        older.unlink(missing_ok=True)
    part.rename(kept)
    server.start()


def _tar(verb: str, server: EmbeddedPostgres, **streams: IO[bytes]) -> None:
    cluster = str(server.places.cluster)
    command = ["tar", verb, "--file", "-", "--directory", cluster, "data"]
    subprocess.run(command, check=True, **streams)  # type: ignore[call-overload]


def _build_template() -> None:
    environment = os.environ | {
        "DATABASE_URL": database_url(_TEMPLATE),
        "DJANGO_SETTINGS_MODULE": "shopbell.config.settings",
        "SHOPBELL_AS_OWNER": "1",
    }
    made = subprocess.run(
        [sys.executable, "-c", _MIGRATE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(f"The migrations failed:\n{made.stdout}\n{made.stderr}")
