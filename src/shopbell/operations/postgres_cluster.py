"""The files of the embedded server: made once, configured at every start.

A newcomer's mistake: making the cluster in its place. A start that is killed in the middle would
leave half of one. It is made beside its place and moved there when it is whole.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TypedDict

from shopbell.kit.errors import ConfigurationError
from shopbell.operations.postgres_places import Places, ServerUser
from shopbell.operations.processes import die_with_parent

PORT = 5432
_CONFIGURATION = """\
# Written by Shopbell at every start. Your own settings go into own.conf beside this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = {connections}
shared_buffers = 64MB
work_mem = 8MB
maintenance_work_mem = 64MB
effective_cache_size = 512MB
random_page_cost = 1.1
jit = off
io_method = sync
max_logical_replication_workers = 0
max_parallel_workers_per_gather = 1
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = {durable}
wal_level = replica
min_wal_size = 80MB
max_wal_size = 1GB
checkpoint_timeout = 15min
wal_compression = on
idle_in_transaction_session_timeout = 10min
client_connection_check_interval = 10s
autovacuum_naptime = 30s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05
autovacuum_max_workers = 2
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_line_prefix = '%m [%p] %u '
log_min_duration_statement = 2s
log_lock_waits = on
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
include_if_exists = 'own.conf'
"""


class Identity(TypedDict):
    """How a child is started."""

    env: dict[str, str]
    stdin: int
    cwd: str
    umask: int
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def identity(user: ServerUser) -> Identity:
    """Return how a program of the server is started: as whom, with which (small) environment."""
    return {
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        "stdin": subprocess.DEVNULL,
        "cwd": "/",
        "umask": 0o077,
        "user": user.uid if user.switch else None,
        "group": user.gid if user.switch else None,
        "extra_groups": [] if user.switch else None,
    }


class NewCluster:
    """A cluster that is being made, in the background until `finish()`."""

    def __init__(self, places: Places, *, durable: bool) -> None:
        self._places = places
        self._part = places.cluster / "data.part"
        if self._part.exists():
            shutil.rmtree(self._part)
        command = [str(places.binaries / "initdb"), "--pgdata", str(self._part)]
        command += ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--no-instructions"] + ([] if durable else ["--no-sync"])
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
            **identity(places.user),
        )

    def finish(self) -> None:
        """Wait until it is made and put it in its place.

        Raises:
            ConfigurationError: it could not be made; the message has the reason.
        """
        _, words = self._process.communicate()
        if self._process.returncode != 0:
            raise ConfigurationError(
                f"PostgreSQL could not make its database: {words.decode().strip()[-600:]}",
                remedy=f"Check the space and the rights of {self._places.cluster}.",
            )
        self._part.rename(self._places.data)

    def abandon(self) -> None:
        """Stop making it; the next start begins anew."""
        self._process.kill()
        self._process.communicate()


def configure(places: Places, socket_dir: Path, connections: int, *, durable: bool) -> None:
    """Write the server's settings and who may connect: whoever reaches the private socket."""
    text = _CONFIGURATION.format(
        port=PORT,
        socket=str(socket_dir).replace("'", "''"),
        connections=connections,
        durable="on" if durable else "off",
    )
    _write(places, "postgresql.conf", text)
    _write(places, "pg_hba.conf", "local all all trust\n")


def _write(places: Places, name: str, text: str) -> None:
    part = places.data / (name + ".part")
    part.write_text(text)
    part.chmod(0o600)
    if places.user.switch:
        os.chown(part, places.user.uid, places.user.gid)
    part.replace(places.data / name)
