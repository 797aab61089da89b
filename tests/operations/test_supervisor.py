"""`shopbell up` as a whole: started, hurt, stopped and started again, two side by side."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shopbell.operations.processes import command_of, is_alive
from tests.support.postgres import prepare_home
from tests.support.programs import SHOPBELL, free_port

START_SECONDS = 120
STOP_SECONDS = 10


class Up:
    """A running `shopbell up` of its own home and port."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.log = home / "up.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        environment = {
            key: value
            for key, value in os.environ.items()
            if key != "DATABASE_URL" and not key.startswith("SHOPBELL_")
        }
        environment |= {"SHOPBELL_HOME": str(self.home), "SHOPBELL_PORT": str(self.port)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [SHOPBELL, "up"], env=environment, stdout=log, stderr=log
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: "ready at" in self.said() and "Ctrl-C" in self.said())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def answer(self, path: str) -> int:
        address = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(address, timeout=20) as reply:
            return int(reply.status)

    def is_ready(self) -> bool:
        try:
            return self.answer("/readyz") == 200
        except OSError:
            return False

    def children(self) -> dict[str, int]:
        """The process ids of database, web and worker; 0 for one that is not there."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        pids = sorted(int(pid) for pid in listed)
        database = next((pid for pid in pids if "postgres -D" in command_of(pid)), 0)
        others = [pid for pid in pids if pid != database]
        web = next((pid for pid in others if holds_port(pid, self.port)), 0)
        worker = next((pid for pid in others if pid != web), 0)
        return {"database": database, "web": web, "worker": worker}

    def end(self) -> float:
        """Stop with SIGTERM; returns the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(30) == 0, self.said()
        return time.monotonic() - began


def holds_port(pid: int, port: int) -> bool:
    wanted = f"{port:04X}"
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{wanted}") and line.split()[3] == "0A"
    }
    try:
        held = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except FileNotFoundError:  # it has just ended, or closed one
        return False
    return any(f"socket:[{inode}]" in held for inode in inodes)


@pytest.fixture
def make_up() -> Iterator[Callable[..., Up]]:
    made: list[Up] = []

    def make(*, migrated: bool = True) -> Up:
        folder = Path(tempfile.mkdtemp(prefix="sb-up-"))
        folder.chmod(0o755)
        if migrated:
            prepare_home(folder)
        made.append(Up(folder, free_port()))
        return made[-1]

    yield make
    for up in made:
        if up.process is not None and up.process.poll() is None:
            up.process.kill()
            up.process.wait()
        wait_until_gone(up)
        shutil.rmtree(up.home)


def wait_until_gone(up: Up) -> None:
    pid_file = up.home / "pg" / "cluster" / "data" / "postmaster.pid"
    until = time.monotonic() + 20
    while pid_file.exists() and time.monotonic() < until:
        time.sleep(0.05)


def test_two_homes_run_side_by_side_and_the_same_home_is_refused(
    make_up: Callable[..., Up],
) -> None:
    one, other = make_up(), make_up()
    one.start()
    other.start()
    one.wait_until_ready()
    other.wait_until_ready()

    for up in (one, other):
        assert f"http://127.0.0.1:{up.port}" in up.said()
        assert "Sign in with this link: http://127.0.0.1" in up.said()
        assert up.answer("/healthz") == up.answer("/readyz") == 200

    again = Up(one.home, free_port())
    again.log = one.home / "again.log"
    again.start()
    assert again.process is not None
    assert again.process.wait(60) == 1
    assert f"already runs on the data folder {one.home} (process {one.pid})" in again.said()
    assert "Traceback" not in again.said()

    assert one.end() < STOP_SECONDS
    assert other.is_ready()
    assert other.end() < STOP_SECONDS


def test_a_taken_port_is_said_before_anything_is_made(make_up: Callable[..., Up]) -> None:
    up = make_up(migrated=False)
    with socket.create_server(("127.0.0.1", up.port)):
        up.start()
        assert up.process is not None

        assert up.process.wait(60) == 1

    assert f"Port {up.port} is taken by" in up.said()
    assert f"--port {up.port + 1}" in up.said()
    assert not (up.home / "pg" / "cluster").exists()


def test_dead_parts_are_started_again(make_up: Callable[..., Up]) -> None:
    up = make_up()
    up.start()
    up.wait_until_ready()

    before = up.children()
    os.kill(before["web"], signal.SIGKILL)
    # Not refused: the connection waits in the supervisor's listener for the new process.
    assert up.answer("/healthz") == 200
    assert up.children()["web"] not in (0, before["web"])

    os.kill(before["worker"], signal.SIGKILL)
    up.wait_until(lambda: up.children()["worker"] not in (0, before["worker"]))

    os.kill(before["database"], signal.SIGKILL)
    up.wait_until(lambda: not is_alive(before["database"]))
    up.wait_until(up.is_ready)
    assert up.children()["database"] != before["database"]

    assert up.end() < STOP_SECONDS


def test_a_killed_supervisor_leaves_nothing_running_and_starts_again(
    make_up: Callable[..., Up],
) -> None:
    up = make_up()
    up.start()
    up.wait_until_ready()
    before = up.children()

    assert up.process is not None
    up.process.kill()
    up.process.wait()
    up.start()
    up.wait_until_ready()

    assert not any(is_alive(pid) for pid in before.values())
    assert up.answer("/readyz") == 200
    assert up.end() < STOP_SECONDS


def test_a_stop_while_it_starts_is_obeyed(make_up: Callable[..., Up]) -> None:
    up = make_up(migrated=False)
    up.start()
    up.wait_until(lambda: "Making a new database" in up.said())

    assert up.end() < STOP_SECONDS * 2  # two processors are shared with all other tests

    assert "Traceback" not in up.said()
    up.start()
    up.wait_until_ready()
    assert up.end() < STOP_SECONDS
