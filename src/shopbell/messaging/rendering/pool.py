"""Renders merchants' templates in killable children, so that a bad one harms only itself.

    pool = RenderPool(size=1)
    results = pool.render_many([RenderJob(compiled, context, cache_key="tpl:7:3"), …])

Results come in the order of the jobs, each `Rendered` or `RenderFailure`. Children start on first
use, stop when idle or when this process goes away, and may be used from many threads. A newcomer's
mistake: a pool per message. Keep one per process.
"""

import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from mmap import mmap
from pathlib import Path
from types import TracebackType
from typing import Any

from shopbell.kit import clock
from shopbell.kit.errors import Invalid
from shopbell.messaging.ports import Rendered
from shopbell.messaging.rendering.frames import Unpacker, pack
from shopbell.messaging.rendering.jobs import (
    SENTENCES,
    Compiled,
    FailureKind,
    RenderFailure,
    RenderJob,
    RenderResult,
)
from shopbell.messaging.rendering.source import Source

JOB_SECONDS = 2.0
COMPILE_SECONDS = 5.0
_START_SECONDS = 30.0
_FRAME_JOBS = 200
_TICK = 0.05
_STARTS_IN_VAIN = 3
_PATIENCE = 5  # times the limit, for a child the machine has not let work
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZDIR")
_PLACE = struct.Struct("i")


class _Gone(Exception):
    """The child is no longer there. `job` is the number it was at, None if at none."""

    def __init__(self, job: int | None, kind: FailureKind) -> None:
        super().__init__(kind)
        self.job = job
        self.kind = kind


class _Child:
    """One running child, seen from the parent. Used by one thread at a time."""

    def __init__(self, idle_seconds: float) -> None:
        with tempfile.TemporaryFile() as page:
            page.truncate(4096)
            self._place = mmap(page.fileno(), 4096)
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "shopbell.messaging.rendering.child",
                    str(idle_seconds),
                    str(page.fileno()),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[page.fileno()],
                env=_environment(),
                bufsize=0,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        self._unpacker = Unpacker()
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
        self._place.close()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if select.select([self._output], [], [], _TICK)[0]:
                data = os.read(self._output, 1 << 16)
                if not data:
                    break
                if self._unpacker.feed(data):
                    return
        self.stop()
        raise _Gone(None, "crash")

    def _exchange(self, frame: bytes, seconds: float, results: list[list[Any]]) -> None:
        todo = memoryview(frame)
        self._place[: _PLACE.size] = _PLACE.pack(0)
        at, since, worked = 0, time.monotonic(), self._cpu_seconds()
        while True:
            readable, writable, _ = select.select(
                [self._output], [self._input] if todo else [], [], _TICK
            )
            if writable:
                todo = self._send(todo, results)
            if readable:
                data = os.read(self._output, 1 << 20)
                if not data:
                    raise self._gone(results)
                for bunch in self._unpacker.feed(data):
                    results.extend(bunch)
                if results and results[-1][0] == -1:
                    results.pop()
                    return
            place = self._current()
            if place != at:
                at, since, worked = place, time.monotonic(), self._cpu_seconds()
            elif (waited := time.monotonic() - since) > seconds:
                starved = self._cpu_seconds() - worked < seconds / 4
                if not starved or waited > seconds * _PATIENCE:
                    raise _Gone(at - 1 if at else None, "timeout")

    def _send(self, todo: memoryview, results: list[list[Any]]) -> memoryview:
        try:
            return todo[os.write(self._input, todo[: 1 << 20]) :]
        except BlockingIOError:
            return todo
        except BrokenPipeError:
            raise self._gone(results) from None

    def _cpu_seconds(self) -> float:
        """Return the CPU time the child has used; a busy machine is not the template's fault."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1]
        except OSError:
            return time.monotonic()  # not Linux: wall time has to do
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _current(self) -> int:
        return int(_PLACE.unpack_from(self._place, 0)[0])

    def _gone(self, results: list[list[Any]]) -> _Gone:
        place = self._current()
        code = self._process.wait()
        if results and results[-1][2] == "memory":
            return _Gone(None, "memory")
        late = code in (-signal.SIGXCPU, -signal.SIGALRM)
        return _Gone(place - 1 if place else None, "timeout" if late else "crash")

    def ask(self, frame: bytes, seconds: float) -> "tuple[list[list[Any]], _Gone | None]":
        """Send one frame; return its results and, if the child went away meanwhile, why."""
        results: list[list[Any]] = []
        try:
            self._exchange(frame, seconds, results)
        except _Gone as gone:
            return results, gone
        return results, None


def _stop_all(children: "list[_Child]", owner: int) -> None:
    """Stop what a forgotten pool left behind, unless this is a fork of its process."""
    if os.getpid() == owner:
        for child in children:
            child.stop()


def _environment() -> dict[str, str]:
    """Return what the child may know of our environment: where programs are, and no secrets."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}


class RenderPool:
    """Up to `size` children. `idle_seconds` without work, and a child goes home."""

    def __init__(
        self, size: int = 1, *, idle_seconds: float = 300.0, job_seconds: float = JOB_SECONDS
    ) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._idle: list[_Child] = []
        self._compilers: list[_Child] = []  # apart: they have loaded more than rendering needs
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._idle_seconds = idle_seconds
        self._job_seconds = job_seconds
        weakref.finalize(self, _stop_all, self._idle, self._owner)
        weakref.finalize(self, _stop_all, self._compilers, self._owner)

    def __enter__(self) -> "RenderPool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the children. The pool may be used again afterwards."""
        with self._lock:
            children = [*self._idle, *self._compilers]
            self._idle.clear()
            self._compilers.clear()
        for child in children:
            child.stop()

    def pids(self) -> list[int]:
        """Return the process ids of the children that wait for work."""
        with self._lock:
            return [child.pid for child in self._idle if child.alive()]

    def render(self, job: RenderJob) -> RenderResult:
        """Render one message."""
        return self.render_many([job])[0]

    def render_many(self, jobs: Sequence[RenderJob]) -> list[RenderResult]:
        """Render many messages; one that hangs or crashes fails alone."""
        now = clock.now().isoformat()
        results: list[RenderResult] = []
        with self._slots:
            for start in range(0, len(jobs), _FRAME_JOBS):
                results.extend(self._render_frame(jobs[start : start + _FRAME_JOBS], now))
        return results

    def compile_template(self, source: Source) -> Compiled:
        """Compile in a child of its own; raise `Invalid` when the template cannot be used."""
        with self._slots:
            try:
                child = self._take(self._compilers)
            except _Gone:
                raise Invalid(SENTENCES["crash"]) from None
            results, gone = child.ask(pack({"compile": source.to_json()}), COMPILE_SECONDS)
            if gone is None:
                self._give_back(child, self._compilers)
            else:
                child.stop()
        if gone is not None or not results:
            raise Invalid(SENTENCES[gone.kind if gone else "crash"])
        answer = results[0][1]
        if "error" in answer:
            raise Invalid(answer["error"], fields=answer["fields"])
        return Compiled.from_json(answer)

    def _render_frame(self, jobs: Sequence[RenderJob], now: str) -> list[RenderResult]:
        results: dict[int, RenderResult] = {}
        in_vain = 0
        while todo := [number for number in range(len(jobs)) if number not in results]:
            before = len(results)
            try:
                self._attempt(jobs, todo, now, results)
            except _Gone:
                pass
            in_vain = in_vain + 1 if len(results) == before else 0
            if in_vain >= _STARTS_IN_VAIN:
                for number in todo:
                    results[number] = RenderFailure("crash", SENTENCES["crash"])
        return [results[number] for number in range(len(jobs))]

    def _attempt(
        self,
        jobs: Sequence[RenderJob],
        todo: list[int],
        now: str,
        results: dict[int, RenderResult],
    ) -> None:
        frame = _frame([jobs[number] for number in todo], now)
        child = self._take(self._idle)
        try:
            answers, gone = child.ask(frame, self._job_seconds)
        except BaseException:
            child.stop()
            raise
        for place, value, kind, sentence in answers:
            results[todo[place]] = _result(value, kind, sentence)
        if gone is None:
            self._give_back(child, self._idle)
            return
        child.stop()
        if gone.job is not None and todo[gone.job] not in results:
            results[todo[gone.job]] = RenderFailure(gone.kind, SENTENCES[gone.kind])

    def _take(self, idle: "list[_Child]") -> _Child:
        with self._lock:
            if os.getpid() != self._owner:  # forked: the children belong to the other process
                self._owner = os.getpid()
                self._idle.clear()
                self._compilers.clear()
            while idle:
                child = idle.pop()
                if child.alive():
                    return child
                child.stop()
        return _Child(self._idle_seconds)

    def _give_back(self, child: _Child, idle: "list[_Child]") -> None:
        with self._lock:
            idle.append(child)


def _frame(jobs: Sequence[RenderJob], now: str) -> bytes:
    """Pack jobs; each template goes along once."""
    templates: dict[str, tuple[str, str, str]] = {}
    packed = []
    for job in jobs:
        compiled = job.compiled
        sources = (compiled.subject, compiled.html, compiled.text)
        key = job.cache_key
        if not key or templates.get(key, sources) != sources:
            key = f"{key}:{hash(sources)}"
        templates[key] = sources
        packed.append(
            {
                "key": key,
                "context": job.context,
                "locale": job.locale,
                "currency": job.currency,
                "zone": job.time_zone,
                "now": job.now or now,
            }
        )
    return pack({"templates": templates, "jobs": packed})


def _result(value: Any, kind: FailureKind, sentence: str) -> RenderResult:
    if value is None:
        return RenderFailure(kind, sentence or SENTENCES[kind])
    text, subject, html, missing = value
    return Rendered(text=text, subject=subject, html=html, missing=tuple(missing))
