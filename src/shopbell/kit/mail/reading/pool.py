"""Reads mail in killable children, so that a hostile one harms only itself.

    readers = MailReaders()
    answer = readers.read(raw)      # Mail, or Unreadable with a sentence for people

Children start on first use, go home when idle or when this process goes away, and may be used from
many threads. A newcomer's mistake: one `MailReaders` per mail. Keep one per process.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import get_args

from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.frames import SIZE, unpack_mail
from shopbell.kit.mail.reading.mails import SENTENCES, Mail, Unreadable, UnreadableKind

_MODULE = "shopbell.kit.mail.reading.child"
_OUT_OF_MEMORY = 3
_START_SECONDS = 30.0
_TICK = 0.05
_PATIENCE = 4  # times the limit, for a child the machine has not let work
_MAILS = 500  # then a fresh child: memory is given back and nothing can pile up
_LARGEST_ANSWER = 256 * 1024 * 1024
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZDIR")


class _Gone(Exception):
    """The child is no longer of use."""

    def __init__(self, kind: UnreadableKind) -> None:
        super().__init__(kind)
        self.kind = kind


class _Child:
    """One running child, seen from the parent. Used by one thread at a time."""

    def __init__(self, idle_seconds: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE, str(idle_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        self.mails = 0
        self._wait_until_ready()

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Kill and reap. Safe to call twice."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def read(self, raw: bytes, seconds: float) -> Mail:
        """Send one mail and return it read; raise `_Gone` when the child did not survive it."""
        self.mails += 1
        todo = memoryview(SIZE.pack(len(raw)) + raw)
        answer = bytearray()
        size = -1
        since, worked = time.monotonic(), self._cpu_seconds()
        while size < 0 or len(answer) < size:
            readable, writable, _ = select.select(
                [self._output], [self._input] if todo else [], [], _TICK
            )
            if writable:
                todo = self._send(todo)
            if readable:
                piece = os.read(self._output, 1 << 20)
                if not piece:
                    raise self._gone()
                answer += piece
                size = _size(answer) if size < 0 else size
            elif self._is_late(since, worked, seconds):
                raise _Gone("timeout")
        return unpack_mail(bytes(memoryview(answer)[SIZE.size :]))

    def _is_late(self, since: float, worked: float, seconds: float) -> bool:
        waited = time.monotonic() - since
        if waited <= seconds:
            return False
        starved = self._cpu_seconds() - worked < seconds / 4  # a busy machine, not a bad mail
        return not starved or waited > seconds * _PATIENCE

    def _wait_until_ready(self) -> None:
        if select.select([self._output], [], [], _START_SECONDS)[0] and os.read(self._output, 1):
            return
        self.stop()
        raise _Gone("crash")

    def _send(self, todo: memoryview) -> memoryview:
        try:
            return todo[os.write(self._input, todo[: 1 << 20]) :]
        except BlockingIOError:
            return todo
        except BrokenPipeError:
            raise self._gone() from None

    def _cpu_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1]
        except OSError:
            return time.monotonic()  # not Linux: wall time has to do
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _gone(self) -> _Gone:
        code = self._process.wait()
        if code == _OUT_OF_MEMORY:
            return _Gone("memory")
        return _Gone("timeout" if code in (-signal.SIGXCPU, -signal.SIGALRM) else "crash")


def _size(answer: bytearray) -> int:
    """Return how long the whole answer is, or -1 while that is not known."""
    if len(answer) < SIZE.size:
        return -1
    size: int = SIZE.unpack_from(answer)[0]
    if size > _LARGEST_ANSWER:
        raise _Gone("crash")
    return SIZE.size + size


def _stop_all(children: "list[_Child]", owner: int) -> None:
    """Stop what a forgotten pool left behind, unless this is a fork of its process."""
    if os.getpid() == owner:
        for child in children:
            child.stop()


def _environment() -> dict[str, str]:
    """Return what the child may know of our environment: where programs are, and no secrets."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}


def unreadable(kind: UnreadableKind) -> Unreadable:
    """Return the answer for a mail that could not be read."""
    assert kind in get_args(UnreadableKind)
    return Unreadable(kind, SENTENCES[kind])


class MailReaders:
    """Up to `size` children. `idle_seconds` without work, and a child goes home."""

    def __init__(
        self, size: int = 1, *, idle_seconds: float = 300.0, seconds: float = limits.WALL_SECONDS
    ) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._idle_seconds = idle_seconds
        self._seconds = seconds
        weakref.finalize(self, _stop_all, self._idle, self._owner)

    def __enter__(self) -> "MailReaders":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the children. The readers may be used again afterwards."""
        with self._lock:
            children = list(self._idle)
            self._idle.clear()
        for child in children:
            child.stop()

    def pids(self) -> list[int]:
        """Return the process ids of the children that wait for work."""
        with self._lock:
            return [child.pid for child in self._idle if child.alive()]

    def read(self, raw: bytes) -> Mail | Unreadable:
        """Read one mail; one that hangs, crashes or eats memory fails alone."""
        if len(raw) > limits.RAW_BYTES:
            return unreadable("too_large")
        with self._slots:
            try:
                child = self._take()
            except _Gone as gone:
                return unreadable(gone.kind)
            try:
                mail = child.read(raw, self._seconds)
            except _Gone as gone:
                child.stop()
                return unreadable(gone.kind)
            except BaseException:
                child.stop()
                raise
            self._give_back(child)
            return mail

    def _take(self) -> _Child:
        with self._lock:
            if os.getpid() != self._owner:  # forked: the children belong to the other process
                self._owner = os.getpid()
                self._idle.clear()
            while self._idle:
                child = self._idle.pop()
                if child.alive():
                    return child
                child.stop()
        return _Child(self._idle_seconds)

    def _give_back(self, child: _Child) -> None:
        if child.mails >= _MAILS:
            child.stop()
            return
        with self._lock:
            self._idle.append(child)
