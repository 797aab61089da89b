"""The ground of a measurement: an embedded PostgreSQL of its own that really syncs, migrated.

A newcomer's mistake: importing Django before `ground()` is entered. Settings are read once.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_MIGRATE = (
    "import django; django.setup();"
    "from django.core.management import call_command; call_command('migrate', verbosity=0)"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where things are. `environment` is for processes that are started."""

    home: Path
    environment: dict[str, str]


@contextmanager
def ground() -> Iterator[Ground]:
    """Start the database, migrate, set Django up in this process; remove everything after."""
    from shopbell.operations.postgres import EmbeddedPostgres

    home = Path(tempfile.mkdtemp(prefix="shopbell-bench-"))
    home.chmod(0o755)
    wanted = {
        "SHOPBELL_HOME": str(home),
        "SHOPBELL_SECRET_KEY": "a key for measurements, forty characters or more",
        "DJANGO_SETTINGS_MODULE": "shopbell.config.settings",
        "DATABASE_URL": "",
        "PYTHONPATH": str(ROOT),
    }
    os.environ.update(wanted)
    from shopbell.config.database import socket_folder
    from shopbell.config.environment import load

    server = EmbeddedPostgres(home, socket_folder(load()), durable=True)
    server.start()
    try:
        owner = os.environ | {"SHOPBELL_AS_OWNER": "1"}
        subprocess.run([sys.executable, "-c", _MIGRATE], env=owner, check=True)
        import django

        django.setup()
        yield Ground(home, dict(os.environ))
    finally:
        cluster = server.places.cluster
        server.stop()
        shutil.rmtree(cluster, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def served(ground: Ground, module: str, attribute: str = "application") -> Iterator[int]:
    """Serve an application as the product serves its own; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port: int = listener.getsockname()[1]
    number = listener.fileno()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serving", str(number), module, attribute],
        pass_fds=[number],
        env=ground.environment,
        cwd=ROOT,
    )
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.close()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody answers (anything)."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                if connection.recv(1):
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the application did not start")
        time.sleep(0.05)
