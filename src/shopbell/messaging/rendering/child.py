"""The rendering child: jobs come in on stdin, results go out on stdout; dies with its parent.

Started by `pool.py` as `python -m shopbell.messaging.rendering.child`. It never imports Django,
gets an empty environment, and limits its own memory, CPU time and files before the first job.
A shared page holds the number of the job it is at, so that the parent knows whom to blame.
"""

import gc
import os
import select
import struct
import sys
import time
from collections import OrderedDict
from mmap import mmap
from typing import Any

from liquid.exceptions import LiquidError
from liquid.template import BoundTemplate

from shopbell.kit.children_inside import (
    OUT_OF_MEMORY,
    READY,
    extend_cpu_limit,
    limit_resources,
    take_pipes,
    write_all,
)
from shopbell.messaging.rendering import engine
from shopbell.messaging.rendering.frames import Unpacker, pack
from shopbell.messaging.rendering.reasons import in_plain_words

MEMORY_LIMIT = 256 * 1024 * 1024
CPU_SECONDS = 2
COMPILE_CPU_SECONDS = 5
_FLUSH_SECONDS = 0.05
_FLUSH_BYTES = 256 * 1024
_CACHE_BYTES = 4_000_000
_PLACE = struct.Struct("i")

Parsed = tuple[BoundTemplate | None, BoundTemplate | None, BoundTemplate | None]


class TemplateCache:
    """The templates parsed last, as many as fit into a few megabytes of source."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[list[str], Parsed]] = OrderedDict()
        self._size = 0

    def get(self, key: str, sources: list[str]) -> Parsed:
        """Return the parsed subject, HTML and text (None for those that are empty)."""
        if (hit := self._known.get(key)) is not None:
            if hit[0] == sources:
                self._known.move_to_end(key)
                return hit[1]
            self._forget(key)
        subject, html, text = sources
        parsed: Parsed = (
            engine.parse(subject) if subject else None,
            engine.parse(html, html=True) if html else None,
            engine.parse(text) if text else None,
        )
        self._known[key] = (sources, parsed)
        self._size += sum(map(len, sources))
        while self._size > _CACHE_BYTES and len(self._known) > 1:
            self._forget(next(iter(self._known)))
        return parsed

    def _forget(self, key: str) -> None:
        sources, _ = self._known.pop(key)
        self._size -= sum(map(len, sources))


def render_job(parsed: Parsed, job: dict[str, Any]) -> list[Any]:
    """Return [text, subject, html, missing]."""
    subject, html, text = parsed
    data = job["context"]
    if not isinstance(data, dict):
        raise TypeError("the context must be an object")
    data.setdefault("now", job["now"])
    missing: dict[str, None] = {}
    settings: dict[str, Any] = {
        "locale": job["locale"],
        "currency": job["currency"],
        "zone": job["zone"],
        "now": job["now"],
        "missing": missing,
    }
    heading = (
        engine.render(subject, data, limit=engine.SUBJECT_LIMIT, **settings) if subject else ""
    )
    page = engine.render(html, data, limit=engine.HTML_LIMIT, **settings) if html else ""
    words = engine.render(text, data, limit=engine.TEXT_LIMIT, **settings) if text else ""
    if _bytes_above(page, engine.HTML_LIMIT) or _bytes_above(words, engine.TEXT_LIMIT):
        raise engine.TooLarge
    return [engine.tidy(words), engine.one_line(heading), page, list(missing)]


def _bytes_above(text: str, limit: int) -> bool:
    return len(text) * 4 > limit and len(text.encode()) > limit


def _result(
    cache: TemplateCache, templates: dict[str, list[str]], job: dict[str, Any]
) -> list[Any]:
    """Return [result, kind, sentence] for one job; only memory trouble leaves this function."""
    try:
        return [render_job(cache.get(job["key"], templates[job["key"]]), job), "", ""]
    except MemoryError:
        raise
    except engine.TooLarge:
        return [None, "too_large", ""]
    except LiquidError as error:
        return [None, "syntax", in_plain_words(error)]
    except RecursionError:
        return [None, "too_large", ""]
    except Exception as error:
        return [None, "syntax", f"The template has a mistake: {type(error).__name__}."]


class Child:
    """One child: its cache, its place in the frame, its way back to the parent."""

    def __init__(self, output: int, place: mmap) -> None:
        self.output = output
        self.place = place
        self.cache = TemplateCache()

    def run_frame(self, frame: dict[str, Any]) -> None:
        """Answer one frame: results as they come, in bunches, each with its number."""
        pending: list[list[Any]] = []
        size, since = 0, time.monotonic()
        for number, job in enumerate(frame["jobs"]):
            _PLACE.pack_into(self.place, 0, number + 1)
            extend_cpu_limit(CPU_SECONDS)
            try:
                result = _result(self.cache, frame["templates"], job)
            except MemoryError:
                pending.append([number, None, "memory", ""])
                write_all(self.output, pack(pending))
                os._exit(OUT_OF_MEMORY)
            pending.append([number, *result])
            size += len(result[0][2]) if result[0] else 0
            if size > _FLUSH_BYTES or time.monotonic() - since > _FLUSH_SECONDS:
                write_all(self.output, pack(pending))
                pending, size, since = [], 0, time.monotonic()
        _PLACE.pack_into(self.place, 0, 0)
        pending.append([-1, None, "", ""])
        write_all(self.output, pack(pending))

    def run_compile(self, source: dict[str, Any]) -> None:
        """Compile one template; MJML and the CSS inliner are loaded on first use."""
        from shopbell.messaging.rendering.compile import compile_for_parent

        _PLACE.pack_into(self.place, 0, 1)
        extend_cpu_limit(COMPILE_CPU_SECONDS)
        answer = compile_for_parent(source)
        _PLACE.pack_into(self.place, 0, 0)
        write_all(self.output, pack([[0, answer, "", ""], [-1, None, "", ""]]))


def serve(idle_seconds: float, place_descriptor: int) -> None:
    """Answer frames until the parent closes the pipe or asks nothing for `idle_seconds`."""
    source, output = take_pipes()
    child = Child(output, mmap(place_descriptor, 4096))
    unpacker = Unpacker()
    limit_resources(MEMORY_LIMIT, on_top=True)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    write_all(output, READY)
    while select.select([source], [], [], idle_seconds)[0]:
        data = os.read(source, 1 << 20)
        if not data:
            return
        for frame in unpacker.feed(data):
            if "compile" in frame:
                child.run_compile(frame["compile"])
            else:
                child.run_frame(frame)


if __name__ == "__main__":
    serve(float(sys.argv[1]), int(sys.argv[2]))
