"""What a child process does on its side: limits on itself, whole frames in, whole frames out.

The other side is `kit.children`. Nothing here imports Django. A newcomer's mistake: limiting before
what the work needs is imported. Warm up first, then limit, then say that you are ready.
"""

import os
import resource
import select
import struct
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

SIZE = struct.Struct(">Q")  # bytes that follow, before each frame
READY = b"r"
OUT_OF_MEMORY = 3  # exit code
_PIECE = 1 << 20


def take_pipes() -> tuple[int, int]:
    """Return where to read and to write; what is printed by accident goes to standard error."""
    source, output = 0, os.dup(1)
    os.dup2(2, 1)
    return source, output


def serve_frames(
    answer: Callable[[bytes], Iterable[bytes]],
    pipes: tuple[int, int],
    *,
    idle_seconds: float,
    cpu_seconds: int,
) -> None:
    """Answer frames until the parent closes the pipe or asks nothing for `idle_seconds`.

    `answer` returns the pieces of one frame, its size first (see `framed`).
    """
    source, output = pipes
    write_all(output, READY)
    while select.select([source], [], [], idle_seconds)[0]:
        head = _exactly(source, SIZE.size)
        if len(head) < SIZE.size:
            return
        extend_cpu_limit(cpu_seconds)
        try:
            for piece in answer(_exactly(source, SIZE.unpack(head)[0])):
                write_all(output, piece)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def framed(*pieces: bytes) -> list[bytes]:
    """Return the pieces with their size before them."""
    return [SIZE.pack(sum(map(len, pieces))), *pieces]


def write_all(output: int, data: bytes) -> None:
    """Write everything, however small the pipe is."""
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]


def extend_cpu_limit(seconds: int) -> None:
    """Allow the next piece of work its seconds; the kernel ends this process when they are gone."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def limit_resources(memory_bytes: int, *, on_top: bool = False) -> None:
    """Forbid files and core dumps, and limit the address space (on Linux).

    `on_top`: the bytes come on top of what is in use already.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        limit = memory_bytes + (_address_space() if on_top else 0)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def _exactly(source: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = os.read(source, min(size - len(data), _PIECE))
        if not piece:
            break
        data += piece
    return bytes(data)
