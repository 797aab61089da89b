"""Ties a child process to its parent and says who a process is.

A newcomer's mistake: setting the death signal before `setuid`. The kernel clears it there, so
`die_with_parent` must be the last thing a child does before its own work.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signum: int) -> Callable[[], None]:
    """Return a function for the child: the kernel sends `signum` when this process is gone."""
    parent = os.getpid()

    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return in_child


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return not Path("/proc/self").exists()
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def command_of(pid: int) -> str:
    """Return the command line of a process, empty when it cannot be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        pass
    try:
        said = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return said.stdout.strip()


def folder_of(pid: int) -> Path | None:
    """Return the working folder of a process, None when it cannot be read."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
