"""Renders merchants' templates in killable children, so that a bad one harms only itself.

    pool = RenderPool(size=1)
    results = pool.render_many([RenderJob(compiled, context, cache_key="tpl:7:3"), …])

Results come in the order of the jobs, each `Rendered` or `RenderFailure`. Children start on first
use, stop when idle or when this process goes away, and may be used from many threads. A newcomer's
mistake: a pool per message. Keep one per process.
"""

import struct
import tempfile
import threading
from collections.abc import Sequence
from mmap import mmap
from types import TracebackType
from typing import Any

from shopbell.kit import clock
from shopbell.kit.children import Broken, Child, Shelf
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
_FRAME_JOBS = 200
_STARTS_IN_VAIN = 3
_PATIENCE = 5  # times the limit, for a child the machine has not let work
_PLACE = struct.Struct("i")
_MODULE = "shopbell.messaging.rendering.child"


class _Gone(Exception):
    """The child is no longer there. `job` is the number it was at, None if at none."""

    def __init__(self, job: int | None, kind: FailureKind) -> None:
        super().__init__(kind)
        self.job = job
        self.kind = kind


class _Renderer(Child):
    """One child that renders. It tells on a shared page which job it is at."""

    def __init__(self, idle_seconds: float) -> None:
        with tempfile.TemporaryFile() as page:
            page.truncate(4096)
            self._place = mmap(page.fileno(), 4096)
            number = page.fileno()
            super().__init__(_MODULE, str(idle_seconds), str(number), files=[number])
        self._unpacker = Unpacker()
        try:
            self.wait_until_ready()
        except Broken:
            raise _Gone(None, "crash") from None

    def stop(self) -> None:
        """Kill and reap. Safe to call twice."""
        super().stop()
        self._place.close()

    def _exchange(self, frame: bytes, seconds: float, results: list[list[Any]]) -> None:
        todo = memoryview(frame)
        self._place[: _PLACE.size] = _PLACE.pack(0)
        at = 0
        self.begin()
        while True:
            todo, piece = self.turn(todo)
            for bunch in self._unpacker.feed(piece):
                results.extend(bunch)
            if results and results[-1][0] == -1:
                results.pop()
                return
            place = self._current()
            if place != at:
                at = place
                self.begin()
            elif self.is_late(seconds, _PATIENCE):
                raise _Gone(at - 1 if at else None, "timeout")

    def _current(self) -> int:
        return int(_PLACE.unpack_from(self._place, 0)[0])

    def _gone(self, results: list[list[Any]]) -> _Gone:
        place, late = self._current(), self.overran()
        if results and results[-1][2] == "memory":
            return _Gone(None, "memory")
        return _Gone(place - 1 if place else None, "timeout" if late else "crash")

    def ask(self, frame: bytes, seconds: float) -> "tuple[list[list[Any]], _Gone | None]":
        """Send one frame; return its results and, if the child went away meanwhile, why."""
        results: list[list[Any]] = []
        try:
            self._exchange(frame, seconds, results)
        except _Gone as gone:
            return results, gone
        except Broken:
            return results, self._gone(results)
        return results, None


class RenderPool:
    """Up to `size` children. `idle_seconds` without work, and a child goes home."""

    def __init__(
        self, size: int = 1, *, idle_seconds: float = 300.0, job_seconds: float = JOB_SECONDS
    ) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._shelf = Shelf(lambda: _Renderer(idle_seconds))
        # Compilers apart: they have loaded more than rendering needs.
        self._compilers = Shelf(lambda: _Renderer(idle_seconds))
        self._job_seconds = job_seconds

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
        self._shelf.stop()
        self._compilers.stop()

    def warm_up(self) -> None:
        """Start a child, so that the first message need not wait for one."""
        with self._slots:
            self._shelf.put_back(self._shelf.take())

    def pids(self) -> list[int]:
        """Return the process ids of the children that wait for work."""
        return self._shelf.pids()

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
                child = self._compilers.take()
            except _Gone:
                raise Invalid(SENTENCES["crash"]) from None
            results, gone = child.ask(pack({"compile": source.to_json()}), COMPILE_SECONDS)
            if gone is None:
                self._compilers.put_back(child)
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
        child = self._shelf.take()
        try:
            answers, gone = child.ask(frame, self._job_seconds)
        except BaseException:
            child.stop()
            raise
        for place, value, kind, sentence in answers:
            results[todo[place]] = _result(value, kind, sentence)
        if gone is None:
            self._shelf.put_back(child)
            return
        child.stop()
        if gone.job is not None and todo[gone.job] not in results:
            results[todo[gone.job]] = RenderFailure(gone.kind, SENTENCES[gone.kind])


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
