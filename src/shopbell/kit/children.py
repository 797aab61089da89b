"""Child processes that work for us and may be killed, so that hostile input harms only itself.

A `Child` is one process with its pipes, a `Shelf` keeps those that wait for work. Children say they
are ready by their first bytes, know none of our secrets, and go home when this process goes away.
`exchange` sends one frame and brings the answer; who needs more takes `turn` (see
`messaging.rendering.pool`). The child's side is `kit.children_inside`.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from shopbell.kit.children_inside import SIZE

TICK = 0.05  # seconds
_START_SECONDS = 30.0
_PIECE = 1 << 20
_NOTHING = memoryview(b"")
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZDIR")


class Broken(Exception):
    """The child has closed its pipe (it ended or was killed)."""


class Unbounded(Exception):
    """The child's answer is longer than any may be."""


class Late(Exception):
    """The child took longer than it may."""


class Child:
    """One running child, seen from the parent. Used by one thread at a time."""

    def __init__(self, module: str, *arguments: str, files: Sequence[int] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=files,
            env=_environment(),
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        self._since = self._worked = 0.0

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Return whether it still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Kill and reap. Safe to call twice."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def ended(self) -> int:
        """Wait for its end and return the exit code; negative is the signal that killed it."""
        return self._process.wait()

    def overran(self) -> bool:
        """Wait for its end and return whether it was its own limit of time that ended it."""
        return self.ended() in (-signal.SIGXCPU, -signal.SIGALRM)

    def turn(self, todo: memoryview) -> tuple[memoryview, bytes]:
        """Send and receive for one tick; return what is still to send, and what came.

        Raises:
            Broken: the child is gone.
        """
        readable, writable, _ = select.select(
            [self._output], [self._input] if todo else [], [], TICK
        )
        if writable:
            todo = self._send(todo)
        if not readable:
            return todo, b""
        piece = os.read(self._output, _PIECE)
        if not piece:
            raise Broken
        return todo, piece

    def wait_until_ready(self) -> None:
        """Wait for its first bytes, which mean nothing more; stop it if they do not come.

        Raises:
            Broken: it is not going to work.
        """
        deadline = time.monotonic() + _START_SECONDS
        try:
            while not self.turn(_NOTHING)[1]:
                if time.monotonic() > deadline:
                    raise Broken
        except Broken:
            self.stop()
            raise

    def exchange(self, frame: bytes, *, seconds: float, patience: float, most: int) -> memoryview:
        """Send one frame and return the answering one, of at most `most` bytes.

        Raises:
            Broken: the child is gone.
            Unbounded: its answer is too long.
            Late: it has worked for `seconds` (see `is_late`).
        """
        todo = memoryview(SIZE.pack(len(frame)) + frame)
        answer = bytearray()
        end = SIZE.size
        self.begin()
        while len(answer) < end:
            todo, piece = self.turn(todo)
            answer += piece
            if end == SIZE.size <= len(answer):
                end += SIZE.unpack_from(answer)[0]
                if end - SIZE.size > most:
                    raise Unbounded
            if not piece and self.is_late(seconds, patience):
                raise Late
        return memoryview(answer)[SIZE.size :]

    def begin(self) -> None:
        """Set the clock of `is_late` to zero."""
        self._since, self._worked = time.monotonic(), self._cpu_seconds()

    def is_late(self, seconds: float, patience: float) -> bool:
        """Return whether it has worked for `seconds` since `begin`.

        A busy machine is not the input's fault: a child that was hardly let work gets up to
        `patience` times as long.
        """
        waited = time.monotonic() - self._since
        if waited <= seconds:
            return False
        starved = self._cpu_seconds() - self._worked < seconds / 4
        return not starved or waited > seconds * patience

    def _send(self, todo: memoryview) -> memoryview:
        try:
            return todo[os.write(self._input, todo[:_PIECE]) :]
        except BlockingIOError:
            return todo
        except BrokenPipeError:
            raise Broken from None

    def _cpu_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1]
        except OSError:
            return time.monotonic()  # not Linux: wall time has to do
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Shelf[C: Child]:
    """Children that wait for work; `make` starts one when there is none."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._idle: list[C] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()
        weakref.finalize(self, _stop_all, self._idle, self._owner)

    def take(self) -> C:
        """Return one that lives; it belongs to the caller until it is put back or stopped."""
        with self._lock:
            if os.getpid() != self._owner:  # forked: the children belong to the other process
                self._owner = os.getpid()
                self._idle.clear()
            while self._idle:
                child = self._idle.pop()
                if child.alive():
                    return child
                child.stop()
        return self._make()

    def put_back(self, child: C) -> None:
        """Let it wait for more work."""
        with self._lock:
            self._idle.append(child)

    def stop(self) -> None:
        """Stop those that wait. The shelf may be used again afterwards."""
        with self._lock:
            children = list(self._idle)
            self._idle.clear()
        for child in children:
            child.stop()

    def pids(self) -> list[int]:
        """Return the process ids of those that wait."""
        with self._lock:
            return [child.pid for child in self._idle if child.alive()]


def _stop_all(children: Sequence[Child], owner: int) -> None:
    """Stop what a forgotten shelf left behind, unless this is a fork of its process."""
    if os.getpid() == owner:
        for child in children:
            child.stop()


def _environment() -> dict[str, str]:
    """Return what a child may know of our environment: where programs are, and no secrets."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
