"""The embedded PostgreSQL: one server per data folder, reached over a unix socket only.

A newcomer's mistake: thinking that a killed Shopbell leaves nothing behind. `start()` finds what is
left (a server that still runs, old pid and lock files, an unclean cluster) and settles it first.
The superuser `postgres` is used here for the bootstrap and nowhere else.
"""

import fcntl
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from shopbell.config.database import EMBEDDED_NAME, EMBEDDED_USER
from shopbell.kit.errors import ConfigurationError, Conflict
from shopbell.operations.postgres_cluster import PORT, NewCluster, configure, identity
from shopbell.operations.postgres_places import MAJOR, Places, ServerUser, find_places
from shopbell.operations.processes import command_of, die_with_parent, folder_of, is_alive

_SETTLE_SECONDS = 60
_START_SECONDS = 3600
_SAY_EVERY = 5.0


class EmbeddedPostgres:
    """Starts and stops the server of one data folder. Not for use from several threads."""

    def __init__(
        self,
        home: Path,
        socket_dir: Path,
        *,
        durable: bool = True,
        max_connections: int = 120,
        say: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.home = home
        self.socket_dir = socket_dir
        self._durable = durable
        self._max_connections = max_connections
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._making: NewCluster | None = None
        self._claim: IO[str] | None = None
        self._places: Places | None = None

    @property
    def running(self) -> bool:
        """Whether the server we started is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id of the server we started, None when it does not run."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def places(self) -> Places:
        """User, binaries and folders; known after the first `start()`."""
        if self._places is None:
            self._places = find_places(self.home)
        return self._places

    def start(self) -> None:
        """Start the server and wait until it takes connections; make the cluster when new.

        Raises:
            Conflict: another Shopbell already runs on this data folder.
            ConfigurationError: the server cannot start; the message has its own last words.
        """
        if self.running:
            return
        self.claim()
        try:
            self._prepare_socket_folder(self.places.user)
            self._settle_leftover()
            self.begin()
            if self._making is not None:
                self._making.finish()
                self._making = None
            self._refuse_other_major()
            configure(self.places, self.socket_dir, self._max_connections, durable=self._durable)
            self._launch()
            self._bootstrap()
        except BaseException:
            self.stop()
            raise

    def begin(self) -> None:
        """Begin making the cluster when there is none yet; `start()` waits for the end of it."""
        self.claim()
        if self._making is None and not (self.places.data / "PG_VERSION").exists():
            self._say("Making a new database.")
            self._making = NewCluster(self.places, durable=self._durable)

    def stop(self) -> None:
        """Stop in good order (open transactions are rolled back) and let go of the home."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_SETTLE_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait()
            with suppress(OSError):
                self.socket_dir.rmdir()
        if self._making is not None:
            self._making.abandon()
            self._making = None
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def release_in_child(self) -> None:
        """Let a forked child forget the server, so that it neither stops it nor holds the home."""
        if self._claim is not None:
            self._claim.close()
        self._claim = None
        self._process = None

    def claim(self) -> None:
        """Take the data folder for this process; it is let go with `stop()` or with the process.

        Raises:
            Conflict: another Shopbell has it.
        """
        if self._claim is not None:
            return
        folder = self.home / "pg"
        folder.mkdir(parents=True, exist_ok=True)
        claim = (folder / "lock").open("a+")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.seek(0)
            holder = claim.read().strip()
            claim.close()
            raise Conflict(
                f"Shopbell already runs on the data folder {self.home}"
                + (f" (process {holder})." if holder else "."),
                remedy="Stop that one first, or set SHOPBELL_HOME to another folder.",
            ) from None
        claim.truncate(0)
        claim.write(str(os.getpid()))
        claim.flush()
        self._claim = claim

    def _prepare_socket_folder(self, user: ServerUser) -> None:
        folder = self.socket_dir
        try:
            folder.mkdir(mode=0o700, parents=True)
            if user.switch:
                os.chown(folder, user.uid, user.gid)
            return
        except FileExistsError:
            pass
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (user.uid, os.geteuid()):
            raise ConfigurationError(
                f"{folder} should be the private socket folder of the database,"
                " but it belongs to somebody else.",
                remedy=f"Find out who made it, then remove {folder} and start again.",
            )
        if user.switch:
            os.chown(folder, user.uid, user.gid)
        folder.chmod(0o700)

    def _settle_leftover(self) -> None:
        """Stop a server of ours that outlived its supervisor."""
        pid = self._left_over()
        if pid is None:
            return
        self._say(f"A database server from before still runs (process {pid}); stopping it.")
        for signum, patience in (
            (signal.SIGINT, _SETTLE_SECONDS),
            (signal.SIGQUIT, _SETTLE_SECONDS),
            (signal.SIGKILL, _SETTLE_SECONDS),
        ):
            try:
                os.kill(pid, signum)
            except ProcessLookupError:
                return
            until = time.monotonic() + patience
            while time.monotonic() < until:
                if not is_alive(pid):
                    return
                time.sleep(0.02)

    def _left_over(self) -> int | None:
        lines = self._pid_file()
        if not lines or not lines[0].strip().lstrip("-").isdigit():
            return None
        pid = abs(int(lines[0]))
        if pid in (0, os.getpid()) or not is_alive(pid):
            return None
        ours = folder_of(pid) == self.places.data or str(self.places.data) in command_of(pid)
        return pid if ours else None

    def _pid_file(self) -> list[str]:
        try:
            return (self.places.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _refuse_other_major(self) -> None:
        found = (self.places.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise ConfigurationError(
                f"The database in {self.places.data} was made by PostgreSQL {found};"
                f" this Shopbell brings {MAJOR}.",
                remedy="Dump it with the older version and load it here; see docs/operations.md.",
            )

    def _launch(self) -> None:
        """Start the server; a predecessor's last processes may need some seconds to go."""
        until = time.monotonic() + _SETTLE_SECONDS
        while True:
            words = self._try_launch()
            if words is None:
                return
            if "shared memory block" not in words or time.monotonic() > until:
                raise ConfigurationError(
                    f"PostgreSQL did not start: {words}",
                    remedy=f"Its log is in {self.places.cluster / 'log'}.",
                )
            time.sleep(0.2)

    def _try_launch(self) -> str | None:
        """Start once. Returns None when it takes connections, else the server's last words."""
        log = self.places.cluster / "start.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(self.places.binaries / "postgres"), "-D", str(self.places.data)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **identity(self.places.user),
            )
        began = said = time.monotonic()
        while self._process.poll() is None:
            lines = self._pid_file()
            if len(lines) >= 8 and lines[0] == str(self._process.pid) and "ready" in lines[7]:
                return None
            now = time.monotonic()
            if now - began > _START_SECONDS:
                self._process.kill()
            if now - said > _SAY_EVERY:
                said = now
                self._say(
                    f"PostgreSQL repairs its files after a crash ({now - began:.0f} s so far)."
                )
            time.sleep(0.02)
        return self._last_words()

    def _last_words(self) -> str:
        logs = sorted((self.places.cluster / "log").glob("*.log"), key=lambda p: p.stat().st_mtime)
        lines: list[str] = []
        for path in (self.places.cluster / "start.log", *logs[-1:]):
            text = path.read_bytes()[-4000:].decode(errors="replace")
            lines += [line for line in text.splitlines() if "database system" not in line][-3:]
        return " ".join(lines) or "it said nothing"

    def _bootstrap(self) -> None:
        """Make the owner role and the database, when they are missing."""
        with self._superuser("postgres") as connection:
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", EMBEDDED_USER):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEROLE CREATEDB").format(
                        sql.Identifier(EMBEDDED_USER)
                    )
                )
            if not _exists(
                connection, "SELECT 1 FROM pg_database WHERE datname = %s", EMBEDDED_NAME
            ):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(EMBEDDED_NAME), sql.Identifier(EMBEDDED_USER)
                    )
                )
            available = _exists(
                connection, "SELECT 1 FROM pg_available_extensions WHERE name = %s", "vector"
            )
        if available:
            with self._superuser(EMBEDDED_NAME) as connection:
                connection.execute("SET client_min_messages = warning")
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")

    def _superuser(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=30,
        )


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None
