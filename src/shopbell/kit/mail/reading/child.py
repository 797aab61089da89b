"""The reading child: raw mails come in on stdin, read ones go out on stdout.

Started by `pool.py` as `python -m shopbell.kit.mail.reading.child`. It never imports Django, gets
an empty environment, and limits its own memory, CPU time and files before the first mail.
"""

import os
import resource
import select
import sys
import time

from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.frames import SIZE, pack_mail, write_all
from shopbell.kit.mail.reading.reader import read_mail

READY = b"r"
OUT_OF_MEMORY = 3


def serve(idle_seconds: float) -> None:
    """Read mails until the parent closes the pipe or asks nothing for `idle_seconds`."""
    source, output = 0, os.dup(1)
    os.dup2(2, 1)
    read_mail(b"Subject: warm\r\nContent-Type: text/html\r\n\r\n<p>up</p>")
    _limit_resources()
    write_all(output, READY)
    while select.select([source], [], [], idle_seconds)[0]:
        head = _exactly(source, SIZE.size)
        if len(head) < SIZE.size:
            return
        _extend_cpu_limit()
        try:
            for piece in pack_mail(read_mail(_exactly(source, SIZE.unpack(head)[0]))):
                write_all(output, piece)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _exactly(source: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = os.read(source, min(size - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return bytes(data)


def _extend_cpu_limit() -> None:
    """Allow the next mail its seconds; the kernel ends this process when they are used up."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = int(time.process_time()) + 1 + limits.CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY_BYTES, limits.MEMORY_BYTES))


if __name__ == "__main__":
    serve(float(sys.argv[1]))
