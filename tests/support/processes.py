"""A whole Shopbell of real processes, `shopbell web` and `shopbell worker`, on its own database.

    with installation("flows") as bell:
        bell.apply(toml)
        bell.start_web()
        bell.start_worker()

A newcomer's mistake: reading the tables through Django here. The test's own Django stands on
another database; `rows` asks the one of these processes.
"""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import postgres
from tests.support.programs import SHOPBELL, free_port
from tests.support.web import Answer

START_SECONDS = 120.0
_WITH = "import sys; from importlib import import_module; from shopbell.operations.cli import main;"
_IMPORTING = "\nimport django; django.setup(); import_module(sys.argv.pop(1)); main()"


class Program:
    """One running process of Shopbell, with its log."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path):
        self.name = name
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> float:
        """Ask it to end; returns the seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return time.monotonic() - begun


class Installation:
    """A home, a port and a database; the processes started here are ended by `close`."""

    def __init__(self, database: str, environment: Mapping[str, str]) -> None:
        database = f"{database}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        self.database = f"shopbell_{database}"
        self.home = Path(tempfile.mkdtemp(prefix=f"shopbell-{database}-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.programs: list[Program] = []
        outside = {k: v for k, v in os.environ.items() if not k.startswith("SHOPBELL_")}
        self.environment = outside | {
            "DATABASE_URL": postgres.ensure_database(database),
            "DJANGO_SETTINGS_MODULE": "shopbell.config.settings",
            "SHOPBELL_HOME": str(self.home),
            "SHOPBELL_PORT": str(self.port),
            "SHOPBELL_BASE_URL": self.url,
            "SHOPBELL_SECRET_KEY": "a key for real processes, forty characters and more",
            **environment,
        }

    def start(self, command: str, *, importing: str = "") -> Program:
        """Start `shopbell <command>`; `importing` names a module of the tests that runs inside."""
        line = [SHOPBELL, command]
        if importing:
            line = [sys.executable, "-c", _WITH + _IMPORTING, importing, command]
        log = self.home / f"{command}-{len(self.programs)}.log"
        program = Program(command, line, self.environment, log)
        self.programs.append(program)
        return program

    def start_web(self) -> Program:
        """Start a web process and wait until it answers."""
        web = self.start("web")
        self.wait_until(lambda: self._answers("/readyz", web), seconds=START_SECONDS)
        return web

    def start_worker(self, *, importing: str = "", wait: bool = True) -> Program:
        """Start a worker; unless told otherwise, wait until its pumps run."""
        worker = self.start("worker", importing=importing)
        if wait:
            self.wait_until(
                lambda: self._still(worker) and "worker.started" in worker.said(),
                seconds=START_SECONDS,
            )
        return worker

    def apply(self, toml: str) -> str:
        """Run `shopbell apply` on a text; returns what it printed."""
        path = self.home / "apply.toml"
        path.write_text(toml)
        done = subprocess.run(
            [SHOPBELL, "apply", str(path)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request to the web process."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database, with the powers of its superuser."""
        with postgres.superuser(self.database) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *parameters: Any) -> Any:
        """Ask for one value."""
        [[found]] = self.rows(statement, *parameters)
        return found

    def wait_until(
        self, condition: Callable[[], Any], *, seconds: float = 60, every: float = 0.05
    ) -> None:
        """Return when the condition holds; fail with the logs when it does not in time."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.complaints()
            time.sleep(every)

    def complaints(self) -> str:
        """Return the ends of all logs and what waits in the tables, for failure texts."""
        logs = [f"--- {p.log.name}\n{p.said()[-3000:]}" for p in self.programs]
        left = self.rows(
            "SELECT 'message', kind, state, reason_text FROM messaging_message"
            " UNION ALL SELECT 'intake', topic, state, note FROM connections_intake"
            " WHERE state <> 'done' UNION ALL"
            " SELECT 'delivery', handler, '', note FROM events_delivery LIMIT 60"
        )
        return "\n".join([*logs, *map(str, left)])

    def close(self) -> None:
        """End all processes and remove the home."""
        for program in self.programs:
            if program.is_running:
                program.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def _answers(self, path: str, web: Program) -> bool:
        assert web.is_running, web.said()
        try:
            return self.ask("GET", path).status == 200
        except OSError:
            return False

    @staticmethod
    def _still(program: Program) -> bool:
        assert program.is_running, program.said()
        return True


@contextmanager
def installation(database: str, **environment: str) -> Iterator[Installation]:
    """Have an installation for the length of a block."""
    made = Installation(database, environment)
    try:
        yield made
    finally:
        made.close()
