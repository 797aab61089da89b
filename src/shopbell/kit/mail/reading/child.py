"""The reading child: raw mails come in on stdin, read ones go out on stdout.

Started by `pool.py` as `python -m shopbell.kit.mail.reading.child`. It never imports Django, gets
an empty environment, and limits its own memory, CPU time and files before the first mail.
"""

import sys

from shopbell.kit.children_inside import framed, limit_resources, serve_frames, take_pipes
from shopbell.kit.mail.reading import limits
from shopbell.kit.mail.reading.frames import pack_mail
from shopbell.kit.mail.reading.reader import read_mail

_WARM = b"Subject: warm\r\nContent-Type: text/html\r\n\r\n<p>up</p>"


def serve(idle_seconds: float) -> None:
    """Read mails until the parent closes the pipe or asks nothing for `idle_seconds`."""
    pipes = take_pipes()
    read_mail(_WARM)
    limit_resources(limits.MEMORY_BYTES)
    serve_frames(
        lambda raw: framed(*pack_mail(read_mail(raw))),
        pipes,
        idle_seconds=idle_seconds,
        cpu_seconds=limits.CPU_SECONDS,
    )


if __name__ == "__main__":
    serve(float(sys.argv[1]))
