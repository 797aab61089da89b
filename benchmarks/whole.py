"""A whole Shopbell for benchmarks: `shopbell up` on a fresh home, one store declared by a file."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret for benchmarks"
API_KEY = "benchmark-key-0123456789-0123456789-0123456789"

_STORE = """
[organisation]
name = "Bench"

[[store]]
slug = "bench"
name = "Bench"
policies = {{ api_per_minute = 1000000 }}

[[store.staff]]
email = "owner@bench.example"
name = "Owner"
role = "owner"

[[store.inbox]]
slug = "orders"
channel = "smtp"
address = "orders@bench.example"
settings = {{ host = "127.0.0.1", port = {smtp}, security = "none" }}

[[store.shop]]
slug = "main"
connector = "shopify"
settings = {{ domain = "bench.myshopify.com", webhook_secret = "{secret}" }}

[[store.api_key]]
name = "bench"
key = "{key}"
scopes = ["*"]
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A running Shopbell."""

    port: int
    home: Path
    pid: int
    ready_seconds: float


@contextlib.contextmanager
def whole(smtp_port: int = 0) -> Iterator[Whole]:
    """Start a Shopbell with an empty home and, given a mail server, a store; stop it at the end."""
    home = Path(tempfile.mkdtemp(prefix="shopbell-bench-"))
    try:
        with started(home) as place:
            if smtp_port:
                declaration = home / "store.toml"
                declaration.write_text(_STORE.format(smtp=smtp_port, secret=SECRET, key=API_KEY))
                shopbell(place, "apply", str(declaration))
            yield place
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def started(home: Path) -> Iterator[Whole]:
    """Run `shopbell up` on a home until the block ends."""
    port = _free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "shopbell.operations", "up"],
        env=_environment(home, port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise SystemExit("Shopbell did not start.")
            time.sleep(0.02)
        yield Whole(port, home, process.pid, time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def shopbell(place: Whole, *arguments: str) -> None:
    """Run a command against a running Shopbell."""
    subprocess.run(
        [sys.executable, "-m", "shopbell.operations", *arguments],
        env=_environment(place.home, place.port),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _environment(home: Path, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SHOPBELL_")}
    kept.pop("DATABASE_URL", None)
    return {**kept, "SHOPBELL_HOME": str(home), "SHOPBELL_PORT": str(port)}


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
